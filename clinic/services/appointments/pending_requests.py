"""The request behind a reservation: which one it is, and how it is closed while nobody has answered it."""

from collections.abc import Iterable
from datetime import datetime

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.messages.intent import Intent, IntentStatus, Reason, request_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import RequestStatus, ReservationRequest
from clinic.services.appointments.appointment_intents import still_open
from clinic.services.ports import Outcome
from clinic.services.slots.slot_reservations import BookingChange
from clinic.services.unit_of_work import BookingStore, Changes


def request_called(booking_store: BookingStore, name: str) -> ReservationRequest | None:
    """The request that an answer means: its own id first."""
    return booking_store.request(name) or booking_store.request_for(name)


def request_behind(
    booking_store: BookingStore, name: str, patient_phone: str | None = None
) -> ReservationRequest | None:
    """The request behind what an event calls a reservation: the reservation's id first.

    Args:
        patient_phone: whom the event names; by its own id no other patient's request is meant.
    """
    found = booking_store.request_for(name)
    if found is not None:
        return found
    found = booking_store.request(name)
    if found is not None and patient_phone not in {None, found.details.patient_phone}:
        return None
    return found


def withdrawn_request(booking_store: BookingStore, cancelled: Reservation) -> ReservationRequest | None:
    """The request that a cancelled reservation never came beyond; None: it was a visit."""
    if cancelled.order is not None:  # its publisher has booked it
        return None
    request = booking_store.request_for(cancelled.reservation_id)
    return request if request is not None and request.status is RequestStatus.WITHDRAWN else None


def close(
    booking_store: BookingStore,
    request: ReservationRequest,
    closed: ReservationRequest,
    now: datetime,
    *,
    bookings: tuple[BookingChange, ...] = (),
    reservations: tuple[tuple[Reservation | None, Reservation], ...] = (),
    intents: tuple[Intent, ...] = (),
) -> None:
    """Write that a pending request is closed, with all that follows, in one transaction.

    Raises:
        ConcurrentChangeError: somebody else closed it, or took or left a place; nothing was written.
    """
    booking_store.commit(
        Changes(
            bookings=bookings,
            reservations=reservations,
            requests=((request, closed),),
            intents=intents,
            # Nobody needs to answer it any more.
            endings=unasked(open_questions(booking_store, request.request_id), now),
        )
    )


def open_questions(booking_store: BookingStore, request_id: str) -> tuple[Intent, ...]:
    """The question to the doctor, while it has not left for certain."""
    known = still_open(booking_store.intents(request_subject(request_id)))
    return tuple(intent for intent in known if intent.kind == NoticeKind.REQUEST_DOCTOR)


def unasked(questions: Iterable[Intent], now: datetime) -> tuple[tuple[Intent, Outcome], ...]:
    """How the question ends that has not left yet, or not for certain, when its request is closed."""
    outcomes = {
        IntentStatus.PLANNED: Outcome(IntentStatus.SKIPPED, Reason.REQUEST_CLOSED, now),
        IntentStatus.UNKNOWN: Outcome(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN, now),
    }
    return tuple((intent, outcomes[intent.status]) for intent in questions if intent.status in outcomes)
