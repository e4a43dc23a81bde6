"""daily-slot-generation on moto's interpreter: a second opinion beside the local stack's."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
import time_machine

from clinic.contracts.tables import DIRECTORY, SLOTS, STATISTICS
from clinic.contracts.workflows import DAILY_SLOT_GENERATION
from clinic.services.slots import generation as slot_generation
from tests.fakes.machines.lambda_process import process
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, moto_machine
from tests.fakes.stores.aws import account
from tests.fakes.stores.directory_rows import put_override, put_profile, put_rule, put_service, remove

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@dataclass
class Bench:
    """The machine, and which steps die."""

    machine: MotoMachine
    clock: time_machine.Traveller
    deaths: list[Callable[[str, int], bool]]

    def slot_ids(self) -> list[str]:
        rows = boto3.client("dynamodb").scan(TableName=SLOTS.name)["Items"]
        return sorted(row["slot_id"]["S"] for row in rows)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    deaths: list[Callable[[str, int], bool]] = []
    with (
        account(monkeypatch, "https://example.test", MOTO_CONFIG),
        time_machine.travel(NOW, tick=False) as clock,
        process("lambdas.daily_slot_generation") as function,
    ):
        client = boto3.client("dynamodb")
        for put in (put_profile, put_service, put_rule):
            put(client, DIRECTORY.name)
        machine = moto_machine(
            monkeypatch,
            DAILY_SLOT_GENERATION,
            function,
            clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, clock, deaths)


def event(event_id: str = "e-1", **detail: Any) -> dict[str, Any]:
    return {
        "eventId": event_id,
        "eventTime": "2026-11-23T08:00:00Z",
        "detailType": "slot/generate-daily",
        "detail": {"profileId": "dr-1", "targetDate": "2026-11-24", **detail},
    }


def output(generated: int, kept: int, **changes: Any) -> dict[str, Any]:
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


def test_a_horizon_is_made_a_week_at_a_time_and_once(bench: Bench) -> None:
    run = bench.machine.run(event(horizonDays=30, timezone="America/Mexico_City"))
    assert (run.status, run.output) == ("SUCCEEDED", output(16, 0)), run
    assert run.calls == [
        "PlanGeneration",
        "PlaceVisits",
        *["GenerateSlots"] * 5,
        "CleanUpPastSlots",
        "RecordGeneration",
    ]
    before = bench.slot_ids()
    again = bench.machine.run(event("e-2", horizonDays=30))
    assert (again.status, again.output, bench.slot_ids()) == ("SUCCEEDED", output(0, 16), before)


def test_one_date_is_a_list_of_one_too(bench: Bench) -> None:
    run = bench.machine.run(event(targetDate="2026-11-30", generateForServices=["s-1"]))
    assert (run.status, run.output) == ("SUCCEEDED", output(4, 0, targetDate="2026-11-30")), run


def test_other_services_than_the_ones_asked_for_are_not_made(bench: Bench) -> None:
    put_service(boto3.client("dynamodb"), DIRECTORY.name, service_id="s-2", duration=60)
    run = bench.machine.run(event(targetDate="2026-11-30", generateForServices=["s-2"]))
    assert run.output == output(2, 0, targetDate="2026-11-30")
    assert bench.slot_ids() == ["dr-1:s-2:20261130T1500Z", "dr-1:s-2:20261130T1600Z"]


@pytest.mark.parametrize(
    ("entry", "reason"), [("rule#a", "No availability rules"), ("service#s-1", "No active services")]
)
def test_without_rules_or_services_a_run_ends_with_the_reason_and_free_slots_go(
    bench: Bench, entry: str, reason: str
) -> None:
    bench.machine.run(event(targetDate="2026-11-30"))
    remove(boto3.client("dynamodb"), DIRECTORY.name, entry)
    run = bench.machine.run(event("e-2", targetDate="2026-11-30"))
    assert (run.status, run.output) == ("SUCCEEDED", {"generated": False, "reason": reason})
    assert bench.slot_ids() == []


def test_a_holiday_is_a_result(bench: Bench) -> None:
    put_override(boto3.client("dynamodb"), DIRECTORY.name, "2026-11-30")
    run = bench.machine.run(event(targetDate="2026-11-30"))
    assert (run.status, run.output) == ("SUCCEEDED", {"generated": False, "reason": "Closed on this date"})


def test_an_inactive_profile_is_a_result_and_its_free_slots_go(bench: Bench) -> None:
    bench.machine.run(event(horizonDays=8))
    put_profile(boto3.client("dynamodb"), DIRECTORY.name, is_active=False)
    run = bench.machine.run(event("e-2", horizonDays=8))
    assert (run.status, run.output) == ("SUCCEEDED", {"generated": False, "reason": "Inactive profile"})
    assert bench.slot_ids() == []


def test_past_free_slots_go_page_after_page(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_generation.SlotGeneration.__init__, "__defaults__", (3,))  # a page's size
    put_rule(boto3.client("dynamodb"), DIRECTORY.name, slot_duration=15)
    bench.machine.run(event(targetDate="2026-11-30"))
    assert len(bench.slot_ids()) == 8
    bench.clock.move_to(datetime(2026, 12, 5, tzinfo=UTC))
    run = bench.machine.run(event("e-2", targetDate="2026-12-06"))
    assert (run.status, bench.slot_ids()) == ("SUCCEEDED", [])
    assert run.calls.count("CleanUpPastSlots") - 1 == 4
    rows = boto3.client("dynamodb").scan(TableName=STATISTICS.name)["Items"]
    removed = {row["subject"]["S"]: row["values"]["M"]["past_slots_removed"]["N"] for row in rows}
    assert removed == {"dr-1#2026-11-30#e-1": "0", "dr-1#2026-12-06#e-2": "8"}


def test_a_profile_nobody_knows_fails_the_run_unretried(bench: Bench) -> None:
    run = bench.machine.run(event(profileId="dr-9"))
    assert (run.status, run.error, run.calls) == ("FAILED", "UnknownProfileError", ["PlanGeneration"])


@pytest.mark.parametrize("step", ["PlanGeneration", "GenerateSlots", "CleanUpPastSlots", "RecordGeneration"])
def test_a_step_that_dies_once_is_retried(bench: Bench, step: str) -> None:
    bench.deaths.append(lambda name, call: name == step and call == 1)
    run = bench.machine.run(event(horizonDays=8))
    assert (run.status, run.output) == ("SUCCEEDED", output(4, 0)), run
    assert len(bench.slot_ids()) == 4


def test_a_step_that_dies_twice_fails_the_run_and_the_next_event_mends_it(bench: Bench) -> None:
    bench.deaths.append(lambda name, call: name == "GenerateSlots" and call in {2, 3})
    assert bench.machine.run(event(horizonDays=14)).status == "FAILED"
    assert bench.machine.run(event("e-2", horizonDays=14)).output == output(4, 4)
