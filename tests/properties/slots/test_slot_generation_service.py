"""A year of dates through the use case, chunk by chunk, against the clock on the wall; and any races."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.slots.slot import Slot
from clinic.services.slots.generation import SlotGeneration
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.examples import PROFILE
from tests.fakes.slots.slots import MemoryDoctorSchedules, MemorySlotStore
from tests.properties.slots.clinic_year import DOCTOR, YEARS, a_clinics_year
from tests.properties.slots.slot_oracle import Wall, id_of, slots_of


def generation(year: int, zone: str, store: MemorySlotStore) -> SlotGeneration:
    schedule = a_clinics_year(year)
    known = DoctorSchedule(
        replace(PROFILE, time_zone=zone), schedule.services, schedule.rules, schedule.overrides
    )
    return SlotGeneration(MemoryDoctorSchedules({DOCTOR: known}), store)


@pytest.mark.parametrize(("zone", "year"), YEARS[:10])
def test_a_years_dates_are_stored_as_the_clock_on_the_wall_says(zone: str, year: int) -> None:
    store = MemorySlotStore()
    use_case = generation(year, zone, store)
    before = datetime(year - 1, 12, 1, tzinfo=UTC)
    plan = use_case.plan(DOCTOR, date(year, 1, 1), 365)
    for chunk in plan.chunks:
        use_case.generate(DOCTOR, chunk, before)
    begin = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=2)
    wall = Wall(zone, begin, begin + timedelta(days=370), tick=5)
    wanted = [
        slot
        for number in range(365)
        for slot in slots_of(a_clinics_year(year), wall, date(year, 1, 1) + timedelta(days=number))
    ]
    assert len(wanted) > 5_000
    assert {slot.slot_id: (slot.end, slot.buffer_until, slot.capacity) for slot in store.slots} == {
        id_of(made): (made.end, made.buffer_until, made.capacity) for made in wanted
    }
    store.written.clear()
    for chunk in plan.chunks:
        assert use_case.generate(DOCTOR, chunk, before).kept > 0
    assert store.written == []


MONDAY = date(2026, 11, 30)
NOON = datetime(2026, 11, 30, 18, tzinfo=UTC)


@given(st.lists(st.tuples(st.integers(0, 60), st.sampled_from(["take", "give", "block", "go"])), max_size=30))
def test_whatever_others_do_between_reading_and_writing_nothing_they_hold_changes(
    deeds: list[tuple[int, str]],
) -> None:
    """Somebody does one thing right before each write; what they hold then is theirs afterwards."""
    store = MemorySlotStore()
    generation(2026, "America/Mexico_City", store).generate(DOCTOR, [MONDAY], NOON - timedelta(days=9))
    everything = [slot.slot_id for slot in store.slots]
    theirs: dict[str, Slot] = {}

    def act(number: int, deed: str) -> None:
        slot = store.rows.get((DOCTOR, everything[number % len(everything)]))
        is_full = slot is not None and len(slot.holders) >= slot.capacity
        if slot is None or (is_full and deed == "take"):
            return
        changed = {
            "take": replace(slot, booked=slot.booked | {"r-1"}),
            "give": replace(slot, booked=frozenset()),
            "block": replace(slot, is_blocked=not slot.is_blocked),
        }
        if deed == "go":
            if not slot.holders and not slot.is_blocked:
                del store.rows[DOCTOR, slot.slot_id]
            return
        after = replace(changed[deed], revision=slot.revision + 1)
        store.put(after)
        theirs.pop(slot.slot_id, None)
        if after.holders or after.is_blocked:
            theirs[slot.slot_id] = after

    store.meanwhile = [partial(act, *deed) for deed in deeds]
    store.index = dict(store.rows)
    schedules = MemoryDoctorSchedules(
        {DOCTOR: DoctorSchedule(replace(PROFILE, time_zone="America/Mexico_City"))}
    )
    SlotGeneration(schedules, store).generate(DOCTOR, [MONDAY], NOON - timedelta(days=9))
    while store.meanwhile:
        store.meanwhile.pop(0)()
    store.index = None
    for slot_id, slot in theirs.items():
        assert store.rows[DOCTOR, slot_id] == slot
    SlotGeneration(schedules, store).generate(DOCTOR, [MONDAY], NOON - timedelta(days=9))
    assert {slot.slot_id for slot in store.slots} == set(theirs)
