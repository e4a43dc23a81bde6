"""Use case: a doctor's slots, sheets, reservations and requests are held against each other (I1 to I3)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from clinic.contracts.metrics import STATE_CONSISTENCY
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.operations.consistency import (
    Breach,
    Claimants,
    Finding,
    breaches_of,
    breaches_of_unplaced,
    breaches_of_visit,
)
from clinic.domain.requests.request import ReservationRequest
from clinic.domain.slots.slot import Booking, DaySheet, Slot, own_time, visit_of
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.ports import Meter, Statistics
from clinic.services.slots.ports import DoctorSchedules
from clinic.services.unit_of_work import BookingStore


@dataclass(frozen=True)
class CountedSlot:
    """A slot, and how many of its places are said to be held."""

    slot: Slot
    reserved_count: int


class BookingReader(Protocol):
    """Reads a doctor's book over a stretch of time. Every method may raise `StoreUnavailableError`."""

    def slots_from(self, profile_id: str, begin: datetime) -> list[CountedSlot]:
        """The slots that start then or later; read from an index, up to date in a moment."""

    def counted(self, profile_id: str, slot_id: str) -> int | None:
        """How many places of a slot are said to be held (a consistent read); None: there is no such slot."""

    def sheets_from(self, profile_id: str, day: date) -> list[DaySheet]:
        """The sheets of that UTC day and of all later ones (a consistent read)."""

    def reservations(self, reservation_ids: Collection[str]) -> list[Reservation]:
        """Those of these reservations that there are (a consistent read)."""

    def unsettled(self, profile_id: str, begin: datetime, limit: int) -> list[Reservation]:
        """Visits of this `unsettled_doctor` from then on; from an index, up to date in a moment."""


PAGE_SIZE = 5
_ALL, _NONE = 100, 0
_LOOKS = 3
_VISITS_AT_ONCE = 20
_EVER = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Consistency:
    """What the check of a book came to.

    Attributes:
        held: how many slots that lie ahead somebody holds, and visits that take a time of their own.
        findings: what does not agree.
    """

    held: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class ConsistencyPage:
    """The same of some profiles.

    Attributes:
        cursor: where the next page of profiles begins; empty: this was the last one.
    """

    held: int
    findings: tuple[Finding, ...]
    cursor: str


@dataclass(frozen=True)
class ConsistencyCheck:
    """Looks at everything once, and again at what does not seem to agree: a booking may be under way."""

    schedules: DoctorSchedules
    booking_store: BookingStore
    book: BookingReader
    statistics: Statistics
    meter: Meter

    def check_page(self, cursor: str, now: datetime) -> ConsistencyPage:
        """Check the books of the next profiles; publish of each whether it agrees.

        Raises:
            StoreUnavailableError: call again.
        """
        page = self.schedules.active_profiles(PAGE_SIZE, cursor)
        checked = []
        for profile in page.profiles:
            checked.append(self.check(profile.profile_id, now))
            self._record(profile.profile_id, checked[-1], now)
        findings = tuple(finding for each in checked for finding in each.findings)
        return ConsistencyPage(sum(each.held for each in checked), findings, page.cursor)

    def check(self, profile_id: str, now: datetime) -> Consistency:
        """Hold the slots that lie ahead against all else that speaks of them.

        Raises:
            StoreUnavailableError: call again.
        """
        slots = {counted.slot.slot_id: counted for counted in self.book.slots_from(profile_id, now)}
        suspects = self._suspects(profile_id, slots, now)
        found = [finding for slot_id in suspects for finding in self._look_again(profile_id, slot_id, now)]
        visits = self._visits(profile_id, now)
        found += self._of_visits(profile_id, visits, now)
        found += self._unplaced(profile_id, slots.values(), now)
        held = sum(bool(counted.slot.holders) for counted in slots.values())
        return Consistency(held + len(visits), tuple(found))

    def _record(self, profile_id: str, consistency: Consistency, now: datetime) -> None:
        """Of a day the last check is kept; of a book in which nothing is held there is nothing to say."""
        breaches = len(consistency.findings)
        if not consistency.held and not breaches:
            return
        self.meter.add(STATE_CONSISTENCY, _NONE if breaches else _ALL)
        values: dict[str, str | int] = {
            "profile_id": profile_id,
            "slots_held": consistency.held,
            "breaches": breaches,
        }
        self.statistics.record(Statistic(StatisticKind.CONSISTENCY_CHECK, profile_id, now, values))

    def _suspects(self, profile_id: str, slots: dict[str, CountedSlot], now: datetime) -> list[str]:
        sheets = {sheet.day: sheet for sheet in self.book.sheets_from(profile_id, now.date())}
        holders = {holder for counted in slots.values() for holder in counted.slot.holders}
        reservations = self._reservations(holders | _visits(sheets.values()))
        claimants = Claimants(reservations, self._waiting(profile_id))
        suspects = {
            slot_id
            for slot_id, counted in slots.items()
            if breaches_of(_booking(counted, sheets), counted.reserved_count, claimants)
        }
        taken = {
            slot_id
            for sheet in sheets.values()
            for slot_id, (start, _) in sheet.taken.items()
            if start >= now and visit_of(slot_id) is None
        }
        wanted = {
            request.details.slot_id or ""
            for request in claimants.waiting.values()
            if request.details.appointment_time >= now
        }
        return sorted(suspects | ((taken | wanted) - slots.keys()))

    def _look_again(self, profile_id: str, slot_id: str, now: datetime) -> tuple[Finding, ...]:
        """What does not agree, while nobody changes anything about it; nothing if somebody keeps doing so."""
        for _ in range(_LOOKS):
            (before,) = self.booking_store.bookings(profile_id, slot_id)
            found = self._findings(profile_id, slot_id, before, now)
            (after,) = self.booking_store.bookings(profile_id, slot_id)
            if before == after:
                return found
        return ()

    def _findings(
        self, profile_id: str, slot_id: str, booking: Booking | None, now: datetime
    ) -> tuple[Finding, ...]:
        waiting = self._waiting(profile_id)
        if booking is None:
            sheets = self.book.sheets_from(profile_id, now.date())
            gone = [Finding(Breach.GONE, slot_id) for sheet in sheets if slot_id in sheet.taken]
            left = [
                Finding(Breach.WAITS_WITHOUT_PLACE, slot_id, request.request_id)
                for request in waiting.values()
                if request.details.slot_id == slot_id
            ]
            return (*gone[:1], *left)
        count = self.book.counted(profile_id, slot_id)
        holders = booking.slot.holders | _visits(booking.sheets)
        claimants = Claimants(self._reservations(holders), waiting)
        return breaches_of(booking, booking.slot.reserved_count if count is None else count, claimants)

    def _visits(self, profile_id: str, now: datetime) -> dict[str, Slot]:
        """The visits' own times that lie ahead, by their entry on the sheets."""
        return {
            entry: own_time(profile_id, visit, *stretch)
            for sheet in self.book.sheets_from(profile_id, now.date())
            for entry, stretch in sheet.taken.items()
            if (visit := visit_of(entry)) is not None and stretch[0] >= now
        }

    def _unplaced(
        self, profile_id: str, slots: Collection[CountedSlot], now: datetime
    ) -> tuple[Finding, ...]:
        seen = self.book.unsettled(profile_id, now, _VISITS_AT_ONCE)
        # A slot that nobody holds, or that a night has made, tells that there was a night.
        made = any(it.slot.made_by is not None or not it.slot.holders for it in slots)
        if not seen or not made:
            return ()
        as_they_stand = self._reservations({reservation.reservation_id for reservation in seen})
        return breaches_of_unplaced(as_they_stand.values(), now)

    def _of_visits(self, profile_id: str, visits: dict[str, Slot], now: datetime) -> list[Finding]:
        """What does not agree about visits' own times, while nobody changes anything about it."""
        if not visits:
            return []
        found: list[Finding] = []
        times = list(visits.values())
        for n in range(0, len(times), _VISITS_AT_ONCE):
            some = times[n : n + _VISITS_AT_ONCE]
            for _ in range(_LOOKS):
                before = self.booking_store.bookings(profile_id, *some)
                new = self._of_times([booking for booking in before if booking], now)
                if not new or before == self.booking_store.bookings(profile_id, *some):
                    found += new
                    break
        return found

    def _of_times(self, bookings: Collection[Booking], now: datetime) -> list[Finding]:
        known = self._reservations(_visits(sheet for booking in bookings for sheet in booking.sheets))
        return [
            finding
            for booking in bookings
            if booking.slot.holders  # else it has gone since
            for finding in breaches_of_visit(
                booking, known.get(visit_of(booking.slot.slot_id) or ""), Claimants(known, {}), now
            )
        ]

    def _reservations(self, holders: Collection[str]) -> dict[str, Reservation]:
        return {found.reservation_id: found for found in self.book.reservations(holders)}

    def _waiting(self, profile_id: str) -> dict[str, ReservationRequest]:
        found = map(self.booking_store.request, self.booking_store.overdue_requests(profile_id, _EVER))
        return {request.reservation_id: request for request in found if request and request.is_pending}


def _visits(sheets: Iterable[DaySheet]) -> frozenset[str]:
    """The reservations whose visits take a time of their own on these days."""
    return frozenset(visit for sheet in sheets for entry in sheet.taken if (visit := visit_of(entry)))


def _booking(counted: CountedSlot, sheets: dict[date, DaySheet]) -> Booking:
    slot = counted.slot
    of_days = (sheets.get(day, DaySheet(slot.profile_id, day)) for day in slot.days)
    return Booking(slot, tuple(of_days))
