"""An answer to a request and the end of its time have this in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from clinic.domain.appointments.patients import are_other_patients
from clinic.domain.appointments.reservation import AppointmentDetails, Reservation, ReservationStatus
from clinic.domain.errors import ConcurrentChangeError, SlotNotHeldError
from clinic.domain.requests.request import ClosedBecause, RequestStatus, ReservationRequest
from clinic.services.appointments.pending_requests import close
from clinic.services.slots.slot_reservations import BookingChange, require_kept, slot_of
from clinic.services.unit_of_work import BookingStore


def confirmed(
    booking_store: BookingStore, request: ReservationRequest, seen: Reservation | None
) -> tuple[BookingChange, ...]:
    """The request's place turned into a booked one.

    Args:
        seen: its reservation as it was read.

    Raises:
        SlotNotAvailableError: there is no such slot (any more).
        SlotNotHeldError: the request holds no place.
        ConcurrentChangeError: somebody changed request or reservation while the slot was being read.
    """
    before = require_kept(booking_store, request.details)
    with _as_they_stand(booking_store, request, seen):
        after = before.approve(request.reservation_id)
    return ((before, after),) if after != before else ()


def freed(
    booking_store: BookingStore, request: ReservationRequest, seen: Reservation | None
) -> tuple[BookingChange, ...]:
    """The request's place taken back, while it is still waiting for approval.

    Args:
        seen: its reservation as it was read.

    Raises:
        SlotNotHeldError: it is booked, though the request is pending.
        ConcurrentChangeError: somebody changed request or reservation while the slot was being read.
    """
    before = slot_of(booking_store, request.details)
    if before is None:
        return ()
    with _as_they_stand(booking_store, request, seen):
        after = before.expire(request.reservation_id)
    return ((before, after),) if after != before else ()


def is_taken(request: ReservationRequest, seen: Reservation | None) -> bool:
    """Whether the reservation's id, which the request was to have, is another patient's visit by now.

    The request never becomes that one: it can be declined, and it expires.
    """
    return seen is not None and are_other_patients(seen.details, request.details)


def overtaken(
    booking_store: BookingStore,
    request: ReservationRequest,
    seen: Reservation,
    now: datetime,
    *,
    by: str | None = None,
    answer_id: str | None = None,
) -> ReservationRequest:
    """Close a pending request whose reservation somebody else has booked or cancelled before any answer.

    Booked by its publisher, the request counts as approved: its place is the appointment's, unless that is at
    another time or in another slot by now. Cancelled, it is withdrawn.

    Args:
        seen: the reservation as it was read.
        by, answer_id: who closes it, as `ReservationRequest` keeps it.

    Raises:
        ConcurrentChangeError: somebody else closed it, or changed the reservation; nothing was written.
    """
    if seen.status is ReservationStatus.CANCELLED:
        status, because = RequestStatus.WITHDRAWN, ClosedBecause.RESERVATION_CANCELLED
        bookings, current = freed(booking_store, request, seen), completed(seen, request.details, now)
    elif _is_at_its_place(seen, request):
        status, because = RequestStatus.APPROVED, None
        bookings, current = confirmed(booking_store, request, seen), _with_slot(seen, request, now)
    else:
        status, because = RequestStatus.APPROVED, None
        bookings, current = _left_over(booking_store, request, seen), seen
    closed = request.closed(status, now, because=because, by=by, answer_id=answer_id)
    reservations = ((seen, current),) if current != seen else ()
    close(booking_store, request, closed, now, bookings=bookings, reservations=reservations)
    return closed


def _left_over(
    booking_store: BookingStore, request: ReservationRequest, seen: Reservation
) -> tuple[BookingChange, ...]:
    """The place that nobody needs any more; one that was booked is the appointment's, though that is over."""
    try:
        return freed(booking_store, request, seen)
    except SlotNotHeldError:
        return ()


def given_back(
    booking_store: BookingStore, request: ReservationRequest, seen: Reservation | None
) -> tuple[BookingChange, ...]:
    """The place of a request that comes to nothing, unless another patient's visit has its id and its place.

    Raises:
        SlotNotHeldError, ConcurrentChangeError: as in `freed`.
    """
    if seen is None:
        return freed(booking_store, request, seen)
    return _left_over(booking_store, request, seen)


def completed(seen: Reservation, details: AppointmentDetails, now: datetime) -> Reservation:
    """A placeholder with particulars: the cancellation that left it waits for them. Others as they are."""
    if not seen.is_placeholder:
        return seen
    details = replace(details, charge_id=details.charge_id or seen.details.charge_id)
    return replace(seen, details=details, is_placeholder=False, updated_at=now)


def _is_at_its_place(seen: Reservation, request: ReservationRequest) -> bool:
    known, asked = seen.details, request.details
    is_same_slot = not known.has_place or known.slot_id == asked.slot_id
    return seen.status.is_active and is_same_slot and known.appointment_time == asked.appointment_time


def _with_slot(seen: Reservation, request: ReservationRequest, now: datetime) -> Reservation:
    """The reservation with the place that was held for it, where its publisher named none."""
    if seen.details.has_place:
        return seen
    asked = request.details
    details = replace(seen.details, slot_id=asked.slot_id, profile_id=asked.profile_id)
    return replace(seen, details=details, is_unplaced=False, updated_at=now)


@contextmanager
def _as_they_stand(
    booking_store: BookingStore, request: ReservationRequest, seen: Reservation | None
) -> Iterator[None]:
    """The slot is read after the others: what it says may be what somebody wrote in between."""
    try:
        yield
    except SlotNotHeldError:
        request_id = request.request_id
        if (
            booking_store.request(request_id) != request
            or booking_store.reservation(request.reservation_id) != seen
        ):
            raise ConcurrentChangeError(f"request {request_id} changed meanwhile") from None
        raise
