"""Places in slots, as part of a larger change: what a booking does to a doctor's calendar."""

from datetime import datetime

from clinic.domain.errors import InvalidEventError, SlotNotAvailableError
from clinic.domain.reservations import AppointmentDetails
from clinic.domain.slots import Booking, move
from clinic.services.records_port import Records

BookingChange = tuple[Booking, Booking]


def slot_of(records: Records, details: AppointmentDetails) -> Booking | None:
    """The slot an appointment names, if it is kept here; publishers may name slots of their own."""
    if details.profile_id is None or details.slot_id is None:
        return None
    (booking,) = records.bookings(details.profile_id, details.slot_id)
    return booking


def take(records: Records, details: AppointmentDetails, now: datetime) -> tuple[BookingChange, ...]:
    """Give the appointment the place it names; one it holds already stays, one that was pending is booked.

    Raises:
        SlotNotAvailableError: the slot has no place to give.
        InvalidEventError: the appointment's time is not the slot's.
    """
    seen = slot_of(records, details)
    if seen is None:
        return ()
    return _changed(seen, _taken(seen, details, now))


def release(records: Records, details: AppointmentDetails) -> tuple[BookingChange, ...]:
    """Take back the place the appointment holds; nobody else's."""
    seen = slot_of(records, details)
    if seen is None:
        return ()
    return _changed(seen, seen.release(details.reservation_id))


def exchange(
    records: Records, old: AppointmentDetails, new: AppointmentDetails, now: datetime
) -> tuple[BookingChange, ...]:
    """Give up the old appointment's place for the new one's: both or neither.

    Raises:
        SlotNotAvailableError: the new slot has no place to give.
        InvalidEventError: the new appointment's time is not the slot's.
    """
    if (
        old.profile_id is None
        or old.profile_id != new.profile_id
        or old.slot_id is None
        or new.slot_id is None
    ):
        return (*release(records, old), *take(records, new, now))
    if old.slot_id == new.slot_id:
        held = slot_of(records, old)
        if held is None:
            return ()
        _require_start(held, new)
        if old.reservation_id not in held.slot.holders:
            return _changed(held, _taken(held, new, now))
        (after, _) = move(held, held, old.reservation_id, now, new_reservation_id=new.reservation_id)
        return _changed(held, after)
    held, wanted = records.bookings(new.profile_id, old.slot_id, new.slot_id)
    if wanted is None or held is None or old.reservation_id not in held.slot.holders:
        return (*release(records, old), *take(records, new, now))
    _require_start(wanted, new)
    released, taken = move(held, wanted, old.reservation_id, now, new_reservation_id=new.reservation_id)
    return (*_changed(held, released), *_changed(wanted, taken))


def require_kept(records: Records, details: AppointmentDetails) -> Booking:
    """The slot an appointment names.

    Raises:
        SlotNotAvailableError: there is no such slot here.
    """
    booking = slot_of(records, details)
    if booking is None:
        raise SlotNotAvailableError(f"slot {details.slot_id} does not exist")
    return booking


def _taken(seen: Booking, details: AppointmentDetails, now: datetime) -> Booking:
    _require_start(seen, details)
    if details.reservation_id in seen.slot.pending:
        return seen.approve(details.reservation_id)
    return seen.hold(details.reservation_id, now, is_approved=True)


def _require_start(booking: Booking, details: AppointmentDetails) -> None:
    if booking.slot.start != details.appointment_time:
        raise InvalidEventError(
            f"{details.reservation_id}: appointmentTime: expected the start of slot {booking.slot.slot_id}"
        )


def _changed(before: Booking, after: Booking) -> tuple[BookingChange, ...]:
    return ((before, after),) if after != before else ()
