"""Visits that name no slot kept here, of doctors who are: agreed elsewhere, and booked as they are.

Such a visit takes the place of its doctor, service and beginning if that is free. Else it takes the doctor's
time by itself, on the day sheets, whoever has some of it: a conflict. Which service it is for says its
``serviceId``; without one, its name, if the doctor has just one active service of that name; else the only
slot for one patient that the doctor's hours make then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.domain.appointments.reservation import AppointmentDetails, Conflict
from clinic.domain.directory import DEFAULT_VISIT_MINUTES
from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.slots.availability import MedicalService
from clinic.domain.slots.generation import SlotName, slot_id
from clinic.domain.slots.slot import Booking, own_time, visit_of
from clinic.services.slots.doctors import Doctors
from clinic.services.slots.ports import DoctorSchedule
from clinic.services.slots.slot_reservations import Placed, exchanged, made_slot, release
from clinic.services.unit_of_work import BookingStore


def place_without_slot(
    booking_store: BookingStore,
    doctors: Doctors,
    old: AppointmentDetails | None,
    new: AppointmentDetails,
    now: datetime,
    *,
    may_refuse: bool = True,
) -> Placed | None:
    """Place a visit that names no slot kept here; None: its doctor is not kept here either.

    The arguments and errors are those of `clinic.services.slots.slot_reservations.place`.
    """
    schedule = doctors.schedule(new.profile_id) if new.profile_id else None
    if schedule is None:
        return None
    # A slot's id that means nothing here is not kept.
    return _Visit(booking_store, doctors, schedule, old, replace(new, slot_id=None), now, may_refuse).place()


@dataclass(frozen=True)
class _Visit:
    booking_store: BookingStore
    doctors: Doctors
    schedule: DoctorSchedule
    old: AppointmentDetails | None
    new: AppointmentDetails
    now: datetime
    may_refuse: bool = True

    def place(self) -> Placed:
        start, service = self.new.appointment_time, self._service()
        until = start + self._length(service)
        if until <= self.now:  # it is over: nobody needs its time any more
            changes = release(self.booking_store, self.old) if self.old else ()
            return Placed(replace(self.new, takes_until=None), changes, is_here=True)
        had = self._time_it_has()
        if had is not None:  # it stays there, also when a place has become free
            return self._own_time(until if self.new.visit_minutes else had)
        return self._place_in_slot(service) or self._own_time(until)

    def _time_it_has(self) -> datetime | None:
        old, new = self.old, self.new
        if old is None or old.appointment_time != new.appointment_time:
            return None
        is_same = (old.reservation_id, old.profile_id) == (new.reservation_id, new.profile_id)
        return old.takes_until if is_same else None

    def _place_in_slot(self, service: MedicalService | None) -> Placed | None:
        start = self.new.appointment_time
        if service is None or start.second or start.microsecond:
            return None
        name = SlotName(self.schedule.profile.profile_id, service.service_id, start)
        try:
            wanted = self._slot(name)
            details = replace(
                self.new, slot_id=wanted.slot.slot_id, service_id=service.service_id, takes_until=None
            )
            changes = exchanged(self.booking_store, self.old, details, wanted, self.now)
        except SlotNotAvailableError:
            return None
        return Placed(details, changes, is_here=True)

    def _slot(self, name: SlotName) -> Booking:
        (stored,) = self.booking_store.bookings(
            name.profile_id, slot_id(name.profile_id, name.service_id, name.start)
        )
        if stored is not None:
            return stored
        (made,) = self.booking_store.bookings(name.profile_id, made_slot(self.schedule, name))
        if made is None:
            raise SlotNotAvailableError(f"slot of {name.profile_id} can't be made")
        return made

    def _own_time(self, until: datetime) -> Placed:
        new = replace(self.new, takes_until=until)
        time = own_time(self.schedule.profile.profile_id, new.reservation_id, new.appointment_time, until)
        (seen,) = self.booking_store.bookings(time.profile_id, time)
        changes = exchanged(self.booking_store, self.old, new, seen, self.now) if seen is not None else ()
        placed = Placed(new, changes, is_here=True)
        # Without a change it has been taken, and told of, before.
        taken = next((after for _, after in changes if after.slot.is_own_time and after.slot.holders), None)
        return self._despite(taken, placed) if taken is not None and taken.obstacles else placed

    def _despite(self, taken: Booking, placed: Placed) -> Placed:
        """Something takes some of that time: its own pending place will do, anything else is a conflict."""
        slots = [entry for entry in taken.obstacles if visit_of(entry) is None]
        found = [b for b in self.booking_store.bookings(taken.slot.profile_id, *slots) if b] if slots else []
        who = placed.details.reservation_id
        for booking in found:
            if who in booking.slot.holders and booking.slot.start == placed.details.appointment_time:
                details = replace(self.new, slot_id=booking.slot.slot_id, takes_until=None)
                return Placed(
                    details, exchanged(self.booking_store, self.old, details, booking, self.now), is_here=True
                )
        others = [booking for booking in found if booking.slot.holders - {who}]
        visits = {visit for entry in taken.obstacles if (visit := visit_of(entry))}
        slot_ids = frozenset(booking.slot.slot_id for booking in others)
        if not slot_ids and not visits:
            return placed
        self._require_overlaps_allowed(taken)
        holders = {holder for booking in others for holder in booking.slot.holders} - {who}
        return replace(placed, conflict=Conflict(self.now, slot_ids, frozenset(holders | visits)))

    def _require_overlaps_allowed(self, taken: Booking) -> None:
        clinic = self.doctors.directory.clinic(self.schedule.profile.clinic_id)
        is_ahead = self.now < taken.slot.start  # what has begun can't be refused any more
        if clinic is not None and clinic.refuses_overlaps and self.may_refuse and is_ahead:
            profile_id, obstacle = taken.slot.profile_id, taken.obstacles[0]
            raise SlotNotAvailableError(f"appointmentTime: {obstacle} takes the time of {profile_id} then")

    def _length(self, service: MedicalService | None) -> timedelta:
        if self.new.visit_minutes is not None:
            return timedelta(minutes=self.new.visit_minutes)
        if service is not None:
            return timedelta(minutes=service.duration)
        clinic = self.doctors.directory.clinic(self.schedule.profile.clinic_id)
        minutes = clinic.default_visit_minutes if clinic is not None else None
        return timedelta(minutes=minutes or DEFAULT_VISIT_MINUTES)

    def _service(self) -> MedicalService | None:
        active = [service for service in self.schedule.services if service.is_active]
        if self.new.service_id is not None:
            return next((s for s in active if s.service_id == self.new.service_id), None)
        named = [s for s in active if _plain(s.name) == _plain(self.new.service_name)]
        if len(named) == 1:
            return named[0]
        offered = list(self._offered_then(active))
        return offered[0] if len(offered) == 1 else None

    def _offered_then(self, services: list[MedicalService]) -> Iterator[MedicalService]:
        for service in services:
            name = SlotName(self.schedule.profile.profile_id, service.service_id, self.new.appointment_time)
            try:
                slot = made_slot(self.schedule, name)
            except (SlotNotAvailableError, ValueError):  # none then, or no whole minute
                continue
            if slot.capacity == 1:
                yield service


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
