"""The messages an appointment calls for, as intents that are ready to be written."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from clinic.domain.appointments.reminders import Touchpoint, plan_touchpoints
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import AppointmentInThePastError, AppointmentTooFarAheadError
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, Reason, reservation_subject
from clinic.domain.messages.kinds import CONFIRMATION, Follows, InQuietHours
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.services.ports import Outcome
from clinic.templates.appointments import template_for

# A year that is mistyped is further away than this, and no visit is.
_LONGEST = timedelta(days=3660)
# A run may live a year, and must not wait for longer to have a message sent.
LONGEST_OF_USE = timedelta(days=300)


def plan_intents(
    reservation: Reservation,
    now: datetime,
    quiet: QuietHours | None = None,
    *,
    is_import: bool = False,
    opened_at: datetime | None = None,
) -> list[Intent]:
    """The confirmation, if that is how it opens, and its reminders.

    Of a visit that has begun by then there is only the confirmation, skipped.

    Args:
        quiet: the hours reminders keep free; one that would be due in them comes before them.
        is_import: the patient has been told of it elsewhere; the confirmation is skipped.
        opened_at: when its first message was due, from which the clinic's `reminder_gap` counts; default now.

    Raises:
        AppointmentInThePastError, AppointmentTooFarAheadError: more than ten years ago, or ahead.
    """
    _require_credible(reservation, now)
    details, intents = reservation.details, []
    if reservation.appointment_time <= now:
        if details.opening != CONFIRMATION:
            return []
        began = reservation.appointment_time
        begun = Touchpoint(CONFIRMATION, due_at=began, useful_until=began, missed=True)
        return [_skipped(_intent(reservation, begun, now), Reason.VISIT_HAS_BEGUN)]
    earlier = partial(quiet.last_allowed, time_zone=details.time_zone) if quiet else None
    gap = None if is_import or not details.reminder_gap else timedelta(minutes=details.reminder_gap)
    not_before = (opened_at or now.replace(microsecond=0)) + gap if gap else None
    for touchpoint in plan_touchpoints(
        reservation.appointment_time, now, details.offsets, earlier, not_before
    ):
        is_opening = touchpoint.kind == CONFIRMATION
        if is_opening and details.opening != CONFIRMATION:
            continue
        planned = _intent(reservation, touchpoint, now)
        if quiet and planned.id.row.in_quiet_hours is InQuietHours.COMES_BEFORE:
            planned = replace(planned, time_zone=details.time_zone)
        if is_opening:
            planned = replace(planned, useful_until=min(planned.useful_until, now + LONGEST_OF_USE))
        if touchpoint.missed:
            planned = _skipped(planned, Reason.BOOKED_AFTER_DUE)
        elif touchpoint.too_soon:
            planned = _skipped(planned, Reason.TOO_SOON)
        elif is_opening and is_import:
            planned = _skipped(planned, Reason.IMPORTED)
        intents.append(planned)
    return intents


def plan_moved(reservation: Reservation, now: datetime, quiet: QuietHours | None = None) -> list[Intent]:
    """The reminders of a visit that is moved to this time.

    Raises:
        AppointmentInThePastError: it has begun by then, and no visit can be moved there.
        AppointmentTooFarAheadError: more than ten years ahead.
    """
    if reservation.appointment_time <= now:
        name = f"{reservation_subject(reservation.reservation_id)}: appointmentTime"
        raise AppointmentInThePastError(f"{name}: expected an instant in the future")
    return plan_intents(reservation, now, quiet)


def of_use_until(reservation: Reservation, reminders: Iterable[Intent], now: datetime) -> datetime:
    """How long it is of use to tell the patient of the visit: until the first reminder does, or it begins."""
    next_due = (intent.due_at for intent in reminders if intent.status is IntentStatus.PLANNED)
    return min(*next_due, reservation.appointment_time, now + LONGEST_OF_USE)


def _require_credible(reservation: Reservation, now: datetime) -> None:
    name = f"{reservation_subject(reservation.reservation_id)}: appointmentTime"
    if reservation.appointment_time - now > _LONGEST:
        raise AppointmentTooFarAheadError(f"{name}: expected at most {_LONGEST.days} days ahead")
    if now - reservation.appointment_time > _LONGEST:
        raise AppointmentInThePastError(f"{name}: expected at most {_LONGEST.days} days ago")


def _intent(reservation: Reservation, touchpoint: Touchpoint, now: datetime) -> Intent:
    template = template_for(touchpoint.kind, reservation.appointment_time - touchpoint.due_at)
    return Intent(
        id=IntentId(reservation_subject(reservation.reservation_id), reservation.version, touchpoint.kind),
        record_id=reservation.reservation_id,
        template=template,
        language=reservation.details.patient_language,
        happens_at=reservation.appointment_time,
        due_at=touchpoint.due_at,
        useful_until=touchpoint.useful_until,
        status=IntentStatus.PLANNED,
        created_at=now,
        updated_at=now,
    )


def _skipped(intent: Intent, reason: Reason) -> Intent:
    return replace(intent, status=IntentStatus.SKIPPED, reason=reason)


def parked_until(intents: Iterable[Intent], now: datetime, horizon: timedelta) -> datetime | None:
    """From when on a run is to keep time for the reminders; None: from now on, or there are none to come.

    Args:
        horizon: how far ahead the first of them may be due for a run to wait for it.
    """
    due = [intent.due_at for intent in intents if intent.id.is_reminder and intent.status.is_open]
    first = min(due, default=now)
    return first - horizon if first - now > horizon else None


def endings(
    intents: Iterable[Intent],
    status: IntentStatus,
    reason: Reason,
    now: datetime,
    follows: Follows = Follows.APPOINTMENT,
) -> tuple[tuple[Intent, Outcome], ...]:
    """How those end that have not left yet and follow the appointment; a notice is told in any case.

    Args:
        follows: whether those that follow the appointment end, or those that follow the visit.
    """
    outcome = Outcome(status, reason, now)
    return tuple(
        (intent, outcome)
        for intent in intents
        if intent.status is IntentStatus.PLANNED and intent.id.follows is follows
    )


def still_open(intents: Iterable[Intent]) -> tuple[Intent, ...]:
    """Those of which it is not known how they end, in the order they are due."""
    waiting = (intent for intent in intents if intent.status.is_open)
    return tuple(sorted(waiting, key=lambda intent: (intent.due_at, intent.id.sort_key)))
