"""What messages need from the outside, as protocols. Adapters and the tests' fakes fulfil them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from clinic.contracts.metrics import Metric
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.directory import Clinic, Profile
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.statistics import Statistic

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.domain.prescriptions.prescription import Prescription

Followed: TypeAlias = "Reservation | Prescription | None"
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


@dataclass(frozen=True)
class OutboundMessage:
    """A template message that is about to leave.

    Attributes:
        to: E.164.
        intent_id: travels with the message and comes back in WhatsApp's status webhooks.
    """

    intent_id: str
    to: str
    template: str
    language: str
    parameters: dict[str, str]


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
        message_id: WhatsApp's id if it accepted the message.
    """

    status: IntentStatus
    reason: str
    now: datetime
    message_id: str | None = None


class Ledger(Protocol):
    """Message intents and the reservations they follow; who books writes them (`records_port`).

    Every method may raise `StoreUnavailableError`; those that write raise `ConcurrentChangeError` and
    write nothing where the record is no longer what the caller has read.
    """

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now (a consistent read)."""

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now (a consistent read)."""

    def intent_and_followed(self, intent_id: IntentId) -> tuple[Intent | None, Followed]:
        """The intent and the record it follows, as they stand together now (one consistent read)."""

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents, versions first, then by kind."""

    def claim(self, intent: Intent, followed: Followed, claim: Claim, message: OutboundMessage) -> None:
        """Move an intent to ``sending``, while it and the record it follows stand as they were read."""

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        """Record how a claimed intent ended, while nobody else has claimed it or knows already.

        A sent reminder is noted on its reservation too.
        """

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Move an intent that nobody has touched since it was read to a status without sending it."""


class Directory(Protocol):
    """Clinics and profiles. Every method may raise `StoreUnavailableError`."""

    def clinic(self, clinic_id: str) -> Clinic | None:
        """The clinic with this id."""

    def profile(self, profile_id: str) -> Profile | None:
        """The profile with this id."""

    def is_kept(self) -> bool:
        """Whether it holds any clinic or profile; read from an index, which is up to date in a moment."""


class Messenger(Protocol):
    """Sends template messages."""

    def send(self, message: OutboundMessage, attempt: int) -> str:
        """Hand a message over and return the messenger's id for it.

        Args:
            message: what to send.
            attempt: 1 for the first request made for this intent.

        Raises:
            MessengerUnavailableError, MessengerThrottledError: not accepted; may work in a moment.
            MessengerDeferredError: not accepted; not before the time it names.
            RecipientUnreachableError, TemplateRejectedError, TemplateSuspectedError, MessageRefusedError: not
                accepted, for good.
            StoreUnavailableError: the token could not be read; may work in a moment.
            MessengerAccountError, ConfigurationError: not accepted; nothing will be until an operator acts.
            MessengerOutcomeUnknownError: the request left and no answer came.
        """


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
