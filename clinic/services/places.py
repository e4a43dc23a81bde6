"""Places in slots, as part of a larger change: what a booking does to a doctor's calendar."""

from datetime import datetime

from clinic.domain.errors import InvalidEventError, SlotNotAvailableError
from clinic.domain.reservations import AppointmentDetails
from clinic.domain.slots import Booking, Slot, move
from clinic.services.appointment_details import AppointmentReader
from clinic.services.records_port import Records

BookingChange = tuple[Booking, Booking]


def slot_of(records: Records, details: AppointmentDetails) -> Booking | None:
    """The slot an appointment names, if it is stored; publishers may name slots of their own."""
    if details.profile_id is None or details.slot_id is None:
        return None
    (booking,) = records.bookings(details.profile_id, details.slot_id)
    return booking


def wanted_slot(
    records: Records, appointments: AppointmentReader, profile_id: str | None, slot_id: str | None
) -> Booking | None:
    """The slot of this id, stored or as the doctor's hours make it.

    None: a slot of the publisher's own, or of a doctor who is not kept here.

    Raises:
        SlotNotAvailableError: it is not stored, and the doctor's hours make none.
    """
    if profile_id is None or slot_id is None:
        return None
    (stored,) = records.bookings(profile_id, slot_id)
    if stored is not None:
        return stored
    made = _made(appointments, profile_id, slot_id)
    return None if made is None else records.bookings(profile_id, made)[0]


def take(
    records: Records, appointments: AppointmentReader, details: AppointmentDetails, now: datetime
) -> tuple[BookingChange, ...]:
    """Give the appointment the place it names; one it holds already stays, one that was pending is booked.

    Raises:
        SlotNotAvailableError: the slot has no place to give, or the doctor's hours make none.
        InvalidEventError: the appointment's time is not the slot's.
    """
    seen = wanted_slot(records, appointments, details.profile_id, details.slot_id)
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
    records: Records,
    appointments: AppointmentReader,
    old: AppointmentDetails,
    new: AppointmentDetails,
    now: datetime,
) -> tuple[BookingChange, ...]:
    """Give up the old appointment's place for the new one's: both or neither.

    Raises:
        SlotNotAvailableError: the new slot has no place to give, or the doctor's hours make none.
        InvalidEventError: the new appointment's time is not the slot's.
    """
    if (
        old.profile_id is None
        or old.profile_id != new.profile_id
        or old.slot_id is None
        or new.slot_id is None
    ):
        return (*release(records, old), *take(records, appointments, new, now))
    if old.slot_id == new.slot_id:
        held = slot_of(records, old)
        if held is None:
            return take(records, appointments, new, now)
        _require_start(held, new)
        if old.reservation_id not in held.slot.holders:
            return _changed(held, _taken(held, new, now))
        (after, _) = move(held, held, old.reservation_id, now, new_reservation_id=new.reservation_id)
        return _changed(held, after)
    there = wanted_slot(records, appointments, new.profile_id, new.slot_id)
    # Both are read at once: what is written must have stood together.
    held, wanted = records.bookings(new.profile_id, old.slot_id, there.slot if there else new.slot_id)
    if wanted is None or held is None or old.reservation_id not in held.slot.holders:
        return (*release(records, old), *take(records, appointments, new, now))
    _require_start(wanted, new)
    released, taken = move(held, wanted, old.reservation_id, now, new_reservation_id=new.reservation_id)
    return (*_changed(held, released), *_changed(wanted, taken))


def require_kept(
    records: Records, details: AppointmentDetails, appointments: AppointmentReader | None = None
) -> Booking:
    """The slot an appointment names.

    Args:
        appointments: who knows the doctor's hours, where a slot that they make will do as well.

    Raises:
        SlotNotAvailableError: there is no such slot here.
    """
    booking = slot_of(records, details)
    if booking is None and appointments is not None:
        booking = wanted_slot(records, appointments, details.profile_id, details.slot_id)
    if booking is None:
        raise SlotNotAvailableError(f"slot {details.slot_id} does not exist")
    return booking


def _made(appointments: AppointmentReader, profile_id: str, slot_id: str) -> Slot | None:
    from clinic.domain.slot_changes import free_slot  # most slots are stored when they are booked
    from clinic.domain.slot_generation import slot_at, slot_named

    named = slot_named(slot_id)
    offer = appointments.offer(profile_id) if named is not None and named.profile_id == profile_id else None
    if named is None or offer is None:
        return None
    if not offer.profile.is_active:
        raise SlotNotAvailableError(f"slotId: slot {slot_id} can't be made: {profile_id} is not active")
    times = slot_at(
        named,
        offer.profile.time_zone,
        services=offer.services,
        rules=offer.rules,
        overrides=offer.overrides,
    )
    if times is None:
        raise SlotNotAvailableError(
            f"slotId: slot {slot_id} does not exist: no hours of {profile_id} make it"
        )
    return free_slot(times)


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
