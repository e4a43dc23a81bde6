"""The steps of nightly-fan-out in one process, on moto's DynamoDB and EventBridge."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.adapters.dynamodb.base import bind, connect
from clinic.adapters.dynamodb.reservations import ReservationModel, reservation_to_row
from clinic.contracts.tables import DIRECTORY, RESERVATIONS
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import InvalidEventError, InvalidStepInputError
from tests.fakes.examples import NOW
from tests.fakes.machines.bus import Recorder, recorded_bus
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.stores.aws import account
from tests.fakes.stores.directory_rows import put_profile
from tests.fakes.stores.rows import details


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    with (
        account(monkeypatch, "https://example.test"),
        time_machine.travel("2026-11-23T00:00:07Z", tick=False),
        process("lambdas.nightly_fan_out") as function,
    ):
        client = boto3.client("dynamodb")
        put_profile(client, DIRECTORY.name, "dr-1")
        put_profile(client, DIRECTORY.name, "dr-2", time_zone="America/Tijuana")
        put_profile(client, DIRECTORY.name, "dr-3", time_zone="America/Tijuana", is_active=False)
        yield function


@pytest.fixture
def bus(function: ModuleType) -> Recorder:
    return recorded_bus()


SCHEDULED = {
    "eventId": "e-1",
    "eventTime": "2026-11-23T00:00:03Z",
    "detailType": "Scheduled Event",
    "detail": {},
}
MEXICO = {"timeZone": "America/Mexico_City", "date": "2026-11-23"}
TIJUANA = {"timeZone": "America/Tijuana", "date": "2026-11-23"}


def test_a_night_is_planned_for_its_utc_day_however_late_it_begins(function: ModuleType) -> None:
    plan = invoke(function, "PlanNight", SCHEDULED)
    late = invoke(function, "PlanNight", {**SCHEDULED, "eventTime": "2026-11-23T21:30:00Z"})
    assert plan == late
    assert plan == {
        "occasions": [
            {"at": "2026-11-23T00:00:00Z", "job": "parked_visits", "nights": []},
            {"at": "2026-11-23T08:00:00Z", "job": "slot_generation", "nights": [MEXICO]},
            {"at": "2026-11-23T09:00:00Z", "job": "slot_cleanup", "nights": [MEXICO]},
            {"at": "2026-11-23T10:00:00Z", "job": "slot_generation", "nights": [TIJUANA]},
            {"at": "2026-11-23T11:00:00Z", "job": "slot_cleanup", "nights": [TIJUANA]},
        ],
        "unreadable": [],
    }


@pytest.mark.parametrize("job", ["parked_visits", "slot_generation", "slot_cleanup"])
def test_a_run_plans_the_jobs_that_its_schedule_names(function: ModuleType, job: str) -> None:
    everything = invoke(function, "PlanNight", SCHEDULED)["occasions"]
    plan = invoke(function, "PlanNight", {**SCHEDULED, "detail": {"jobs": [job]}})
    assert plan["occasions"] == [it for it in everything if it["job"] == job] != []


@pytest.mark.parametrize("jobs", [[], ["slots"], "slot_cleanup"])
def test_a_night_of_unknown_jobs_is_refused(function: ModuleType, jobs: object) -> None:
    with pytest.raises(InvalidEventError, match="jobs"):
        invoke(function, "PlanNight", {**SCHEDULED, "detail": {"jobs": jobs}})


def test_a_page_puts_an_event_for_each_profile_that_is_due(function: ModuleType, bus: Recorder) -> None:
    asked = {"job": "slot_generation", "nights": [TIJUANA], "cursor": ""}
    assert invoke(function, "FanOutPage", asked) == {"published": 2, "cursor": ""}
    event, of_one_who_has_left = bus.received()
    assert of_one_who_has_left["detail"]["profileId"] == "dr-3"  # whose free slots are to go
    assert (event["source"], event["detail-type"]) == ("citas", "slot/generate-daily")
    assert event["detail"] == {
        "profileId": "dr-2",
        "targetDate": "2026-11-24",
        "horizonDays": 30,
        "timezone": "America/Tijuana",
    }


def test_a_page_of_parked_visits_puts_an_announcement_for_each_that_has_come_near(
    function: ModuleType, bus: Recorder
) -> None:
    connection = connect()
    rows = bind(ReservationModel, RESERVATIONS.name, connection)
    for name, day in (("r-near", 22), ("r-far", 24)):
        booked = Reservation.booked(details(reservation_id=name), NOW)
        until = datetime(2026, 11, day, 12, tzinfo=UTC)
        reservation_to_row(rows, replace(booked, parked_until=until)).save()
    asked = {"job": "parked_visits", "nights": [], "cursor": ""}
    assert invoke(function, "FanOutPage", asked) == {"published": 1, "cursor": ""}
    (event,) = bus.received()
    assert (event["detail-type"], event["detail"]["reservationId"]) == ("appointment/created", "r-near")
    assert event["detail"]["isAnnouncement"] is True


def test_a_profile_that_can_not_be_read_is_named(function: ModuleType) -> None:
    put_profile(boto3.client("dynamodb"), DIRECTORY.name, "dr-4", time_zone=None)
    plan = invoke(function, "PlanNight", SCHEDULED)
    assert plan["unreadable"] == ["directory, profile#dr-4 profile: time_zone is missing"]


def outcome(**changes: Any) -> dict[str, Any]:
    return {
        "job": "slot_cleanup",
        "at": "2026-11-23T09:00:00Z",
        "published": 2,
        "error": "",
        **changes,
    }


def test_a_whole_night_is_counted(function: ModuleType) -> None:
    night = {"occasions": [outcome(), outcome(), outcome(job="slot_generation")], "unreadable": []}
    assert invoke(function, "ReviewNight", night) == {
        "occasions": 3,
        "published": {"slot_cleanup": 4, "slot_generation": 2},
        "isComplete": True,
    }


def test_a_night_that_left_somebody_out_says_whom_and_why(function: ModuleType) -> None:
    night = {
        "occasions": [outcome(error="EventBusUnavailableError"), outcome()],
        "unreadable": ["directory, profile#dr-4 profile: time_zone is missing"],
    }
    answer = invoke(function, "ReviewNight", night)
    assert answer["isComplete"] is False
    assert answer["cause"].split("; ") == [
        "slot_cleanup at 2026-11-23T09:00:00Z: EventBusUnavailableError",
        "directory, profile#dr-4 profile: time_zone is missing",
    ]


def test_what_a_run_hands_on_stays_small(function: ModuleType) -> None:
    client = boto3.client("dynamodb")
    for number in range(30):
        put_profile(client, DIRECTORY.name, f"dr-{100 + number}", time_zone="x" * 200)
    plan = invoke(function, "PlanNight", SCHEDULED)
    night = {"occasions": [outcome(error="E")] * 100, "unreadable": plan["unreadable"]}
    assert len(plan["unreadable"]) == 20
    assert len(json.dumps(invoke(function, "ReviewNight", night))) < 10_000


@pytest.mark.parametrize(
    ("step", "payload"),
    [
        ("FanOutPage", {"job": "slot_sale", "nights": [], "cursor": ""}),
        ("FanOutPage", {"job": "slot_cleanup", "nights": [{"timeZone": "x", "date": "y"}], "cursor": ""}),
        ("ReviewNight", {"occasions": [{}], "unreadable": []}),
    ],
)
def test_a_call_no_state_makes_is_refused(function: ModuleType, step: str, payload: Any) -> None:
    with pytest.raises(InvalidStepInputError):
        invoke(function, step, payload)


def test_another_event_is_refused(function: ModuleType) -> None:
    with pytest.raises(InvalidEventError, match="Scheduled Event"):
        invoke(function, "PlanNight", {**SCHEDULED, "detailType": "appointment/created"})
