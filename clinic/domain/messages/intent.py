"""A message intent: one message that should go out, and what became of it.

FHIR: CommunicationRequest. An intent is known by (subject, kind, version): "reservation r-17, 24h
reminder, for the second time it was given". Its states::

    planned ──▶ sending ──▶ sent ──▶ delivered ──▶ read    by the channel's webhook
       │           │         ├──▶ failed                   likewise
       │           │         └──▶ planned                  likewise, for a reason that passes
       │           ├──▶ failed     the channel said no for good
       │           ├──▶ planned    the channel said "not now", nothing was accepted
       │           └──▶ unknown    nobody knows whether it was accepted: the webhook says so, or after a
       │                           while without its word it is sent again, if it is still of use
       ├──▶ skipped                with the reason
       └──▶ superseded             the appointment has moved
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from clinic.domain.instants import to_text
from clinic.domain.messages.kinds import FOLLOW_UP, REMINDER, Follows, MessageKind, Priority, kind_of

SUBJECT_SEPARATOR = "#"


class IntentStatus(StrEnum):
    """Where an intent stands."""

    PLANNED = "planned"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    SUPERSEDED = "superseded"

    @property
    def is_open(self) -> bool:
        """Whether something may still be done about it (``unknown`` waits for the channel's word)."""
        return self in {IntentStatus.PLANNED, IntentStatus.SENDING, IntentStatus.UNKNOWN}

    @property
    def is_accepted(self) -> bool:
        """Whether the channel has taken the message, by its answer or its webhook."""
        return self in {IntentStatus.SENT, IntentStatus.DELIVERED, IntentStatus.READ}


class Reason(StrEnum):
    """Why an intent stands where it stands, where the channel's own code does not say it."""

    ACCEPTED = "accepted"
    BOOKED_AFTER_DUE = "booked_after_due"
    KNOWN_AFTER_DUE = "known_after_due"
    VISIT_HAS_BEGUN = "visit_has_begun"
    IMPORTED = "imported"
    TOO_SOON = "too_soon_after_confirmation"
    APPOINTMENT_MOVED = "appointment_moved"
    RESERVATION_CANCELLED = "reservation_cancelled"
    RESERVATION_CLOSED = "reservation_closed"
    RESERVATION_MISSING = "reservation_missing"
    NO_LONGER_USEFUL = "no_longer_useful"
    NO_LONGER_WANTED = "no_longer_wanted"
    REQUEST_CLOSED = "request_closed"
    TOLD_WITH_CANCELLATION = "told_with_cancellation"
    NO_SHOW = "no_show"
    VISIT_CORRECTED = "visit_corrected"
    PRESCRIPTION_STOPPED = "prescription_stopped"
    PRESCRIPTION_CHANGED = "prescription_changed"
    PRESCRIPTION_MISSING = "prescription_missing"
    OPTED_OUT = "opted_out"
    QUIET_HOURS = "quiet_hours"
    DELIVERED = "delivered_to_phone"
    READ = "read_by_recipient"
    OUTCOME_UNKNOWN = "no_answer_after_request"
    INTERRUPTED = "interrupted_while_sending"


@dataclass(frozen=True)
class IntentId:
    """An intent's key; as text ``reservation#r-17#v000001#reminder_24h``."""

    subject: str
    version: int
    kind: str

    @property
    def sort_key(self) -> str:
        """What orders a subject's intents: versions first, then kinds."""
        return f"{version_prefix(self.version)}{self.kind}"

    @property
    def row(self) -> MessageKind:
        """What the table of kinds says of it."""
        return kind_of(self.kind)

    @property
    def is_reminder(self) -> bool:
        """Whether it reminds of an appointment."""
        return REMINDER.holds(self.kind)

    @property
    def is_follow_up(self) -> bool:
        """Whether it asks after a visit."""
        return FOLLOW_UP.holds(self.kind)

    @property
    def reminder_type(self) -> str | None:
        """What metrics call its kind, without the instant of a dose: ``24h``, ``follow_up_24h``, ``dose``.

        None: it is no reminder, follow-up or dose.
        """
        return self.row.reminder_type_of(self.kind)

    @property
    def follows(self) -> Follows:
        """What it is held against."""
        return self.row.follows

    @property
    def follows_appointment(self) -> bool:
        """Whether it is sent only while the appointment stands as it was planned; notices don't ask."""
        return self.follows is Follows.APPOINTMENT

    @property
    def is_prepared(self) -> bool:
        """Whether its recipient and values were known when it was planned, and not only when it leaves."""
        return self.row.is_prepared

    @property
    def priority(self) -> Priority:
        """Whether it goes before others when not all can leave at once."""
        return self.row.priority_of(self.kind)

    def __str__(self) -> str:
        return f"{self.subject}{SUBJECT_SEPARATOR}{self.sort_key}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form.

        Raises:
            ValueError: the text is no intent id.
        """
        parts = text.split(SUBJECT_SEPARATOR)
        if len(parts) == 4 and all(parts) and parts[2][1:].isdecimal():
            intent_id = cls(SUBJECT_SEPARATOR.join(parts[:2]), int(parts[2][1:]), parts[3])
            if str(intent_id) == text:  # an id has one spelling: it is a key
                return intent_id
        raise ValueError("expected an intent id such as reservation#r-17#v000001#reminder_24h")


def version_prefix(version: int) -> str:
    """What the sort keys of a version's intents begin with."""
    return f"v{version:06d}{SUBJECT_SEPARATOR}"


def reservation_subject(reservation_id: str) -> str:
    """The subject under which a reservation's intents are kept."""
    return f"reservation{SUBJECT_SEPARATOR}{reservation_id}"


def request_subject(request_id: str) -> str:
    """The subject under which a request's intents are kept."""
    return f"request{SUBJECT_SEPARATOR}{request_id}"


def prescription_subject(prescription_id: str) -> str:
    """The subject under which a prescription's doses are kept."""
    return f"prescription{SUBJECT_SEPARATOR}{prescription_id}"


def rescheduling_subject(rescheduling_id: str) -> str:
    """The subject under which the intents of a rescheduling that came to nothing are kept."""
    return f"rescheduling{SUBJECT_SEPARATOR}{rescheduling_id}"


def reservation_of(subject: str) -> str:
    """The reservation a subject stands for.

    Raises:
        ValueError: the subject is something else.
    """
    return _id_of(subject, "reservation", "reservation#r-17")


def prescription_of(subject: str) -> str:
    """The prescription a subject stands for.

    Raises:
        ValueError: the subject is something else.
    """
    return _id_of(subject, "prescription", "prescription#p-17")


def _id_of(subject: str, kind: str, example: str) -> str:
    found, _, name = subject.partition(SUBJECT_SEPARATOR)
    if found != kind or not name:
        raise ValueError(f"expected a subject such as {example}")
    return name


@dataclass(frozen=True)
class Intent:
    """One row of the message ledger. All instants are UTC.

    Attributes:
        due_at, useful_until: the message may be sent from the one, and no longer from the other on.
        attempts: how many times a request was about to leave.
        claim_id, claimed_until: who is sending it, and until when that is believed.
        record_id: the reservation it is about, a request's too; of a dose: the prescription.
        happens_at: when the visit begins, or the dose is to be taken.
        message_id: the channel's id, once it accepted the message.
        sent_at, delivered_at, read_at: when the channel accepted it, and what its webhook has said since.
        failed_tries: the last attempts that the channel did not accept, the oldest first: instant and reason,
            ``2026-11-30T15:00:00Z MessengerUnavailableError``.
        failed_messages: the channel's ids of its messages that were accepted and failed for a passing reason.
        retry_at: not to be sent again before, after such a failure.
        time_zone: of the recipient, where the intent keeps quiet hours; None: it keeps none.
        reason: why it stands there: a `Reason`, ``<channel>:<code>`` or ``retries_exhausted:<error>``.
        to, parameters: whom it goes to and what goes into the template; known once it was about to leave,
            of a prepared one from the beginning.
    """

    id: IntentId
    record_id: str
    template: str
    language: str
    happens_at: datetime
    due_at: datetime
    useful_until: datetime
    status: IntentStatus
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    attempts: int = 0
    claim_id: str | None = None
    claimed_until: datetime | None = None
    message_id: str | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    failed_tries: tuple[str, ...] = ()
    failed_messages: tuple[str, ...] = ()
    retry_at: datetime | None = None
    time_zone: str | None = None
    to: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``confirmation``, ``reminder_<offset>``, or a notice's kind."""
        return self.id.kind


@dataclass(frozen=True)
class End:
    """Do not send it; it ends (or is parked) in this status."""

    status: IntentStatus
    reason: str


# So many of its attempts that came to nothing does an intent keep, for people to look at.
KEPT_TRIES = 5


def with_failed_try(intent: Intent, reason: str | None, at: datetime) -> tuple[str, ...]:
    """The intent's `failed_tries` and one more; the oldest make room."""
    return (*intent.failed_tries, f"{to_text(at)} {reason or ''}".rstrip())[-KEPT_TRIES:]


# The channel's webhooks come within seconds as a rule; no word for so long means that nothing was accepted.
UNKNOWN_OUTCOME_WAIT = timedelta(minutes=15)

# Longer than a function may run, so a claim that has run out belongs to a process that is gone.
CLAIM_LEASE = timedelta(seconds=60)
