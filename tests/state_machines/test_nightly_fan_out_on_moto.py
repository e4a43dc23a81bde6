"""nightly-fan-out on moto's interpreter: a second opinion beside the local stack's."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import boto3
import pytest
import time_machine

from clinic.contracts.tables import DIRECTORY
from clinic.contracts.workflows import NIGHTLY_FAN_OUT
from clinic.services.slots import nightly
from tests.fakes.machines.bus import Recorder, recorded_bus
from tests.fakes.machines.lambda_process import process
from tests.fakes.machines.moto_machine import MOTO_CONFIG, MotoMachine, moto_machine
from tests.fakes.stores.aws import account
from tests.fakes.stores.directory_rows import put_profile

MIDNIGHT = datetime(2026, 11, 23, tzinfo=UTC)
SCHEDULED = {
    "eventId": "e-1",
    "eventTime": "2026-11-23T00:00:03Z",
    "detailType": "Scheduled Event",
    "detail": {},
}
GENERATE, CLEAN_UP = "slot/generate-daily", "slot/cleanup-expired"


@dataclass
class Bench:
    """The machine, the bus, and which steps die."""

    machine: MotoMachine
    bus: Recorder
    deaths: list[Callable[[str, int], bool]]

    def put(self, number: int, zone: str) -> None:
        put_profile(boto3.client("dynamodb"), DIRECTORY.name, f"dr-{number}", time_zone=zone)

    def events(self) -> Counter[tuple[str, str]]:
        return Counter((it["detail-type"], it["detail"]["profileId"]) for it in self.bus.received())


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    deaths: list[Callable[[str, int], bool]] = []
    with (
        account(monkeypatch, "https://example.test", MOTO_CONFIG),
        time_machine.travel(MIDNIGHT, tick=False) as clock,
        process("lambdas.nightly_fan_out") as function,
    ):
        monkeypatch.setattr(nightly.NightlyFanOut.__init__, "__defaults__", (2,))  # a page's size
        machine = moto_machine(
            monkeypatch,
            NIGHTLY_FAN_OUT,
            function,
            clock,
            die=lambda step, call: any(death(step, call) for death in deaths),
        )
        yield Bench(machine, recorded_bus(), deaths)


def once(*numbers: int) -> dict[tuple[str, str], int]:
    return {(kind, f"dr-{n}"): 1 for kind in (GENERATE, CLEAN_UP) for n in numbers}


def test_a_night_waits_for_each_zone_and_goes_through_its_pages(bench: Bench) -> None:
    for number, zone in enumerate(["America/Mexico_City", "America/Tijuana", "America/Mexico_City"]):
        bench.put(number, zone)
    run = bench.machine.run(SCHEDULED)
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {
            "occasions": 5,
            "published": {"parked_visits": 0, "slot_generation": 3, "slot_cleanup": 3},
            "isComplete": True,
        },
    ), run
    assert run.calls == ["PlanNight", *["FanOutPage"] * 9, "ReviewNight"]
    assert bench.events() == once(0, 1, 2)
    assert datetime.now(UTC) == MIDNIGHT.replace(hour=11)  # noqa: TID251 - the frozen clock, moved by waits


def test_without_profiles_a_night_is_over_at_once(bench: Bench) -> None:
    run = bench.machine.run(SCHEDULED)
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {"occasions": 1, "published": {"parked_visits": 0}, "isComplete": True},
    )


@pytest.mark.parametrize("step", ["PlanNight", "FanOutPage", "ReviewNight"])
def test_a_step_that_dies_is_retried_where_it_stopped(bench: Bench, step: str) -> None:
    for number in range(4):
        bench.put(number, "America/Tijuana")
    bench.deaths.append(lambda name, call: name == step and call in {1, 2, 3})
    run = bench.machine.run(SCHEDULED)
    assert run.status == "SUCCEEDED", run
    assert bench.events() == once(0, 1, 2, 3)


def test_an_occasion_that_fails_stops_no_other_and_the_run_fails_after_all_of_them(bench: Bench) -> None:
    bench.put(0, "America/Mexico_City")
    bench.put(1, "America/Tijuana")
    bench.deaths.append(lambda name, call: name == "FanOutPage" and 2 <= call <= 5)  # the first zone's
    run = bench.machine.run(SCHEDULED)
    assert (run.status, run.error) == ("FAILED", "NightIncompleteError"), run
    assert "slot_generation at 2026-11-23T08:00:00Z: Runtime.ExitError" in str(run.cause)
    assert bench.events() == {key: 1 for key in once(0, 1) if key != (GENERATE, "dr-0")}


def test_a_night_that_failed_can_be_run_again(bench: Bench) -> None:
    bench.put(0, "America/Mexico_City")
    bench.deaths.append(lambda name, call: name == "FanOutPage" and 2 <= call <= 5)
    assert bench.machine.run(SCHEDULED).status == "FAILED"
    assert bench.machine.run(SCHEDULED).status == "SUCCEEDED"
    assert bench.events() == {(GENERATE, "dr-0"): 1, (CLEAN_UP, "dr-0"): 2}


def test_a_profile_that_can_not_be_read_fails_the_run_after_all_the_others_got_theirs(bench: Bench) -> None:
    bench.put(0, "America/Mexico_City")
    bench.put(1, "America/Nowhere")
    run = bench.machine.run(SCHEDULED)
    assert (run.status, run.error) == ("FAILED", "NightIncompleteError")
    assert "directory, profile#dr-1 profile: time_zone must be an IANA time zone" in str(run.cause)
    assert bench.events() == once(0)


def history() -> Counter[str]:
    """How many events of each kind the newest run's history has."""
    client = boto3.client("stepfunctions")
    (machine,) = client.list_state_machines()["stateMachines"]
    runs = client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    newest = max(runs, key=lambda run: run["startDate"])["executionArn"]
    pages = client.get_paginator("get_execution_history").paginate(executionArn=newest)
    return Counter(event["type"] for page in pages for event in page["events"])


def test_a_night_is_far_from_the_longest_history_a_run_may_have(bench: Bench) -> None:
    """10,000 profiles in every zone there is: some 7,400 of the 25,000 events that a run may have."""
    bench.put(0, "America/Tijuana")
    bench.machine.run(SCHEDULED)
    with_one_page = history()
    bench.put(1, "America/Tijuana")
    bench.put(2, "America/Tijuana")
    bench.machine.run(SCHEDULED)
    with_two_pages = history()
    for_a_page = (with_two_pages.total() - with_one_page.total()) // 2  # two occasions have profiles
    for_an_occasion = with_one_page.total() // 3 - for_a_page  # and a third of what comes before and after
    assert (for_a_page, for_an_occasion) == (7, 15)
    most_occasions, pages = 80, 10_000 // nightly.PROFILES_AT_ONCE + 1
    assert most_occasions * (for_an_occasion + pages * for_a_page) < 25_000 / 3


def test_a_night_that_was_incomplete_starts_over_when_it_is_redriven_and_ends_well(bench: Bench) -> None:
    bench.put(0, "America/Mexico_City")
    bench.put(1, "America/Tijuana")
    bench.deaths.append(lambda name, call: name == "FanOutPage" and 2 <= call <= 5)
    bench.machine.redrives.append(1)
    run = bench.machine.run(SCHEDULED)
    assert run.status == "SUCCEEDED", run
    assert run.calls[run.calls.index("ReportUnfinished") + 1] == "PlanNight"
    assert set(bench.events()) == set(once(0, 1))
