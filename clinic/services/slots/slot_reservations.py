"""Places in slots and visits' own time, as part of a larger change: what a booking does to a doctor's day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.errors import ConcurrentChangeError, InvalidEventError, SlotNotAvailableError
from clinic.domain.slots.changes import free_slot
from clinic.domain.slots.generation import SlotName, slot_at, slot_id
from clinic.domain.slots.slot import Booking, Slot, own_time, rearranged
from clinic.services.slots.doctors import Doctors
from clinic.services.slots.ports import DoctorSchedule
from clinic.services.unit_of_work import BookingStore

if TYPE_CHECKING:
    from clinic.domain.appointments.conflict import Conflict


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
        return place_in_slot(booking_store, doctors, old, new, wanted, now=now, may_refuse=may_refuse)
    if new.profile_id is not None:
        from clinic.services.slots.visits_without_slot import place_without_slot  # most visits name a slot

        placed = place_without_slot(booking_store, doctors, old, new, now, may_refuse=may_refuse)
        if placed is not None:
            return placed
    return Placed(without_own_time(new), release(booking_store, old) if old else ())


def place_in_slot(
    booking_store: BookingStore,
    doctors: Doctors,
    old: AppointmentDetails | None,
    new: AppointmentDetails,
    wanted: Booking,
    *,
    now: datetime,
    may_refuse: bool = True,
) -> Placed:
    """Give the new appointment its place in a slot, and by itself the time that it lasts longer.

    Args:
        wanted: the slot, as it was read.

    Raises:
        SlotNotAvailableError: the slot has no place to give; or the time after it is taken, and the clinic
            refuses overlaps.
        ConcurrentChangeError: the slot was removed meanwhile, or given other times.
    """
    details = replace(without_own_time(new), slot_id=wanted.slot.slot_id)
    rest = _rest(new, wanted.slot)
    if rest is None or rest.buffer_until <= now:  # nobody needs what is over
        return Placed(details, exchanged(booking_store, old, details, (wanted,), now), is_here=True)
    from clinic.services.slots.overlaps import conflict_of  # few visits last longer than their slot

    slot, free = booking_store.bookings(rest.profile_id, _named(wanted), rest)
    if slot is None or free is None or _rest(new, slot.slot) != rest:
        raise ConcurrentChangeError(f"slot {wanted.slot.slot_id} was changed meanwhile")
    details = replace(details, takes_from=rest.start, takes_until=rest.buffer_until)
    changes = exchanged(booking_store, old, details, (slot, free), now)
    conflict = conflict_of(
        booking_store, doctors, changes, now, beside=slot.slot.holders, may_refuse=may_refuse
    )
    return Placed(details, changes, is_here=True, conflict=conflict)


def release(booking_store: BookingStore, details: AppointmentDetails) -> tuple[BookingChange, ...]:
    """Take back the place and the time that the appointment holds; nobody else's."""
    held = _places(details)
    if details.profile_id is None or not held:
        return ()
    seen = [booking for booking in booking_store.bookings(details.profile_id, *held) if booking is not None]
    give_up = partial(_released, who=details.reservation_id)
    return _changed(seen, rearranged(seen, [(number, give_up) for number in range(len(seen))]))


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
    wanted: Sequence[Booking],
    now: datetime,
) -> tuple[BookingChange, ...]:
    """Give the new appointment its places, and take the old one's back.

    Args:
        wanted: the new appointment's slot, its own time, or both, as they were read together.

    Raises:
        SlotNotAvailableError: the slot has no place to give.
        ConcurrentChangeError: the slot was removed meanwhile.
    """
    take = partial(_taken, details=new, now=now)
    if old is None or old.profile_id != new.profile_id:
        taken = rearranged(wanted, [(number, take) for number in range(len(wanted))])
        return (*(release(booking_store, old) if old else ()), *_changed(wanted, taken))
    named = [_named(booking) for booking in wanted]
    held = _places(old)
    left = [place for place in held if not any(_is_same(place, booking.slot) for booking in wanted)]
    seen = list(wanted)
    if left:
        # All are read at once: what is written must have stood together.
        seen = []
        for place, booking in zip(
            (*named, *left), booking_store.bookings(wanted[0].slot.profile_id, *named, *left), strict=True
        ):
            if booking is not None:
                seen.append(booking)
            elif place in named:
                raise ConcurrentChangeError(f"slot {wanted[0].slot.slot_id} was removed meanwhile")
    # Who stays where they are gives up nothing there.
    stays = old.reservation_id == new.reservation_id
    given_up = range(len(named) if stays else 0, len(seen))
    give_up = partial(_released, who=old.reservation_id)
    steps = [*((number, give_up) for number in given_up), *((number, take) for number in range(len(named)))]
    return _changed(seen, rearranged(seen, steps))


def without_own_time(details: AppointmentDetails) -> AppointmentDetails:
    """The same where it takes no time by itself."""
    return replace(details, takes_from=None, takes_until=None)


def _places(details: AppointmentDetails) -> tuple[str | Slot, ...]:
    """Where an appointment has its time: in a slot, by itself, or both."""
    places: tuple[str | Slot, ...] = () if details.slot_id is None else (details.slot_id,)
    if details.own_time is None or details.profile_id is None:
        return places
    return (*places, own_time(details.profile_id, details.reservation_id, *details.own_time))


def _named(booking: Booking) -> str | Slot:
    """How a booking is read again."""
    return booking.slot.slot_id if booking.is_stored else booking.slot


def _is_same(place: str | Slot, wanted: Slot) -> bool:
    if isinstance(place, str):
        return place == wanted.slot_id
    stretch = (wanted.slot_id, wanted.start, wanted.buffer_until)
    return (place.slot_id, place.start, place.buffer_until) == stretch


def _rest(details: AppointmentDetails, slot: Slot) -> Slot | None:
    """The time that a visit lasts longer than its slot and the buffer after that."""
    until = details.appointment_time + timedelta(minutes=details.visit_minutes or 0)
    if until <= slot.buffer_until:
        return None
    return own_time(slot.profile_id, details.reservation_id, slot.buffer_until, until)


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


def _released(seen: Booking, who: str) -> Booking:
    return seen.release(who)


def _require_start(booking: Booking, details: AppointmentDetails, time_field: str) -> None:
    if booking.slot.start != details.appointment_time:
        raise InvalidEventError(f"{time_field}: expected the start of slot {booking.slot.slot_id}")


def _changed(before: Sequence[Booking], after: Sequence[Booking]) -> tuple[BookingChange, ...]:
    pairs = zip(before, after, strict=True)
    return tuple((seen, booking) for seen, booking in pairs if seen.slot != booking.slot)
