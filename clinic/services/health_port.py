"""What the health check asks of the outside, as protocols."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from clinic.domain.intents import Intent


class OpenIntents(Protocol):
    """The intents that are not settled."""

    def due_before(self, instant: datetime, most: int) -> Sequence[Intent]:
        """Those that were due then, the oldest first, at most so many.

        Raises:
            StoreUnavailableError: DynamoDB did not answer.
        """


class DeadLetters(Protocol):
    """The queue of what could not be handled."""

    def depth(self) -> int:
        """How many events wait in it; SQS counts roughly.

        Raises:
            QueueUnavailableError: SQS did not answer.
        """
