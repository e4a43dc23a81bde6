"""Visits with slots of theirs, with ids of slots not made yet, and without any, in any order, late and twice.

The oracle keeps a plain list of who takes which stretch. It knows nothing of sheets, slots or entries.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.slots.generation import slot_id
from clinic.domain.slots.slot import visit_of
from clinic.services.slots.generation import SlotGeneration
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.properties.appointments.bookings_clinic import ShelfOfRecords
from tests.services.slots.test_visits_without_a_slot import DAY, NINE, Clinic

PEOPLE = ["r-1", "r-2", "r-3", "r-4"]
FIVE = timedelta(minutes=5)
# By hand: half hours and three quarters from nine to twelve, five minutes kept free after each.
LENGTHS = {"s-1": 30, "s-2": 45}
PLACES = {
    (service, NINE + timedelta(minutes=n * (length + 5))): timedelta(minutes=length)
    for service, length in LENGTHS.items()
    for n in range(6)
    if n * (length + 5) + length <= 180
}
starts = st.sampled_from(sorted({start for _, start in PLACES} | {NINE + n * FIVE for n in range(0, 40, 3)}))
services = st.sampled_from(sorted(LENGTHS))


@dataclass(frozen=True)
class Taken:
    """A stretch of the doctor's day, and whether that is a place in a slot."""

    start: datetime
    until: datetime
    service: str | None

    def meets(self, other: "Taken") -> bool:
        return self.start < other.until and other.start < self.until


class VisitsInAnyOrder(RuleBasedStateMachine):
    """One doctor's Wednesday."""

    def __init__(self) -> None:
        super().__init__()
        self.clinic = Clinic()
        self.taken: dict[str, Taken] = {}
        self.gone: set[str] = set()

    @rule()
    def slots_are_generated(self) -> None:
        assert isinstance(self.clinic.booking_store, MemoryBookingStore)
        store = ShelfOfRecords(self.clinic.booking_store)
        now = NINE - timedelta(days=3)
        SlotGeneration(self.clinic.schedules, store).generate("dr-1", [NINE.date()], now)

    @rule(who=st.sampled_from(PEOPLE), start=starts, service=services)
    def names_a_slot(self, who: str, start: datetime, service: str) -> None:
        if who in self.gone:
            return
        wanted = self.place(service, start)
        others = [taken for other, taken in self.taken.items() if other != who]
        is_its_own = wanted is not None and self.taken.get(who) == wanted  # and stays so, whoever meets it
        is_free = wanted is not None and not any(wanted.meets(other) for other in others)
        is_booked = self.book(who, start, slotId=slot_id("dr-1", service, start), serviceId=service)
        assert is_booked is (is_free or is_its_own)
        if is_booked and wanted is not None:
            self.is_at(who, wanted)

    @rule(
        who=st.sampled_from(PEOPLE), start=starts, service=services, minutes=st.sampled_from([None, 20, 70])
    )
    def names_none(self, who: str, start: datetime, service: str, minutes: int | None) -> None:
        if who in self.gone:
            return
        assert self.book(who, start, serviceId=service, durationMinutes=minutes)
        had = self.taken.get(who)
        if had is not None and had.start == start and had.service is not None:
            return  # it keeps its place
        others = [taken for other, taken in self.taken.items() if other != who]
        wanted = self.place(service, start)
        stays = had is not None and had.start == start
        if wanted is not None and not stays and not any(wanted.meets(other) for other in others):
            self.is_at(who, wanted)
            return
        details = self.clinic.reservation(who).details
        length = timedelta(minutes=minutes or details.visit_minutes or LENGTHS[service])
        until = had.until if stays and had is not None and not details.visit_minutes else start + length
        self.is_at(who, Taken(start, until, None))

    @rule(who=st.sampled_from(PEOPLE))
    def is_cancelled(self, who: str) -> None:
        if who in self.taken:
            self.clinic.cancel(who)
            del self.taken[who]
            self.gone.add(who)

    def place(self, service: str, start: datetime) -> Taken | None:
        length = PLACES.get((service, start))
        return Taken(start, start + length + FIVE, service) if length else None

    def book(self, who: str, start: datetime, **changes: Any) -> bool:
        try:
            self.clinic.book(who, start, **changes)
        except SlotNotAvailableError:
            return False
        self.clinic.tell(who)
        return True

    def is_at(self, who: str, where: Taken) -> None:
        self.taken[who] = where

    @invariant()
    def everybody_is_where_they_should_be(self) -> None:
        assert isinstance(self.clinic.booking_store, MemoryBookingStore)
        on_sheet: dict[str, tuple[datetime, datetime]] = {}
        for (_, day), sheet in self.clinic.booking_store.sheets.items():
            assert day in {DAY, DAY + timedelta(days=1)}
            on_sheet |= sheet.taken
        held = {
            holder: stretch
            for entry, stretch in on_sheet.items()
            for holder in (
                [visit_of(entry)] if visit_of(entry) else self.clinic.booking_store.slots[entry].holders
            )
        }
        assert held == {who: (taken.start, taken.until) for who, taken in self.taken.items()}

    @invariant()
    def who_meets_somebody_has_told_of_it(self) -> None:
        for who, taken in self.taken.items():
            for other, theirs in self.taken.items():
                if who < other and taken.meets(theirs):
                    assert self.has_told(who, other) or self.has_told(other, who)

    def has_told(self, who: str, of: str) -> bool:
        conflict = self.clinic.reservation(who).conflict
        return conflict is not None and conflict.told_at is not None and of in conflict.reservation_ids


TestVisitsInAnyOrder = VisitsInAnyOrder.TestCase
TestVisitsInAnyOrder.settings = settings(max_examples=40, stateful_step_count=20)
