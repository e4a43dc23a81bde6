"""The protocols that several use cases share. Adapters and the tests' fakes fulfil them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from clinic.contracts.events.base import BusEvent
from clinic.contracts.metrics import Metric
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.statistics import Statistic

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.domain.messages.cancellation_notice import CancellationNotice
    from clinic.domain.prescriptions.prescription import Prescription

Followed: TypeAlias = "Reservation | Prescription | CancellationNotice | None"
"""What an intent is held against, as it stands now; None if there is no such record, or need not be."""


class Meter(Protocol):
    """Publishes metrics. It never fails a step: what can't be published is lost."""

    def add(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        """Add a value to a metric.

        Args:
            metric: one of `clinic.contracts.metrics`.
            value: in the metric's unit.
            dimensions: a value for each of the metric's own dimensions; few different ones, no ids.

        Raises:
            ValueError: the dimensions are not those of the metric.
        """


class Look(Protocol):
    """A row that is read together with an intent, to save a request."""

    def join(self, transaction: Any) -> None:
        """Have it read with the rest of a store's transaction."""


class Token(Protocol):
    """Leave to write to a person: it is taken in the write that claims the message, or not at all."""

    def join(self, transaction: Any) -> None:
        """Have it taken with the rest of a store's transaction, which fails where there is none any more."""


@dataclass(frozen=True)
class Message:
    """A message that is about to leave, whatever the channel.

    Attributes:
        intent_id: travels with the message and comes back with the channel's word on it.
        name, language: its text's in the catalogue (`clinic.templates.catalogue`).
        values: what goes into the text, in its order.
    """

    intent_id: str
    name: str
    language: str
    values: dict[str, str]


@dataclass(frozen=True)
class Claim:
    """Who is sending an intent: the request's id, from when, and until when that is believed."""

    claim_id: str
    now: datetime
    until: datetime


@dataclass(frozen=True)
class Outcome:
    """How a claimed intent ended.

    Attributes:
        message_id: the channel's id if it accepted the message.
    """

    status: IntentStatus
    reason: str
    now: datetime
    message_id: str | None = None


class EventPublisher(Protocol):
    """Puts events on Citas' own bus."""

    def publish(self, events: Sequence[BusEvent]) -> None:
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
