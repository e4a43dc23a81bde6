"""Use case: visits that were booked before their doctor was kept here get their place in the doctor's day."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from clinic.domain.appointments.reservation import AppointmentDetails, Reservation
from clinic.domain.errors import InvalidEventError, SlotNotAvailableError
from clinic.domain.messages.intent import reservation_subject
from clinic.domain.slots.generation import slot_named
from clinic.services.appointments.announcements import ConflictNotices
from clinic.services.slots.doctors import Doctors
from clinic.services.slots.slot_reservations import Placed, place
from clinic.services.unit_of_work import BookingStore, Changes, retry_on_conflict

VISITS_AT_ONCE = 50
# No visit takes longer: one that began before has nothing left to take.
LONGEST_VISIT = timedelta(days=1)
_A_MOMENT = timedelta(seconds=1)


class UnsettledVisits(Protocol):
    """Visits by `Reservation.unsettled_doctor`. May raise `StoreUnavailableError`."""

    def of_doctor(self, profile_id: str, begin: datetime, limit: int) -> list[Reservation]:
        """Those that begin then or later, by their beginning; from an index, up to date in a moment."""


@dataclass(frozen=True)
class VisitsPlaced:
    """What became of a page of visits.

    Attributes:
        placed: how many got a place or a time of their own.
        conflicts: of how many it was told that they meet others.
        next_start: where the next page begins; None: this was the last one.
    """

    placed: int
    conflicts: int
    next_start: datetime | None


@dataclass(frozen=True)
class VisitPlacing:
    """Places visits whose doctor has come into the directory since, the first booked first.

    Each patient has been told of the visit: it stands, whatever the clinic does with overlaps, and what it
    meets is told. It tells as well of conflicts whose own run has not.
    """

    booking_store: BookingStore
    unsettled: UnsettledVisits
    doctors: Doctors
    conflicts: ConflictNotices
    page_size: int = VISITS_AT_ONCE

    def place_page(self, profile_id: str, now: datetime, start: datetime | None = None) -> VisitsPlaced:
        """Place the next visits of a doctor; again: nothing is left to do.

        Args:
            profile_id: whose visits.
            now: the instant of the call.
            start: where the page before said that this one begins; None: with the first visit.

        Raises:
            ConfigurationError: a row of the doctor's can't be read.
            EventBusUnavailableError, StoreUnavailableError, ConcurrentChangeError: call again.
        """
        page = self.unsettled.of_doctor(profile_id, start or now - LONGEST_VISIT, self.page_size)
        placed = conflicts = 0
        for visit in sorted(page, key=lambda it: (it.created_at, it.appointment_time, it.reservation_id)):
            name = visit.reservation_id
            attempt = partial(self._place, name, profile_id, now)
            placed += retry_on_conflict(attempt, reservation_subject(name))
            conflicts += self.conflicts.tell(name, now)
        return VisitsPlaced(placed, conflicts, self._next_start(page))

    def _next_start(self, page: list[Reservation]) -> datetime | None:
        if len(page) < self.page_size:
            return None
        first, last = page[0].appointment_time, page[-1].appointment_time
        # Its beginning's other visits may have been cut off: they are the next page's.
        return last if first < last else last + _A_MOMENT

    def _place(self, reservation_id: str, profile_id: str, now: datetime) -> bool:
        seen = self.booking_store.reservation(reservation_id)
        if seen is None or not seen.is_unplaced or seen.unsettled_doctor != profile_id:
            return False
        placed = self._placed(_completed(seen.details), now)
        if not placed.is_here:  # the doctor has gone again
            return False
        after = seen.placed(placed.details, placed.conflict, is_here=True)
        after = replace(after, updated_at=now)
        self.booking_store.commit(Changes(bookings=placed.changes, reservations=((seen, after),)))
        return True

    def _placed(self, details: AppointmentDetails, now: datetime) -> Placed:
        """In the slot that it names; where that can't be had, by its time, as if it had named none."""
        try:
            return place(self.booking_store, self.doctors, None, details, now, may_refuse=False)
        except (SlotNotAvailableError, InvalidEventError):
            in_any = replace(details, slot_id=None)
            return place(self.booking_store, self.doctors, None, in_any, now, may_refuse=False)


def _completed(details: AppointmentDetails) -> AppointmentDetails:
    """With the doctor and the service that its slot's id names, where it names no others."""
    named = slot_named(details.slot_id) if details.slot_id is not None else None
    if named is None or details.profile_id not in {None, named.profile_id}:
        return details
    service_id = details.service_id or named.service_id
    return replace(details, profile_id=named.profile_id, service_id=service_id)
