"""Finds the others whose time a visit takes by itself: a conflict, or a refusal."""

from collections.abc import Iterable
from datetime import datetime

from clinic.domain.appointments.conflict import Conflict
from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.slots.slot import Booking, visit_of
from clinic.services.slots.doctors import Doctors
from clinic.services.unit_of_work import BookingStore


def conflict_of(
    booking_store: BookingStore,
    doctors: Doctors,
    changes: Iterable[tuple[Booking, Booking]],
    now: datetime,
    *,
    beside: frozenset[str] = frozenset(),
    may_refuse: bool = True,
) -> Conflict | None:
    """What else takes some of the own time that the changes give a visit; None: nothing, or no change.

    Args:
        booking_store, doctors: what is kept.
        changes: of one visit.
        now: the instant of the call.
        beside: who has a place in the same slot: that these last as long is no conflict.
        may_refuse: whether a clinic that refuses overlaps is asked.

    Raises:
        SlotNotAvailableError: something does, and the clinic refuses overlaps.
    """
    taken = time_taken(changes)
    if taken is None:
        return None
    who = taken.slot.holders
    visits = {visit for entry in taken.obstacles if (visit := visit_of(entry)) and visit not in beside}
    others = [booking for booking in slots_met(booking_store, taken) if booking.slot.holders - who]
    if not others and not visits:
        return None
    if may_refuse and now < taken.slot.start:  # what has begun can't be refused any more
        _require_overlaps_allowed(doctors, taken)
    holders = {holder for booking in others for holder in booking.slot.holders} - who
    return Conflict(now, frozenset(booking.slot.slot_id for booking in others), frozenset(holders | visits))


def time_taken(changes: Iterable[tuple[Booking, Booking]]) -> Booking | None:
    """The own time that the changes give a visit. Without a change it has been taken, and told of, before."""
    return next((after for _, after in changes if after.slot.is_own_time and after.slot.holders), None)


def slots_met(booking_store: BookingStore, taken: Booking) -> list[Booking]:
    """The slots that take some of the same time."""
    entries = [entry for entry in taken.obstacles if visit_of(entry) is None]
    found = booking_store.bookings(taken.slot.profile_id, *entries) if entries else ()
    return [booking for booking in found if booking is not None]


def _require_overlaps_allowed(doctors: Doctors, taken: Booking) -> None:
    profile_id, obstacle = taken.slot.profile_id, taken.obstacles[0]
    profile = doctors.profile(profile_id)
    clinic = doctors.directory.clinic(profile.clinic_id) if profile is not None else None
    if clinic is not None and clinic.refuses_overlaps:
        raise SlotNotAvailableError(f"appointmentTime: {obstacle} takes the time of {profile_id} then")
