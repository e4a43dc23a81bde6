"""Making a profile's slots, making them again, and taking away those that are over."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

import pytest

from clinic.domain.errors import ConcurrentChangeError, InvalidEventError, UnknownProfileError
from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService, OpenHours
from clinic.domain.slots.generation import slot_id
from clinic.domain.slots.slot import Slot
from clinic.services.slots.generation import MOST_CHANGES, CleanedUp, SlotGeneration, Written
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.examples import PROFILE
from tests.fakes.slots.slots import MemoryDoctorSchedules, MemorySlotStore

MEXICO = replace(PROFILE, time_zone="America/Mexico_City")
MONDAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)  # a Monday, 02:00 in Mexico City
WEEK = [MONDAY + timedelta(days=n) for n in range(7)]
CONSULTATION = MedicalService("s-1", "dr-1", "Consulta", 30)
CLEANING = MedicalService("s-2", "dr-1", "Limpieza", 60)


def rule(name: str = "a", begin: int = 9, end: int = 14, day: int = 1, **more: Any) -> AvailabilityRule:
    return AvailabilityRule(
        rule_id=name,
        profile_id="dr-1",
        day_of_week=day,
        start_time=time(begin),
        end_time=time(end),
        **more,
    )


@dataclass
class Clinic:
    """One doctor, and what their slots are made of."""

    schedules: MemoryDoctorSchedules = field(default_factory=MemoryDoctorSchedules)
    store: MemorySlotStore = field(default_factory=MemorySlotStore)

    def __post_init__(self) -> None:
        self.schedules.known["dr-1"] = DoctorSchedule(MEXICO, (CONSULTATION,), (rule(),))

    def schedule(self, **changes: Any) -> None:
        self.schedules.known["dr-1"] = replace(self.schedules.known["dr-1"], **changes)

    @property
    def generation(self) -> SlotGeneration:
        return SlotGeneration(self.schedules, self.store)

    def generate(self, now: datetime = NOW, **options: Any) -> Written:
        return self.generation.generate("dr-1", options.pop("dates", WEEK), now, **options)

    def starts(self) -> list[str]:
        return [f"{slot.start:%d %H:%M} {slot.service_id}" for slot in self.store.slots]


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_nine_in_mexico_city_is_three_in_the_afternoon_utc(clinic: Clinic) -> None:
    """Defect 13: the 09:00 slot was 03:00 in Mexico City, or on the wrong day."""
    assert clinic.generate() == Written(added=10)
    assert clinic.store.slots[0].start == datetime(2026, 11, 30, 15, tzinfo=UTC)
    assert clinic.store.slots[-1].end == datetime(2026, 11, 30, 20, tzinfo=UTC)


def test_generating_again_writes_nothing(clinic: Clinic) -> None:
    """Defect 10: 24 slots instead of 12."""
    clinic.generate()
    before = dict(clinic.store.rows)
    clinic.store.written.clear()
    assert clinic.generate() == Written(kept=10)
    assert (clinic.store.rows, clinic.store.written) == (before, [])


def test_after_a_change_of_rules_only_free_future_slots_go(clinic: Clinic) -> None:
    clinic.generate()
    at = {f"{slot.start:%H:%M}": slot for slot in clinic.store.slots}
    clinic.store.take(at["18:30"].slot_id)
    clinic.store.put(replace(at["19:00"], is_blocked=True))
    clinic.schedule(rules=(rule(begin=10, end=12),))
    written = clinic.generate(now=at["15:30"].start)
    assert written == Written(removed=2, kept=8)
    assert [s[3:8] for s in clinic.starts()] == [
        *("15:00", "15:30"),  # begun
        *("16:00", "16:30", "17:00", "17:30"),
        *("18:30", "19:00"),  # held, blocked
    ]


def test_a_free_slot_gets_its_new_length_and_a_held_one_keeps_its_own(clinic: Clinic) -> None:
    clinic.generate()
    first, second, *_ = clinic.store.slots
    clinic.store.take(first.slot_id)
    clinic.schedule(rules=(rule(slot_duration=20, buffer_time=10),))
    assert clinic.generate() == Written(changed=9, kept=1)
    held, free = clinic.store.rows["dr-1", first.slot_id], clinic.store.rows["dr-1", second.slot_id]
    assert (held.end, held.revision) == (first.end, 1)
    assert (free.end, free.buffer_until, free.revision) == (
        second.start + timedelta(minutes=20),
        second.end,
        1,
    )


def test_when_the_last_rule_is_gone_so_are_its_free_slots(clinic: Clinic) -> None:
    clinic.generate()
    clinic.schedule(rules=())
    assert clinic.generation.plan("dr-1", MONDAY, 7).reason == "No availability rules"
    assert clinic.generate() == Written(removed=10)


def test_a_service_that_is_gone_takes_its_free_slots_with_it(clinic: Clinic) -> None:
    clinic.schedule(services=(CONSULTATION, CLEANING))
    clinic.generate()
    clinic.schedule(services=(CONSULTATION,))
    assert clinic.generate() == Written(removed=5, kept=10)


def test_asked_for_some_services_the_others_slots_are_left_alone(clinic: Clinic) -> None:
    clinic.schedule(services=(CONSULTATION, CLEANING))
    clinic.generate()
    clinic.schedule(rules=(rule(end=10),))
    assert clinic.generate(for_services=["s-2"]) == Written(removed=4, kept=1)
    assert sum(slot.service_id == "s-1" for slot in clinic.store.slots) == 10


def test_other_dates_and_other_doctors_are_left_alone(clinic: Clinic) -> None:
    clinic.generate(dates=[MONDAY, MONDAY + timedelta(days=7)])
    clinic.store.put(replace(clinic.store.slots[0], profile_id="dr-2"))
    clinic.schedule(rules=())
    assert clinic.generate(dates=[MONDAY]) == Written(removed=10)
    assert len(clinic.store.rows) == 11


def test_dates_that_do_not_follow_each_other_leave_what_lies_between(clinic: Clinic) -> None:
    clinic.schedule(rules=tuple(rule(str(day), day=day) for day in range(7)))
    clinic.generate()
    clinic.schedule(rules=())
    clinic.generate(dates=[WEEK[0], WEEK[2], WEEK[3]])
    assert sorted({slot.start.day for slot in clinic.store.slots}) == [1, 4, 5, 6]


def test_an_events_zone_counts_before_the_profiles(clinic: Clinic) -> None:
    clinic.generate(time_zone="America/Tijuana")
    assert clinic.store.slots[0].start == datetime(2026, 11, 30, 17, tzinfo=UTC)


def test_no_more_than_a_transaction_takes_is_written_at_once(clinic: Clinic) -> None:
    clinic.schedule(rules=(rule(begin=0, end=0, slot_duration=5),))
    assert clinic.generate() == Written(added=288)
    assert clinic.store.written == [MOST_CHANGES] * 5 + [38]


Interference = Callable[[Clinic, Slot], None]


def takes(clinic: Clinic, slot: Slot) -> None:
    clinic.store.take(slot.slot_id)


def blocks(clinic: Clinic, slot: Slot) -> None:
    clinic.store.put(replace(slot, is_blocked=True, revision=slot.revision + 1))


@pytest.mark.parametrize("interference", [takes, blocks])
@pytest.mark.parametrize("change", [{"slot_duration": 20}, {"begin": 10}])
def test_a_slot_that_is_taken_between_reading_and_writing_stays_as_it_is(
    clinic: Clinic, interference: Interference, change: dict[str, Any]
) -> None:
    clinic.generate()
    first = clinic.store.slots[0]
    clinic.schedule(rules=(rule(**change),))
    clinic.store.meanwhile = [lambda: interference(clinic, first)]
    clinic.generate()
    there = clinic.store.rows["dr-1", first.slot_id]
    assert (there.end, there.revision) == (first.end, 1)
    assert there.holders or there.is_blocked
    assert clinic.generate().changed == 0


def test_two_runs_at_once_make_each_slot_once(clinic: Clinic) -> None:
    others: list[Written] = []
    clinic.store.meanwhile = [lambda: others.append(clinic.generate())]
    assert clinic.generate() == Written(kept=10)
    assert others == [Written(added=10)]
    assert len(clinic.store.rows) == 10


def test_an_index_that_lags_behind_makes_nothing_twice_and_gives_nothing_away(clinic: Clinic) -> None:
    clinic.store.index = {}
    clinic.generate()
    taken = clinic.store.slots[0]
    clinic.store.take(taken.slot_id)
    assert clinic.generate() == Written(kept=10)
    assert clinic.store.rows["dr-1", taken.slot_id].holders == {"r-1"}


def test_an_index_that_still_shows_a_slot_as_free_does_not_have_it_removed(clinic: Clinic) -> None:
    clinic.generate()
    clinic.store.index = dict(clinic.store.rows)
    clinic.store.take(clinic.store.slots[0].slot_id)
    clinic.schedule(rules=())
    assert clinic.generate() == Written(removed=9, kept=1)


def test_a_slot_that_is_given_back_between_reading_and_writing_goes_after_all(clinic: Clinic) -> None:
    clinic.generate()
    first = clinic.store.slots[0]
    clinic.schedule(rules=())
    clinic.store.meanwhile = [lambda: clinic.store.put(replace(first, revision=2))]
    assert clinic.generate() == Written(removed=10)


def test_slots_that_never_keep_still_are_left_to_a_later_call(clinic: Clinic) -> None:
    clinic.generate()
    first = clinic.store.slots[0]
    clinic.schedule(rules=())
    clinic.store.meanwhile = [
        partial(clinic.store.put, replace(first, revision=revision)) for revision in range(1, 200)
    ]
    with pytest.raises(ConcurrentChangeError):
        clinic.generate()


def test_a_profile_nobody_knows_is_an_error(clinic: Clinic) -> None:
    with pytest.raises(UnknownProfileError):
        clinic.generation.plan("dr-9", MONDAY, 1)
    with pytest.raises(UnknownProfileError):
        clinic.generation.generate("dr-9", [MONDAY], NOW)


def test_an_inactive_profile_is_a_result_and_keeps_only_what_is_held(clinic: Clinic) -> None:
    clinic.generate()
    held = clinic.store.slots[3].slot_id
    clinic.store.take(held)
    clinic.schedule(profile=replace(MEXICO, is_active=False))
    plan = clinic.generation.plan("dr-1", MONDAY, 30)
    assert (plan.reason, plan.services, plan.hours) == ("Inactive profile", 0, 0)
    assert sum(map(len, plan.chunks)) == 30
    assert clinic.generate() == Written(removed=9, kept=1)
    assert [slot.slot_id for slot in clinic.store.slots] == [held]
    clinic.schedule(profile=MEXICO)
    assert clinic.generate() == Written(added=9, kept=1)


def test_an_inactive_service_keeps_only_what_is_held(clinic: Clinic) -> None:
    clinic.generate()
    held = clinic.store.slots[3].slot_id
    clinic.store.take(held)
    clinic.schedule(services=(replace(CONSULTATION, is_active=False),))
    assert clinic.generate() == Written(removed=9, kept=1)
    assert [slot.slot_id for slot in clinic.store.slots] == [held]


def test_a_service_that_is_none_of_the_profiles_is_refused(clinic: Clinic) -> None:
    with pytest.raises(InvalidEventError, match=r"generateForServices: expected some of s-1"):
        clinic.generation.plan("dr-1", MONDAY, 1, for_services=["s-1", "s-9"])


HOLIDAY = DateOverride("dr-1", MONDAY)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"rules": ()}, "No availability rules"),
        ({"rules": (rule(day=6),)}, "No availability rules"),
        ({"rules": (), "services": ()}, "No availability rules"),
        ({"services": ()}, "No active services"),
        ({"services": (replace(CONSULTATION, is_active=False),)}, "No active services"),
        ({"overrides": (HOLIDAY,)}, "Closed on this date"),
        ({"overrides": (HOLIDAY,), "services": ()}, "Closed on this date"),
        ({}, None),
    ],
)
def test_what_there_is_not_to_make_is_a_reason(
    clinic: Clinic, changes: dict[str, Any], reason: str | None
) -> None:
    clinic.schedule(**changes)
    assert clinic.generation.plan("dr-1", MONDAY, 1).reason == reason
    clinic.generate(dates=[MONDAY])
    assert bool(clinic.store.rows) is (reason is None)


def test_a_week_with_a_holiday_in_it_is_made_all_the_same(clinic: Clinic) -> None:
    tuesday = rule("b", day=2)
    clinic.schedule(rules=(rule(), tuesday), overrides=(HOLIDAY,))
    plan = clinic.generation.plan("dr-1", MONDAY, 7)
    assert (plan.reason, plan.hours, plan.services) == (None, 1, 1)
    clinic.generate()
    assert {slot.start.day for slot in clinic.store.slots} == {1}


def test_extra_hours_take_the_place_of_the_weeks(clinic: Clinic) -> None:
    extra = DateOverride("dr-1", MONDAY, (OpenHours(start_time=time(16), end_time=time(17)),))
    clinic.schedule(overrides=(extra,))
    clinic.generate()
    assert clinic.starts() == ["30 22:00 s-1", "30 22:30 s-1"]


def test_a_plan_counts_what_it_looks_at_and_cuts_the_horizon_into_weeks(clinic: Clinic) -> None:
    clinic.schedule(services=(CONSULTATION, CLEANING), rules=(rule(), rule("b", begin=16, end=20)))
    plan = clinic.generation.plan("dr-1", MONDAY, 30)
    assert (plan.services, plan.hours) == (2, 2)
    assert [len(chunk) for chunk in plan.chunks] == [7, 7, 7, 7, 2]
    assert [day for chunk in plan.chunks for day in chunk] == [MONDAY + timedelta(days=n) for n in range(30)]
    assert clinic.generation.plan("dr-1", MONDAY, 30, for_services=["s-2"]).services == 1


def test_a_date_that_the_zone_leaves_out_is_not_planned(clinic: Clinic) -> None:
    clinic.schedule(profile=replace(MEXICO, time_zone="Pacific/Apia"))
    (chunk,) = clinic.generation.plan("dr-1", date(2011, 12, 29), 3).chunks
    assert chunk == (date(2011, 12, 29), date(2011, 12, 31), date(2012, 1, 1))


AFTER = datetime(2026, 11, 30, 17, 10, tzinfo=UTC)  # 11:10 in Mexico City


def test_past_free_slots_go_and_held_blocked_and_future_ones_stay(clinic: Clinic) -> None:
    clinic.generate()
    first, second, *_ = clinic.store.slots
    clinic.store.take(first.slot_id)
    clinic.store.put(replace(second, is_blocked=True))
    assert clinic.generation.clean_up("dr-1", AFTER) == CleanedUp(3, None)
    assert [s[3:8] for s in clinic.starts()] == [
        *("15:00", "15:30"),
        *("17:30", "18:00", "18:30", "19:00", "19:30"),
    ]
    assert clinic.generation.clean_up("dr-1", AFTER) == CleanedUp(0, None)


def test_a_past_slot_that_is_taken_between_reading_and_writing_stays(clinic: Clinic) -> None:
    clinic.generate()
    first = clinic.store.slots[0]
    clinic.store.meanwhile = [lambda: clinic.store.take(first.slot_id)]
    assert clinic.generation.clean_up("dr-1", AFTER).removed == 4
    assert clinic.store.rows["dr-1", first.slot_id].holders == {"r-1"}


def past_slots(clinic: Clinic, number: int, together: int) -> None:
    for n in range(number):
        start = AFTER - timedelta(days=400) + timedelta(minutes=5 * (n // together))
        name = f"s-{n % together}"
        clinic.store.put(
            Slot(slot_id("dr-1", name, start), "dr-1", name, start, start, start + timedelta(minutes=5), 1)
        )


@pytest.mark.parametrize(("number", "together"), [(999, 1), (1000, 1), (1001, 3), (3500, 7), (2100, 1000)])
def test_past_slots_are_looked_through_a_page_at_a_time(clinic: Clinic, number: int, together: int) -> None:
    past_slots(clinic, number, together)
    held = [slot.slot_id for slot in clinic.store.slots[::10]]
    for each in held:
        clinic.store.take(each)
    removed, pages, start = 0, 0, None
    while True:
        cleaned = clinic.generation.clean_up("dr-1", AFTER, start)
        removed, pages, start = removed + cleaned.removed, pages + 1, cleaned.next_start
        if start is None:
            break
    assert (removed, pages) == (number - len(held), number // 1000 + 1)
    assert sorted(slot.slot_id for slot in clinic.store.slots) == sorted(held)
