"""What workflows need beside messages and bookings: the bus, other runs, and records of what was done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from clinic.domain.statistics import Statistic


@dataclass(frozen=True)
class OutboundEvent:
    """An event for the bus; ``detail`` is camelCase JSON."""

    detail_type: str
    detail: Mapping[str, Any]


class EventPublisher(Protocol):
    """Puts events on Citas' own bus."""

    def publish(self, events: Sequence[OutboundEvent]) -> None:
        """Put all of them; some may be put twice when the call is repeated.

        Raises:
            EventBusUnavailableError: not all of them were taken.
        """


class Runs(Protocol):
    """Runs of state machines."""

    def stop(self, run: str, cause: str) -> bool:
        """Stop a run by its ARN, if it still runs; whether it did. Asking again is harmless.

        Raises:
            RunsUnavailableError: Step Functions did not answer.
        """


class Statistics(Protocol):
    """Keeps records of what was done."""

    def record(self, statistic: Statistic) -> bool:
        """Keep it; again: the same record. Gives whether it is new.

        Raises:
            StoreUnavailableError: DynamoDB did not answer.
        """
