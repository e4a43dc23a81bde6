"""Says what it means that a visit is over or its reservation closed, whatever order events arrive in."""

from datetime import datetime, timedelta
from enum import StrEnum

from clinic.domain.appointments.reservation import EventOrder, Reservation, ReservationStatus
from clinic.domain.errors import ReservationClosedError

# Patients are seen early, and a publisher's clock may be ahead; further ahead it is another visit's event.
EARLIEST_COMPLETION = timedelta(hours=12)


class VisitOutcome(StrEnum):
    """What such an event came to; the name is also the outcome a run reports."""

    PLANNED = "planned"
    ALREADY_PLANNED = "already_planned"
    CORRECTED = "corrected"
    NO_SHOW = "no_show"
    STALE = "stale_event"
    CLOSED = "reservation_closed"


def classify_visit(current: Reservation | None, status: ReservationStatus, order: EventOrder) -> VisitOutcome:
    """Decide what an event means that says how a visit ended.

    Of two such events the newer counts. Before the first of them, one that is older than the booking's newest
    event still counts, unless that has moved the visit to a time after it: then it spoke of another time.

    Args:
        current: the reservation as it stands; None if nobody has booked it.
        status: ``COMPLETED`` or ``NO_SHOW``.
        order: the event's.

    Returns:
        ``PLANNED`` for the first that says completed, ``CORRECTED`` for a newer one, whatever it corrects.
    """
    fresh = VisitOutcome.NO_SHOW if status is ReservationStatus.NO_SHOW else VisitOutcome.PLANNED
    if current is None:
        return fresh
    if current.status.is_active:
        is_of_another_time = not current.is_older_than(order) and current.appointment_time > order.time
        return VisitOutcome.STALE if is_of_another_time else fresh
    if not current.status.is_over:
        return VisitOutcome.CLOSED
    if not current.is_older_than(order):
        is_again = order.event_id in current.applied_with and current.status is status
        return _SAME[status] if is_again else VisitOutcome.STALE
    return VisitOutcome.NO_SHOW if status is ReservationStatus.NO_SHOW else VisitOutcome.CORRECTED


def ended_before(closed: Reservation, order: EventOrder) -> bool:
    """Whether a reservation that is no longer active had ended when an event was published.

    What was moved to another reservation has not ended: ask of that one.
    """
    note = closed.cancellation
    return closed.is_older_than(order) and (note is None or note.at < order.time)


def closed_error(seen: Reservation, now_called: Reservation, done: str, field: str) -> ReservationClosedError:
    """That nothing was done, and by which id the visit goes now.

    Args:
        done: what was asked for, ``cancelled``.
        field: where the event named the reservation.
    """
    text = f"reservation {seen.reservation_id} is {seen.status.value}: nothing was {done}"
    if now_called is not seen:
        text += f"; {field}: expected {now_called.reservation_id}, to which the visit has moved"
    return ReservationClosedError(text)


_SAME = {
    ReservationStatus.COMPLETED: VisitOutcome.ALREADY_PLANNED,
    ReservationStatus.NO_SHOW: VisitOutcome.NO_SHOW,
}


def can_be_over(began: datetime, status: ReservationStatus, said_at: datetime) -> bool:
    """Whether a visit may be said, at that instant, to have ended so."""
    if status is ReservationStatus.NO_SHOW:  # nobody has failed to come before it began
        return began <= said_at
    return began - said_at <= EARLIEST_COMPLETION
