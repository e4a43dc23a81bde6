"""A stack as `citas dev` needs it, beyond what every command needs."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from console.run.stack import Stack

if TYPE_CHECKING:
    from local.faults.plan import FaultPlan


class DevStack(Stack, Protocol):
    """A stack that other programs use while it runs."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that make a program take it for AWS, ``AWS_ENDPOINT_URL`` among them."""

    def machine_time(self) -> datetime:
        """The machine's own time (UTC), whatever the stack's clock says."""

    def wait_for_wakeup(self, seconds: float) -> bool:
        """Let real time pass until something is due now, so many seconds at most; whether something is."""


@dataclass(frozen=True)
class DevStackRequest:
    """The stack that is asked for; its time begins now.

    Attributes:
        port: where AWS clients find it; 0: at a free one.
        is_open: let in whoever says ``test``, not only who has this start's credentials.
        watches: the health check fires at all its times, not only where it has something to do.
    """

    port: int
    is_open: bool = False
    watches: bool = True
    faults: "FaultPlan | None" = None


OpenDevStack = Callable[[DevStackRequest], AbstractContextManager[DevStack]]
