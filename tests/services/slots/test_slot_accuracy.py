"""How well slots are those that the hours make, looked at after they were made."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from clinic.domain.slots.availability import AvailabilityRule, MedicalService
from clinic.services.slots.generation import Accuracy, SlotGeneration
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.examples import PROFILE
from tests.fakes.slots.slots import MemoryDoctorSchedules, MemorySlotStore

MONDAY = date(2026, 11, 30)
NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SERVICE = MedicalService("s-1", "dr-1", "Consulta", 30)
RULE = AvailabilityRule(rule_id="a", profile_id="dr-1", day_of_week=1, start_time=time(9), end_time=time(14))


@dataclass
class Clinic:
    """A doctor with ten slots on Monday."""

    schedules: MemoryDoctorSchedules = field(default_factory=MemoryDoctorSchedules)
    store: MemorySlotStore = field(default_factory=MemorySlotStore)

    def __post_init__(self) -> None:
        profile = replace(PROFILE, time_zone="America/Mexico_City")
        self.schedules.known["dr-1"] = DoctorSchedule(profile, (SERVICE,), (RULE,))
        self.generation.generate("dr-1", [MONDAY], NOW)

    @property
    def generation(self) -> SlotGeneration:
        return SlotGeneration(self.schedules, self.store)

    def verify(self, now: datetime = NOW, **options: Any) -> Accuracy:
        return self.generation.verify("dr-1", [MONDAY], now, **options)

    def schedule(self, **changes: Any) -> None:
        self.schedules.known["dr-1"] = replace(self.schedules.known["dr-1"], **changes)


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_right_after_they_were_made_all_are_right(clinic: Clinic) -> None:
    assert clinic.verify() == Accuracy(expected=10, wrong=0)


def test_a_missing_slot_one_too_many_and_one_of_another_length_are_wrong(clinic: Clinic) -> None:
    first, second, third, *_ = clinic.store.slots
    del clinic.store.rows["dr-1", first.slot_id]
    clinic.store.put(replace(second, end=second.end - timedelta(minutes=10)))
    clinic.store.put(replace(third, slot_id="dr-1:s-1:20261130T1501Z", start=third.start))
    assert clinic.verify() == Accuracy(expected=10, wrong=3)


def test_what_is_held_blocked_or_begun_is_never_wrong(clinic: Clinic) -> None:
    first, second, third, *_ = clinic.store.slots
    clinic.store.take(second.slot_id)
    clinic.store.put(replace(third, is_blocked=True))
    clinic.schedule(rules=())
    assert clinic.verify() == Accuracy(expected=0, wrong=8)
    assert clinic.verify(now=first.start) == Accuracy(expected=0, wrong=7)


def test_an_index_that_lags_behind_makes_nothing_wrong(clinic: Clinic) -> None:
    clinic.store.index = {}
    assert clinic.verify() == Accuracy(expected=10, wrong=0)
    clinic.store.index = dict(clinic.store.rows)
    clinic.schedule(rules=())
    clinic.store.rows.clear()
    assert clinic.verify() == Accuracy(expected=0, wrong=0)


def test_an_inactive_profiles_free_slots_are_too_many(clinic: Clinic) -> None:
    clinic.schedule(profile=replace(PROFILE, is_active=False))
    assert clinic.verify() == Accuracy(expected=0, wrong=len(clinic.store.rows))


def test_only_the_services_that_were_asked_for_are_looked_at(clinic: Clinic) -> None:
    clinic.schedule(services=(SERVICE, MedicalService("s-2", "dr-1", "Limpieza", 60)))
    assert clinic.verify(for_services=["s-1"]) == Accuracy(expected=10, wrong=0)
    assert clinic.verify(for_services=["s-2"]) == Accuracy(expected=5, wrong=5)


def test_the_share_that_is_right_lies_between_none_and_all() -> None:
    assert Accuracy(0, 0).percent == 100
    assert Accuracy(10, 1).percent == 90
    assert Accuracy(0, 8).percent == 0
