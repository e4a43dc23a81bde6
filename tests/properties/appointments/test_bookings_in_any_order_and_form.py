"""Visits of every form, before and after their doctor's push, in any order: who meets is told or refused.

A visit names a slot in Citas' own form, one of its publisher's, or none, and may last longer than a slot. The
oracle keeps a plain list of who takes which stretch of the doctor's time. It knows nothing of day sheets.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.slots.generation import slot_id
from clinic.domain.slots.slot import visit_of
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.services.appointments.booking.test_visits_before_their_doctor import NIGHT, NewClinic
from tests.services.slots.test_visits_without_a_slot import NINE, THURSDAY

PEOPLE = ["r-1", "r-2", "r-3", "r-4"]
OWN, PUBLISHERS, NONE = "own", "publisher's", "none"
LENGTHS = {"s-1": 30, "s-2": 45, "taller": 60}


@dataclass(frozen=True)
class Place:
    """A slot, counted by hand: until when the doctor is taken up by it, and for how many it is."""

    until: datetime
    capacity: int = 1


def minutes_after_nine(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


# Half hours and three quarters from nine to twelve, five minutes kept free after each; a group on Thursday.
PLACES = {
    **{("s-1", minutes_after_nine(n)): Place(minutes_after_nine(n + 35)) for n in (0, 35, 70, 105, 140)},
    **{("s-2", minutes_after_nine(n)): Place(minutes_after_nine(n + 50)) for n in (0, 50, 100)},
    ("taller", THURSDAY): Place(THURSDAY + timedelta(minutes=60), capacity=2),
}
# What is asked for then: places that follow each other or overlap, and times beside every place.
SERVICES = {
    **dict.fromkeys(map(minutes_after_nine, (0, 10, 35, 70)), "s-1"),
    minutes_after_nine(50): "s-2",
    THURSDAY: "taller",
    THURSDAY + timedelta(minutes=30): "taller",
}
people, starts = st.sampled_from(PEOPLE), st.sampled_from([*SERVICES, THURSDAY])
forms = st.sampled_from([OWN, PUBLISHERS, NONE])
lengths = st.sampled_from([None, 20, 90])


@dataclass(frozen=True)
class Asked:
    """What is asked for a visit."""

    start: datetime
    service: str
    form: str
    minutes: int | None

    @property
    def until(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes or LENGTHS[self.service])


@dataclass(frozen=True)
class Visit:
    """Where a visit is, and until when it takes the doctor's time, in its slot, by itself, or both."""

    asked: Asked
    until: datetime
    slot: Place | None = None

    @property
    def start(self) -> datetime:
        return self.asked.start

    @property
    def by_itself(self) -> tuple[datetime, datetime] | None:
        begin = self.slot.until if self.slot else self.start
        return (begin, self.until) if begin < self.until else None

    def shares_slot(self, other: "Visit") -> bool:
        return self.slot is not None and self.slot is other.slot

    def meets(self, begin: datetime, end: datetime) -> bool:
        return self.start < end and begin < self.until


class BookingsInAnyOrderAndForm(RuleBasedStateMachine):
    """One doctor's Wednesday and Thursday."""

    def __init__(self) -> None:
        super().__init__()
        self.is_pushed = False
        self.visits: dict[str, Visit] = {}
        self.waiting: dict[str, Asked] = {}  # by when they were booked
        self.met: dict[str, set[str]] = {}
        self.gone: set[str] = set()

    @initialize(refuses=st.booleans(), is_pushed=st.booleans())
    def it_begins(self, *, refuses: bool, is_pushed: bool) -> None:
        self.refuses = refuses
        self.clinic = NewClinic(overlaps="refuse" if refuses else None)
        if is_pushed:
            self.is_pushed_now()

    @precondition(lambda self: not self.is_pushed)
    @rule()
    def is_pushed_now(self) -> None:
        self.clinic.push()
        self.is_pushed = True

    @precondition(lambda self: self.is_pushed)
    @rule()
    def night_falls(self) -> None:
        self.clinic.night()
        for who, asked in self.waiting.items():
            visit = self.placed(who, asked, is_agreed=True)
            assert visit is not None
            self.is_at(who, visit)
        self.waiting.clear()
        assert self.clinic.complaints(NIGHT + timedelta(hours=1)) == []

    @rule(who=people, start=starts, form=forms, minutes=lengths, names_doctor=st.booleans())
    def is_booked(
        self, who: str, start: datetime, form: str, minutes: int | None, *, names_doctor: bool
    ) -> None:
        if who in self.gone or who in self.waiting:
            return
        service = SERVICES[start]
        named = {OWN: slot_id("dr-1", service, start), PUBLISHERS: f"suyo-{start:%H%M}", NONE: None}[form]
        said: dict[str, Any] = {"slotId": named, "serviceId": service, "durationMinutes": minutes}
        if form == OWN and not names_doctor:
            said["profileId"] = None
        is_booked = self.try_to_book(who, start, said)
        asked = Asked(start, service, form, minutes)
        if not self.is_pushed:
            assert is_booked
            self.waiting[who] = asked
            return
        visit = self.placed(who, self.corrected(who, asked))
        assert is_booked is (visit is not None)
        if visit is not None:
            self.is_at(who, visit)

    @precondition(lambda self: self.visits)
    @rule(data=st.data(), start=starts, names_slot=st.booleans())
    def is_moved(self, data: st.DataObject, start: datetime, *, names_slot: bool) -> None:
        who = data.draw(st.sampled_from(sorted(self.visits)))
        had = self.visits[who].asked
        if start == had.start:
            return
        asked = replace(had, start=start, form=NONE)
        if names_slot:
            service = SERVICES[start]
            minutes = had.minutes if service == had.service else None  # another service, another length
            asked = Asked(start, service, OWN, minutes)
        named = slot_id("dr-1", asked.service, start) if names_slot else None
        has_moved = self.clinic.move(who, start, newSlotId=named) == "rescheduled"
        visit = self.placed(who, asked)
        assert has_moved is (visit is not None)
        if visit is not None:
            self.is_at(who, visit)
            self.clinic.tell(who)

    @rule(who=people)
    def is_cancelled(self, who: str) -> None:
        if who in self.visits or who in self.waiting:
            self.clinic.cancel(who)
            for known in (self.visits, self.waiting, self.met):
                known.pop(who, None)
            self.gone.add(who)

    def try_to_book(self, who: str, start: datetime, said: dict[str, Any]) -> bool:
        try:
            self.clinic.book(who, start, **said)
        except SlotNotAvailableError:
            return False
        self.clinic.tell(who)
        return True

    def corrected(self, who: str, asked: Asked) -> Asked:
        """What a newer event for the same time leaves out stays as it was."""
        had = self.visits.get(who)
        if had is None or had.start != asked.start:
            return asked
        form = OWN if had.slot is not None and asked.form == NONE else asked.form
        return replace(asked, form=form, minutes=asked.minutes or had.asked.minutes)

    def placed(self, who: str, asked: Asked, *, is_agreed: bool = False) -> Visit | None:
        """Where the visit is to be; None: it is refused."""
        had = self.visits.get(who)
        slot = PLACES.get((asked.service, asked.start))
        if slot is not None and not self.has_place(who, asked.start, slot):
            slot = None
        if slot is None and asked.form == OWN and not is_agreed:
            return None
        stays = had is not None and had.slot is None and had.start == asked.start and asked.form != OWN
        if slot is not None and not stays:
            visit = Visit(asked, max(slot.until, asked.until if asked.minutes else slot.until), slot)
        elif stays and had is not None and not asked.minutes:
            visit = Visit(asked, had.until)
        else:
            visit = Visit(asked, asked.until)
        is_new = had is None or had.by_itself != visit.by_itself
        is_refused = self.refuses and not is_agreed and is_new and self.met_by(who, visit)
        return None if is_refused else visit

    def has_place(self, who: str, start: datetime, slot: Place) -> bool:
        had = self.visits.get(who)
        if had is not None and had.slot is slot:
            return True  # and keeps it, whoever meets it since
        others = [visit for other, visit in self.visits.items() if other != who]
        inside = [visit for visit in others if visit.slot is slot]
        # Members may last longer than the slot, without taking its time from the others.
        is_met = any(visit.meets(start, slot.until) for visit in others if visit.slot is not slot)
        return len(inside) < slot.capacity and not is_met

    def met_by(self, who: str, visit: Visit) -> set[str]:
        if visit.by_itself is None:
            return set()
        return {
            other
            for other, known in self.visits.items()
            if other != who and known.meets(*visit.by_itself) and not known.shares_slot(visit)
        }

    def is_at(self, who: str, visit: Visit) -> None:
        had = self.visits.get(who)
        if had is None or had.by_itself != visit.by_itself:
            self.met[who] = self.met_by(who, visit)
        self.visits[who] = visit

    @invariant()
    def everybody_is_where_they_should_be(self) -> None:
        if not hasattr(self, "clinic"):
            return
        store = self.clinic.booking_store
        assert isinstance(store, MemoryBookingStore)
        on_sheets = {
            (who, stretch)
            for sheet in store.sheets.values()
            for entry, stretch in sheet.taken.items()
            for who in ([visit_of(entry)] if visit_of(entry) else store.slots[entry].holders)
        }
        in_slots = {(who, (it.start, it.slot.until)) for who, it in self.visits.items() if it.slot}
        assert on_sheets == in_slots | {
            (who, it.by_itself) for who, it in self.visits.items() if it.by_itself
        }

    @invariant()
    def who_meets_somebody_has_told_of_it_and_nobody_else(self) -> None:
        for who, visit in self.visits.items():
            conflict = self.clinic.reservation(who).conflict
            assert (set(conflict.reservation_ids) if conflict else set()) == self.met[who]
            assert conflict is None or conflict.told_at is not None
            for other, known in self.visits.items():
                if who < other and known.meets(visit.start, visit.until) and not known.shares_slot(visit):
                    assert other in self.met[who] or who in self.met[other]


TestBookingsInAnyOrderAndForm = BookingsInAnyOrderAndForm.TestCase
TestBookingsInAnyOrderAndForm.settings = settings(max_examples=100, stateful_step_count=15)
