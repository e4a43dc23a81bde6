"""Counts the messages that should have arrived, and those that did: for metrics, analytics and console."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol

from clinic.channels.failures import is_nobody_there
from clinic.domain.messages.intent import IntentStatus, Reason
from clinic.domain.messages.kinds import kind_of

# What left, or was due, so shortly ago may still be under way.
UNDER_WAY = timedelta(minutes=15)

ARRIVED = frozenset({IntentStatus.DELIVERED, IntentStatus.READ})
UNSENT = frozenset({IntentStatus.PLANNED, IntentStatus.SENDING})
_UNSETTLED = UNSENT | {IntentStatus.SENT, IntentStatus.UNKNOWN}
# Nothing was wanted of Citas any more, or never: everything else that did not arrive counts against it.
_NOT_WANTED = frozenset(
    {
        Reason.BOOKED_AFTER_DUE,
        Reason.KNOWN_AFTER_DUE,
        Reason.VISIT_HAS_BEGUN,
        Reason.IMPORTED,
        Reason.TOO_SOON,
        Reason.APPOINTMENT_MOVED,
        Reason.RESERVATION_CANCELLED,
        Reason.RESERVATION_CLOSED,
        Reason.NO_LONGER_WANTED,
        Reason.REQUEST_CLOSED,
        Reason.NO_SHOW,
        Reason.VISIT_CORRECTED,
        Reason.PRESCRIPTION_STOPPED,
        Reason.PRESCRIPTION_CHANGED,
        Reason.OPTED_OUT,
    }
)
# What was skipped for these reasons is as true as before.
_STILL_TRUE = frozenset({Reason.OPTED_OUT, Reason.NO_LONGER_USEFUL})


class Verdict(Enum):
    """What a message counts as; only the first two are part of a rate."""

    ARRIVED = "it is on the phone"
    MISSING = "it was due and wanted, and is not on the phone"
    UNREACHABLE = "nobody could have reached the person"
    NOT_WANTED = "it was not wanted any more when it was due, or never"
    NOT_DUE = "it is not due yet"
    UNDER_WAY = "it may arrive yet"


class Settled(Protocol):
    """A message as far as it says how it ended."""

    @property
    def status(self) -> str:
        """An `IntentStatus`."""

    @property
    def reason(self) -> str | None:
        """Why it stands there."""


class Named(Settled, Protocol):
    """A message as far as it says what it is and how it ended."""

    @property
    def kind(self) -> str:
        """A kind as it is kept."""


class Judged(Settled, Protocol):
    """A message as far as a verdict goes: a row of the ledger, or of a result."""

    @property
    def due_at(self) -> datetime:
        """When it was due."""

    @property
    def sent_at(self) -> datetime | None:
        """When the channel accepted it."""


def is_unreachable(message: Settled) -> bool:
    """Whether it failed for no fault of Citas or the clinic: nobody could have reached this person."""
    return message.status == IntentStatus.FAILED and is_nobody_there(message.reason)


def is_patient_to_be_phoned(message: Named) -> bool:
    """Whether a patient has not got what they must know: it failed, or they want no messages."""
    is_untold = message.status == IntentStatus.FAILED or message.reason in _STILL_TRUE
    return is_untold and kind_of(message.kind).must_be_known


def is_beyond_reach(message: Settled) -> bool:
    """Whether the person gets no such message by the channel: can't be reached, or does not want to be."""
    return message.reason == Reason.OPTED_OUT or is_unreachable(message)


def verdict(message: Judged, at: datetime, *, is_over: bool = False) -> Verdict:
    """What a message counts as.

    Args:
        at: when that is asked.
        is_over: nothing will happen any more, so that nothing is under way.
    """
    if message.status == IntentStatus.SUPERSEDED or message.reason in _NOT_WANTED:
        return Verdict.NOT_WANTED
    if message.status in ARRIVED:
        return Verdict.ARRIVED
    if message.status in UNSENT and message.due_at > at:
        return Verdict.NOT_DUE
    if is_unreachable(message):
        return Verdict.UNREACHABLE
    lately = (message.sent_at or message.due_at) > at - UNDER_WAY
    return Verdict.UNDER_WAY if message.status in _UNSETTLED and lately and not is_over else Verdict.MISSING
