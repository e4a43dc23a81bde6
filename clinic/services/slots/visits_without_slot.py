"""Visits that name no slot kept here, of doctors who are: agreed elsewhere, and booked as they are.

Such a visit takes the place of its doctor, service and beginning if that is free, and what it lasts longer by
itself. Else it takes all of its time by itself, on the day sheets, whoever has some of it: a conflict. Which
service it is for says its ``serviceId``; without one, its name, if the doctor has just one active service of
that name; else the only slot for one patient that the doctor's hours make then.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.directory import DEFAULT_VISIT_MINUTES
from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.slots.availability import MedicalService
from clinic.domain.slots.generation import SlotName, slot_id
from clinic.domain.slots.slot import Booking, own_time
from clinic.services.slots.doctors import Doctors
from clinic.services.slots.overlaps import conflict_of, slots_met, time_taken
from clinic.services.slots.ports import DoctorSchedule
from clinic.services.slots.slot_reservations import (
    Placed,
    exchanged,
    made_slot,
    place_in_slot,
    release,
    without_own_time,
)
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
            return Placed(without_own_time(self.new), changes, is_here=True)
        had = self._time_it_has()
        if had is not None:  # it stays there, also when a place has become free
            return self._own_time(until if self.new.visit_minutes else had)
        return self._place_in_slot(service) or self._own_time(until)

    def _time_it_has(self) -> datetime | None:
        old, new = self.old, self.new
        if old is None or old.appointment_time != new.appointment_time:
            return None
        is_same = (old.reservation_id, old.profile_id) == (new.reservation_id, new.profile_id)
        return old.takes_until if is_same and old.slot_id is None else None

    def _place_in_slot(self, service: MedicalService | None) -> Placed | None:
        start = self.new.appointment_time
        if service is None or start.second or start.microsecond:
            return None
        name = SlotName(self.schedule.profile.profile_id, service.service_id, start)
        try:
            return self._in(self._slot(name), replace(self.new, service_id=service.service_id))
        except SlotNotAvailableError:
            return None

    def _in(self, slot: Booking, details: AppointmentDetails) -> Placed:
        return place_in_slot(
            self.booking_store,
            self.doctors,
            self.old,
            details,
            slot,
            now=self.now,
            may_refuse=self.may_refuse,
        )

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
        new = replace(self.new, takes_from=None, takes_until=until)
        time = own_time(self.schedule.profile.profile_id, new.reservation_id, new.appointment_time, until)
        (seen,) = self.booking_store.bookings(time.profile_id, time)
        changes = () if seen is None else exchanged(self.booking_store, self.old, new, (seen,), self.now)
        taken = time_taken(changes)
        for booking in slots_met(self.booking_store, taken) if taken is not None else ():
            is_then = booking.slot.start == new.appointment_time
            if is_then and new.reservation_id in booking.slot.holders:  # its own pending place will do
                return self._in(booking, self.new)
        conflict = conflict_of(
            self.booking_store, self.doctors, changes, self.now, may_refuse=self.may_refuse
        )
        return Placed(new, changes, is_here=True, conflict=conflict)

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
