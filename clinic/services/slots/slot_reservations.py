"""Places in slots and visits' own time, as part of a larger change: what a booking does to a doctor's day."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.errors import ConcurrentChangeError, InvalidEventError, SlotNotAvailableError
from clinic.domain.slots.changes import free_slot
from clinic.domain.slots.generation import SlotName, slot_at, slot_id
from clinic.domain.slots.slot import Booking, Slot, move, own_time
from clinic.services.slots.doctors import Doctors
from clinic.services.slots.ports import DoctorSchedule
from clinic.services.unit_of_work import BookingStore

if TYPE_CHECKING:
    from clinic.domain.appointments.reservation import Conflict


def made_slot(schedule: DoctorSchedule, name: SlotName) -> Slot:
    """The slot of this name as its doctor's services and hours make it now.

    Raises:
        SlotNotAvailableError: they make none, or the doctor is not active.
    """
    slot = slot_id(name.profile_id, name.service_id, name.start)
    if not schedule.profile.is_active:
        raise SlotNotAvailableError(f"slotId: slot {slot} can't be made: {name.profile_id} is not active")
    times = slot_at(
        name,
        schedule.profile.time_zone,
        services=schedule.services,
        rules=schedule.rules,
        overrides=schedule.overrides,
    )
    if times is None:
        raise SlotNotAvailableError(
            f"slotId: slot {slot} does not exist, no hours of {name.profile_id} make it"
        )
    return free_slot(times)


BookingChange = tuple[Booking, Booking]


@dataclass(frozen=True)
class Placed:
    """Where a visit is placed, and what that changes.

    Attributes:
        details: with the slot in which it has a place, or until when it takes the doctor's time by itself.
        is_here: it has either; else its doctor is not kept here.
        conflict: what else takes that time, where it was agreed elsewhere and something does.
    """

    details: AppointmentDetails
    changes: tuple[BookingChange, ...] = ()
    is_here: bool = False
    conflict: "Conflict | None" = None


def place(
    booking_store: BookingStore,
    doctors: Doctors,
    old: AppointmentDetails | None,
    new: AppointmentDetails,
    now: datetime,
    *,
    time_field: str = f"{AppointmentCreated.detail_type} is not valid: appointmentTime",
    may_refuse: bool = True,
) -> Placed:
    """Give up the old appointment's place, if there is one, for the new one's: both or neither.

    A place that it holds already stays; one that was pending is booked. One that names no slot kept here was
    agreed elsewhere: see `clinic.services.slots.visits_without_slot`.

    Args:
        booking_store, doctors: what is kept.
        old: where it is; None: nowhere yet.
        new: where it is to be.
        now: the instant of the call.
        time_field: the event and its field that says when the visit begins, for errors.
        may_refuse: whether a clinic that refuses overlaps is asked; not where the patient has been told.

    Raises:
        SlotNotAvailableError: the new slot has no place to give, or the doctor's hours make none; or the
            doctor's time is taken and the clinic refuses overlaps.
        InvalidEventError: the new appointment's time is not the slot's.
    """
    wanted = wanted_slot(booking_store, doctors, new.profile_id, new.slot_id)
    if wanted is not None:
        _require_start(wanted, new, time_field)
        details = replace(new, takes_until=None)
        return Placed(details, exchanged(booking_store, old, details, wanted, now), is_here=True)
    if new.profile_id is not None:
        from clinic.services.slots.visits_without_slot import place_without_slot  # most visits name a slot

        placed = place_without_slot(booking_store, doctors, old, new, now, may_refuse=may_refuse)
        if placed is not None:
            return placed
    return Placed(replace(new, takes_until=None), release(booking_store, old) if old else ())


def release(booking_store: BookingStore, details: AppointmentDetails) -> tuple[BookingChange, ...]:
    """Take back the place or the time that the appointment holds; nobody else's."""
    at = _where(details)
    if details.profile_id is None or at is None:
        return ()
    (seen,) = booking_store.bookings(details.profile_id, at)
    return _changed(seen, seen.release(details.reservation_id)) if seen is not None else ()


def slot_of(booking_store: BookingStore, details: AppointmentDetails) -> Booking | None:
    """The slot an appointment names, if it is stored; publishers may name slots of their own."""
    if details.profile_id is None or details.slot_id is None:
        return None
    (booking,) = booking_store.bookings(details.profile_id, details.slot_id)
    return booking


def wanted_slot(
    booking_store: BookingStore, doctors: Doctors, profile_id: str | None, slot_id: str | None
) -> Booking | None:
    """The slot of this id, stored or as the doctor's hours make it.

    None: a slot of the publisher's own, or of a doctor who is not kept here.

    Raises:
        SlotNotAvailableError: it is not stored, and the doctor's hours make none.
    """
    if profile_id is None or slot_id is None:
        return None
    (stored,) = booking_store.bookings(profile_id, slot_id)
    if stored is not None:
        return stored
    made = _made(doctors, profile_id, slot_id)
    return None if made is None else booking_store.bookings(profile_id, made)[0]


def require_kept(booking_store: BookingStore, details: AppointmentDetails) -> Booking:
    """The slot an appointment names.

    Raises:
        SlotNotAvailableError: there is no such slot here.
    """
    booking = slot_of(booking_store, details)
    if booking is None:
        raise SlotNotAvailableError(f"slot {details.slot_id} does not exist")
    return booking


def exchanged(
    booking_store: BookingStore,
    old: AppointmentDetails | None,
    new: AppointmentDetails,
    wanted: Booking,
    now: datetime,
) -> tuple[BookingChange, ...]:
    """Give the new appointment its place, and take the old one's back.

    Args:
        wanted: the new appointment's slot or own time, as it was read.

    Raises:
        SlotNotAvailableError: it has no place to give.
        ConcurrentChangeError: the slot was removed meanwhile.
    """
    if old is None or old.profile_id != new.profile_id:
        return (*(release(booking_store, old) if old else ()), *_changed(wanted, _taken(wanted, new, now)))
    at = _where(old)
    is_same_slot = at == wanted.slot.slot_id
    is_there = is_same_slot and old.reservation_id == new.reservation_id
    if at is None or is_there or _is_same_time(at, wanted.slot):
        return _changed(wanted, _taken(wanted, new, now))
    # Both are read at once: what is written must have stood together.
    there = wanted.slot.slot_id if wanted.is_stored else wanted.slot
    held, seen = booking_store.bookings(wanted.slot.profile_id, at, there)
    if seen is None:
        raise ConcurrentChangeError(f"slot {wanted.slot.slot_id} was removed meanwhile")
    if held is None or old.reservation_id not in held.slot.holders:
        return _changed(seen, _taken(seen, new, now))
    released, taken = move(held, seen, old.reservation_id, now, new_reservation_id=new.reservation_id)
    return _changed(held, taken) if is_same_slot else (*_changed(held, released), *_changed(seen, taken))


def _where(details: AppointmentDetails) -> str | Slot | None:
    """Where an appointment has its time: a slot's id, or its own time."""
    if details.takes_until is None or details.profile_id is None:
        return details.slot_id
    return own_time(details.profile_id, details.reservation_id, details.appointment_time, details.takes_until)


def _is_same_time(at: str | Slot, wanted: Slot) -> bool:
    stretch = (wanted.slot_id, wanted.start, wanted.buffer_until)
    return isinstance(at, Slot) and (at.slot_id, at.start, at.buffer_until) == stretch


def _made(doctors: Doctors, profile_id: str, slot_id: str) -> Slot | None:
    from clinic.domain.slots.generation import slot_named  # most slots are stored when they are booked

    named = slot_named(slot_id)
    schedule = doctors.schedule(profile_id) if named is not None and named.profile_id == profile_id else None
    return None if named is None or schedule is None else made_slot(schedule, named)


def _taken(seen: Booking, details: AppointmentDetails, now: datetime) -> Booking:
    if seen.slot.is_own_time:
        return seen.occupy(details.reservation_id)
    if details.reservation_id in seen.slot.pending:
        return seen.approve(details.reservation_id)
    return seen.hold(details.reservation_id, now, is_approved=True)


def _require_start(booking: Booking, details: AppointmentDetails, time_field: str) -> None:
    if booking.slot.start != details.appointment_time:
        raise InvalidEventError(f"{time_field}: expected the start of slot {booking.slot.slot_id}")


def _changed(before: Booking, after: Booking) -> tuple[BookingChange, ...]:
    return ((before, after),) if after != before else ()
