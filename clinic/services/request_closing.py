"""What an answer to a request and the end of its time have in common."""

from datetime import datetime

from clinic.domain.intents import Intent, IntentStatus, Reason, request_subject
from clinic.domain.notices import NoticeKind
from clinic.domain.requests import ReservationRequest
from clinic.domain.reservations import Reservation
from clinic.services.places import BookingChange, slot_of
from clinic.services.ports import Outcome
from clinic.services.records_port import Changes, Records


def close(
    records: Records,
    request: ReservationRequest,
    closed: ReservationRequest,
    now: datetime,
    *,
    bookings: tuple[BookingChange, ...] = (),
    reservations: tuple[tuple[None, Reservation], ...] = (),
    intents: tuple[Intent, ...] = (),
) -> None:
    """Write that a pending request is closed, with all that follows, in one transaction.

    Raises:
        ConcurrentChangeError: somebody else closed it, or took or left a place; nothing was written.
    """
    # Nobody needs to answer it any more: the question to the doctor stays where it has not left yet.
    unasked = Outcome(IntentStatus.SKIPPED, Reason.REQUEST_CLOSED, now)
    endings = tuple(
        (intent, unasked)
        for intent in records.intents(request_subject(request.request_id))
        if intent.status is IntentStatus.PLANNED and intent.kind == NoticeKind.REQUEST_DOCTOR
    )
    records.commit(
        Changes(
            bookings=bookings,
            reservations=reservations,
            requests=((request, closed),),
            intents=intents,
            endings=endings,
        )
    )


def freed(records: Records, request: ReservationRequest) -> tuple[BookingChange, ...]:
    """The request's place taken back, while it is still waiting for approval.

    Raises:
        SlotNotHeldError: it has been approved meanwhile.
    """
    before = slot_of(records, request.details)
    if before is None:
        return ()
    after = before.expire(request.reservation_id)
    return ((before, after),) if after != before else ()


def booked_meanwhile(records: Records, request: ReservationRequest) -> bool:
    """Whether the appointment stands although nobody approved the request: its publisher announced it."""
    reservation = records.reservation(request.reservation_id)
    return reservation is not None and reservation.status.is_active
