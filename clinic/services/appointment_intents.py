"""The messages an appointment calls for, as intents that are ready to be written."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from clinic.domain.errors import AppointmentInThePastError, AppointmentTooFarAheadError
from clinic.domain.intents import Follows, Intent, IntentId, IntentStatus, Reason, reservation_subject
from clinic.domain.quiet_hours import QuietHours
from clinic.domain.reminders import CONFIRMATION, plan_touchpoints
from clinic.domain.reservations import Reservation
from clinic.messages.appointments import template_for
from clinic.services.ports import Outcome

# A run may live a year; what is left is room for retries.
LONGEST_AHEAD = timedelta(days=360)


def plan_intents(reservation: Reservation, now: datetime, quiet: QuietHours | None = None) -> list[Intent]:
    """The confirmation, if that is how it opens, and its reminders.

    Args:
        quiet: the hours reminders keep free; one that would be due in them comes before them.

    Raises:
        AppointmentInThePastError, AppointmentTooFarAheadError: nothing can be planned.
    """
    subject = reservation_subject(reservation.reservation_id)
    if reservation.appointment_time <= now:
        raise AppointmentInThePastError(f"{subject}: appointmentTime: expected an instant in the future")
    if reservation.appointment_time - now > LONGEST_AHEAD:
        raise AppointmentTooFarAheadError(
            f"{subject}: appointmentTime: expected at most {LONGEST_AHEAD.days} days ahead"
        )
    details, intents = reservation.details, []
    earlier = partial(quiet.last_allowed, time_zone=details.time_zone) if quiet else None
    for touchpoint in plan_touchpoints(reservation.appointment_time, now, details.offsets, earlier):
        if touchpoint.kind == CONFIRMATION != details.opening:
            continue
        template = template_for(touchpoint.kind, reservation.appointment_time - touchpoint.due_at)
        planned = Intent(
            id=IntentId(subject, reservation.version, touchpoint.kind),
            reservation_id=reservation.reservation_id,
            template=template.name,
            language=template.language,
            appointment_time=reservation.appointment_time,
            due_at=touchpoint.due_at,
            useful_until=touchpoint.useful_until,
            status=IntentStatus.PLANNED,
            created_at=now,
            updated_at=now,
            time_zone=details.time_zone if quiet and touchpoint.kind != CONFIRMATION else None,
        )
        if touchpoint.missed:
            planned = replace(planned, status=IntentStatus.SKIPPED, reason=Reason.BOOKED_AFTER_DUE)
        intents.append(planned)
    return intents


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
