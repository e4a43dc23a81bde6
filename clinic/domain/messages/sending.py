"""Whether an intent may be sent now: the one place that decides it."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.messages.intent import UNKNOWN_PATIENCE, Intent, IntentStatus, Reason
from clinic.domain.messages.kinds import Follows

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.domain.prescriptions.prescription import Prescription

Followed: TypeAlias = "Reservation | Prescription | None"
"""What an intent is held against, as it stands now; None if there is no such record, or need not be."""


@dataclass(frozen=True)
class Send:
    """Claim it and send it, with what the record it follows says now; a notice needs none."""

    followed: Followed


@dataclass(frozen=True)
class End:
    """Do not send it; it ends (or is parked) in this status."""

    status: IntentStatus
    reason: str


@dataclass(frozen=True)
class Wait:
    """Not yet: ask again at ``until`` (UTC)."""

    until: datetime


@dataclass(frozen=True)
class Done:
    """There is nothing left to do about it."""


Decision = Send | End | Wait | Done


def decide(intent: Intent, followed: Followed, now: datetime) -> Decision:
    """Decide from the ledger's and the followed record's present state, never from what a run remembers."""
    match intent.status:
        case IntentStatus.PLANNED:
            return _decide_planned(intent, followed, now)
        case IntentStatus.SENDING:
            if intent.claimed_until is not None and now < intent.claimed_until:
                return Wait(intent.claimed_until)
            return End(IntentStatus.UNKNOWN, Reason.INTERRUPTED)
        case IntentStatus.UNKNOWN:
            return _decide_unknown(intent, followed, now)
        case _:
            return Done()


def patience_ends(intent: Intent) -> datetime:
    """Until when WhatsApp's word on an ``unknown`` intent is waited for: never longer than it is of use."""
    return min(intent.updated_at + UNKNOWN_PATIENCE, max(intent.useful_until, intent.updated_at))


def _decide_unknown(intent: Intent, followed: Followed, now: datetime) -> Decision:
    """Without a word from WhatsApp for long enough it counts as not accepted, and may be sent again."""
    until = patience_ends(intent)
    if now < until:
        return Wait(until)
    again = _decide_planned(intent, followed, now)
    # Whether it arrived nobody knows, so it ends as failed and not as never sent.
    return End(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN) if isinstance(again, End) else again


def _decide_planned(intent: Intent, followed: Followed, now: datetime) -> Decision:
    if ended := _ended(intent, followed):
        return ended
    if by_time := _decide_by_time(intent, now):
        return by_time
    if (
        intent.id.follows is Follows.APPOINTMENT
        and isinstance(followed, Reservation)
        and intent.kind not in followed.details.kinds
    ):
        return End(IntentStatus.SKIPPED, Reason.NO_LONGER_WANTED)
    return Send(followed)


def _ended(intent: Intent, followed: Followed) -> End | None:
    """How it ends whatever the time, if what it follows no longer stands as it was planned for."""
    match intent.id.follows:
        case Follows.NOTHING:
            return None
        case Follows.PRESCRIPTION:
            return _ended_with_prescription(intent, followed)
        case Follows.VISIT:
            return _ended_with_visit(intent, followed)
        case Follows.APPOINTMENT:
            return _ended_with_appointment(intent, followed)


def _ended_with_appointment(intent: Intent, followed: Followed) -> End | None:
    if not isinstance(followed, Reservation):
        return End(IntentStatus.SKIPPED, Reason.RESERVATION_MISSING)
    if followed.status is ReservationStatus.CANCELLED:
        return End(IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED)
    if not followed.status.is_active:
        return End(IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED)
    if followed.version != intent.id.version or followed.appointment_time != intent.appointment_time:
        return End(IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED)
    return None


def _ended_with_visit(intent: Intent, followed: Followed) -> End | None:
    if not isinstance(followed, Reservation):
        return End(IntentStatus.SKIPPED, Reason.RESERVATION_MISSING)
    if followed.status is ReservationStatus.NO_SHOW:
        return End(IntentStatus.SKIPPED, Reason.NO_SHOW)
    if followed.status is not ReservationStatus.COMPLETED:
        return End(IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED)
    if followed.version != intent.id.version:
        return End(IntentStatus.SUPERSEDED, Reason.VISIT_CORRECTED)
    return None


def _ended_with_prescription(intent: Intent, followed: Followed) -> End | None:
    if followed is None or isinstance(followed, Reservation):
        return End(IntentStatus.SKIPPED, Reason.PRESCRIPTION_MISSING)
    if not followed.is_active:
        return End(IntentStatus.SKIPPED, Reason.PRESCRIPTION_STOPPED)
    if followed.version != intent.id.version:
        return End(IntentStatus.SUPERSEDED, Reason.PRESCRIPTION_CHANGED)
    return None


def _decide_by_time(intent: Intent, now: datetime) -> Decision | None:
    begin = intent.due_at if intent.retry_at is None else max(intent.due_at, intent.retry_at)
    if now < begin:
        return Wait(begin)
    if now >= intent.useful_until and intent.failed_messages:
        # It did leave, and WhatsApp has said what became of it.
        return End(IntentStatus.FAILED, intent.reason or Reason.NO_LONGER_USEFUL)
    if now >= intent.useful_until:
        return End(IntentStatus.SKIPPED, Reason.NO_LONGER_USEFUL)
    return None
