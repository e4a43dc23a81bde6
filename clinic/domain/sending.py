"""Whether an intent may be sent now: the one place that decides it."""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.intents import Intent, IntentStatus, Reason
from clinic.domain.reservations import Reservation, ReservationStatus


@dataclass(frozen=True)
class Send:
    """Claim it and send it, with what the reservation says now; a notice needs none."""

    reservation: Reservation | None


@dataclass(frozen=True)
class Settle:
    """Do not send it; it ends (or is parked) in this status."""

    status: IntentStatus
    reason: Reason


@dataclass(frozen=True)
class Wait:
    """Not yet: ask again at ``until`` (UTC)."""

    until: datetime


@dataclass(frozen=True)
class Leave:
    """There is nothing left to do about it."""


Decision = Send | Settle | Wait | Leave


def decide(intent: Intent, reservation: Reservation | None, now: datetime) -> Decision:
    """Decide from the ledger's and the reservation's present state, never from what a run remembers."""
    match intent.status:
        case IntentStatus.PLANNED:
            return _decide_planned(intent, reservation, now)
        case IntentStatus.SENDING:
            if intent.claimed_until is not None and now < intent.claimed_until:
                return Wait(intent.claimed_until)
            return Settle(IntentStatus.UNKNOWN, Reason.INTERRUPTED)
        case _:
            return Leave()


def _decide_planned(intent: Intent, reservation: Reservation | None, now: datetime) -> Decision:
    if not intent.id.follows_appointment:
        return _decide_by_time(intent, now) or Send(None)
    if reservation is None:
        return Settle(IntentStatus.SKIPPED, Reason.RESERVATION_MISSING)
    if reservation.status is ReservationStatus.CANCELLED:
        return Settle(IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED)
    if not reservation.status.is_active:
        return Settle(IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED)
    if reservation.version != intent.id.version or reservation.appointment_time != intent.appointment_time:
        return Settle(IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED)
    if by_time := _decide_by_time(intent, now):
        return by_time
    if intent.kind not in reservation.details.kinds:
        return Settle(IntentStatus.SKIPPED, Reason.NO_LONGER_WANTED)
    return Send(reservation)


def _decide_by_time(intent: Intent, now: datetime) -> Decision | None:
    if now < intent.due_at:
        return Wait(intent.due_at)
    if now >= intent.useful_until:
        return Settle(IntentStatus.SKIPPED, Reason.NO_LONGER_USEFUL)
    return None
