"""What `citas dev` needs of a stack beyond what every command needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from console.stack import Stack


class LivingStack(Stack, Protocol):
    """A stack that other programs use while it runs."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that make a program take it for AWS, ``AWS_ENDPOINT_URL`` among them."""

    def machine_time(self) -> datetime:
        """The machine's own time (UTC), whatever the stack's clock says."""

    def wait_for_wakeup(self, seconds: float) -> bool:
        """Let real time pass until something is due now, so many seconds at most; whether something is."""
