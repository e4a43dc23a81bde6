"""`slot/generate-daily`, from the bus to the table, on the deployed template."""

from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.contracts.workflows import DAILY_SLOT_GENERATION
from clinic.domain.instants import from_text
from tests.workflows.clinic_stack import ClinicStack, clinic_stack
from tests.workflows.doctors import doctor, generate, outputs, remove, rule, slots

MONDAYS = ["2026-11-30", "2026-12-07", "2026-12-14", "2026-12-21"]
TIMES = ["15:00", "15:30", "16:00", "16:30"]  # nine to eleven in Mexico City
MONTH = [f"{day}T{time}:00Z s-1" for day in MONDAYS for time in TIMES]


@pytest.fixture
def clinic_with_doctor(clinic: ClinicStack) -> ClinicStack:
    doctor(clinic)
    return clinic


def result(generated: int, kept: int, **changes: Any) -> dict[str, Any]:
    return {
        "profileId": "dr-1",
        "targetDate": "2026-11-24",
        "slotsGenerated": generated,
        "slotsChanged": 0,
        "slotsRemoved": 0,
        "slotsKept": kept,
        "servicesProcessed": 1,
        "availabilityRules": 1,
        "generationCompleted": True,
        **changes,
    }


def test_a_months_slots_are_made_and_the_second_time_nothing_is_written(
    clinic_with_doctor: ClinicStack,
) -> None:
    generate(clinic_with_doctor)
    clinic_with_doctor.stack.run_until_idle()
    made = slots(clinic_with_doctor)
    assert sorted(made) == MONTH
    assert {row["status"] for row in made.values()} == {"available"}
    assert made[MONTH[0]]["slot_id"] == "dr-1:s-1:20261130T1500Z"
    generate(clinic_with_doctor)
    clinic_with_doctor.stack.run_until_idle()
    assert slots(clinic_with_doctor) == made
    assert outputs(clinic_with_doctor) == [result(16, 0), result(0, 16)]


def test_what_was_done_is_kept_once_for_each_event(clinic_with_doctor: ClinicStack) -> None:
    event_id = generate(clinic_with_doctor)
    clinic_with_doctor.stack.run_until_idle()
    (row,) = clinic_with_doctor.stack.items("StatisticsTable")
    assert row["entry"]["S"] == f"slot_generation#dr-1#2026-11-24#{event_id}"
    assert row["values"]["M"]["slots_generated"] == {"N": "16"}


def test_after_a_change_of_rules_only_free_future_slots_go(clinic_with_doctor: ClinicStack) -> None:
    clinic = clinic_with_doctor
    generate(clinic)
    clinic.stack.run_until_idle()
    clinic.publish(profileId="dr-1", slotId="dr-1:s-1:20261130T1530Z", appointmentTime="2026-11-30T15:30:00Z")
    clinic.stack.advance(minutes=5)
    remove(clinic, "rule#a")
    rule(clinic, rule_id="b", start_time="10:00", end_time="12:00")
    generate(clinic)
    clinic.stack.advance(minutes=5)
    left = slots(clinic)
    held = "2026-11-30T15:30:00Z s-1"
    new_times = ["16:00", "16:30", "17:00", "17:30"]
    assert sorted(left) == sorted([held, *(f"{day}T{t}:00Z s-1" for day in MONDAYS for t in new_times)])
    assert (left[held]["booked"], left[held]["status"]) == (["r-17"], "booked")
    assert outputs(clinic)[-1] == result(8, 9, slotsRemoved=7)


def test_past_free_slots_go_and_held_ones_stay(clinic_with_doctor: ClinicStack) -> None:
    clinic = clinic_with_doctor
    generate(clinic)
    clinic.stack.run_until_idle()
    clinic.publish(profileId="dr-1", slotId="dr-1:s-1:20261130T1530Z", appointmentTime="2026-11-30T15:30:00Z")
    clinic.stack.run_until(datetime(2026, 12, 8, tzinfo=UTC))
    generate(clinic, targetDate="2026-12-08", horizonDays=1)
    clinic.stack.run_until_idle()
    assert sorted(slots(clinic)) == ["2026-11-30T15:30:00Z s-1", *MONTH[8:]]
    assert outputs(clinic)[-1] == {"generated": False, "reason": "No availability rules"}


@pytest.mark.parametrize(
    ("entry", "reason"), [("rule#a", "No availability rules"), ("service#s-1", "No active services")]
)
def test_nothing_to_make_is_a_result(clinic_with_doctor: ClinicStack, entry: str, reason: str) -> None:
    remove(clinic_with_doctor, entry)
    generate(clinic_with_doctor)
    clinic_with_doctor.stack.run_until_idle()
    assert outputs(clinic_with_doctor) == [{"generated": False, "reason": reason}]


def test_hours_are_the_doctors_own_on_both_sides_of_a_change_of_clocks() -> None:
    """Defects 12 and 13; Tijuana's clocks go forward on Sunday 14 March 2027."""
    with clinic_stack(datetime(2027, 3, 1, 12, tzinfo=UTC)) as clinic:
        doctor(clinic, time_zone="America/Tijuana")
        generate(clinic, targetDate="2027-03-08", horizonDays=8)
        clinic.stack.run_until_idle()
        starts = [key[:16] for key in slots(clinic)]
        assert [s for s in sorted(starts) if s.endswith(":00")] == [
            "2027-03-08T17:00",
            "2027-03-08T18:00",
            "2027-03-15T16:00",
            "2027-03-15T17:00",
        ]


def test_a_profile_nobody_knows_and_an_event_nobody_can_read_fail_at_the_first_step(
    clinic_with_doctor: ClinicStack,
) -> None:
    generate(clinic_with_doctor, profile_id="dr-9")
    generate(clinic_with_doctor, targetDate="tomorrow")
    clinic_with_doctor.stack.run_until_idle()
    assert outputs(clinic_with_doctor) == ["UnknownProfileError", "InvalidEventError"]
    assert len(clinic_with_doctor.stack.lambda_invocations) == 2


def test_one_event_twice_and_two_at_once_make_each_slot_once() -> None:
    with clinic_stack(concurrent=True) as clinic:
        doctor(clinic)
        for _ in range(4):
            generate(clinic)
        clinic.stack.run_until_idle()
        assert sorted(slots(clinic)) == MONTH
        done = outputs(clinic)
        assert sum(it["slotsGenerated"] for it in done) == 16
        assert [it["slotsGenerated"] + it["slotsKept"] for it in done] == [16] * 4


STEPS = ["PlanGeneration", "GenerateSlots", "CleanUpPastSlots", "RecordGeneration"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_dies_around_any_step_leaves_the_same_slots(step: str, when: str) -> None:
    faults = {"lambda": [{"workflow": "daily-slot-generation", "step": step, "dies": when}]}
    with clinic_stack(faults=faults) as clinic:
        doctor(clinic)
        generate(clinic)
        clinic.stack.run_until_idle()
        assert sorted(slots(clinic)) == MONTH
        assert {row["revision"] for row in slots(clinic).values()} == {0}
        assert [run.status for run in clinic.runs(DAILY_SLOT_GENERATION)] == ["SUCCEEDED"]
        assert [(it["slotsGenerated"], it["slotsKept"]) for it in outputs(clinic)] == [(len(MONTH), 0)]
        assert clinic.stack.unused_faults() == []


def test_whoever_books_while_slots_are_made_anew_has_the_slot_as_it_was_or_none() -> None:
    with clinic_stack(concurrent=True) as clinic:
        doctor(clinic)
        generate(clinic)
        clinic.stack.run_until_idle()
        rule(clinic, slot_duration=20, buffer_time=10)
        generate(clinic)
        for n, start in enumerate(MONTH):
            instant = start.split()[0]
            slot_id = f"dr-1:s-1:{instant[:16].replace('-', '').replace(':', '')}Z"
            clinic.publish(reservationId=f"r-{n}", profileId="dr-1", slotId=slot_id, appointmentTime=instant)
        clinic.stack.advance(hours=1)
        made = slots(clinic)
        assert sorted(made) == MONTH
        assert sorted(it for row in made.values() for it in row["booked"]) == sorted(
            f"r-{n}" for n in range(len(MONTH))
        )
        sheets = {
            slot_id: [from_text(times["S"]) for times in stretch["L"]]
            for row in clinic.stack.items("SlotsTable")
            for slot_id, stretch in row.get("taken", {"M": {}})["M"].items()
        }
        assert sheets == {
            row["slot_id"]: [from_text(row["start"]), from_text(row["buffer_until"])] for row in made.values()
        }


def test_visits_that_came_before_their_doctor_are_placed_by_the_night_and_their_conflict_is_told(
    clinic: ClinicStack,
) -> None:
    """In IAM's eyes, too: the function may read the index, write reservations, and put events on the bus."""
    nine = {
        "profileId": "dr-1",
        "slotId": "dr-1:s-1:20261130T1500Z",
        "appointmentTime": "2026-11-30T15:00:00Z",
    }
    for number in (1, 2):
        clinic.publish(reservationId=f"r-{number}", **nine)
        clinic.stack.advance(minutes=1)
    doctor(clinic)
    generate(clinic)
    clinic.stack.advance(minutes=5)
    clinic.publish(reservationId="r-3", **nine)
    clinic.stack.advance(minutes=5)
    assert slots(clinic)[MONTH[0]]["booked"] == ["r-1"]
    assert clinic.reservation("r-3") is None
    second = clinic.reservation("r-2")
    assert second is not None
    assert second["conflict"]["M"]["reservation_ids"] == {"L": [{"S": "r-1"}]}
    assert "told_at" in second["conflict"]["M"]
    assert outputs(clinic) == [result(15, 1)]
