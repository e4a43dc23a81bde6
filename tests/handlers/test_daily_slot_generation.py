"""The steps of daily-slot-generation in one process, on moto's DynamoDB."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import boto3
import pytest
import time_machine

from clinic.adapters.dynamodb.base import connect
from clinic.contracts.tables import DIRECTORY, SLOTS, STATISTICS
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import (
    ConfigurationError,
    InvalidEventError,
    InvalidStepInputError,
    UnknownProfileError,
)
from clinic.services.unit_of_work import Changes
from tests.fakes.machines.lambda_process import invoke, process
from tests.fakes.stores.aws import account
from tests.fakes.stores.directory_rows import put_profile, put_rule, put_service
from tests.fakes.stores.dynamo import REGION, open_booking_store
from tests.fakes.stores.rows import details

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    with (
        account(monkeypatch, "https://example.test"),
        time_machine.travel(NOW, tick=False),
        process("lambdas.daily_slot_generation") as function,
    ):
        client = boto3.client("dynamodb")
        for put in (put_profile, put_service, put_rule):
            put(client, DIRECTORY.name)
        yield function


def event(**detail: Any) -> dict[str, Any]:
    return {
        "eventId": "e-1",
        "eventTime": "2026-11-23T08:00:00Z",
        "detailType": "slot/generate-daily",
        "detail": {"profileId": "dr-1", "targetDate": "2026-11-30", **detail},
    }


def chunk(*dates: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "profileId": "dr-1",
        "timeZone": "America/Mexico_City",
        "services": None,
        "dates": list(dates),
    }
    return {**whole, **changes}


FIGURES = {"slotsGenerated": 4, "slotsChanged": 1, "slotsRemoved": 2, "slotsKept": 3}


def done(**changes: Any) -> dict[str, Any]:
    return {
        "profileId": "dr-1",
        "targetDate": "2026-11-30",
        "eventId": "e-1",
        "eventTime": "2026-11-23T08:00:00Z",
        "servicesProcessed": 1,
        "availabilityRules": 1,
        "reason": "",
        "generated": [FIGURES, FIGURES],
        "pastSlotsRemoved": 5,
        **changes,
    }


def test_a_plan_is_dates_and_figures(function: ModuleType) -> None:
    assert invoke(function, "PlanGeneration", event(horizonDays=9)) == {
        "profileId": "dr-1",
        "targetDate": "2026-11-30",
        "eventId": "e-1",
        "eventTime": "2026-11-23T08:00:00Z",
        "timeZone": "America/Mexico_City",
        "chunks": [
            {"dates": ["2026-11-30", *(f"2026-12-0{n}" for n in range(1, 7))]},
            {"dates": ["2026-12-07", "2026-12-08"]},
        ],
        "servicesProcessed": 1,
        "availabilityRules": 1,
        "reason": "",
    }


def test_the_events_zone_and_services_are_kept(function: ModuleType) -> None:
    plan = invoke(function, "PlanGeneration", event(timezone="America/Tijuana", generateForServices=["s-1"]))
    assert (plan["timeZone"], plan["services"], plan["reason"]) == ("America/Tijuana", ["s-1"], "")
    with pytest.raises(InvalidEventError, match="generateForServices: expected some of s-1"):
        invoke(function, "PlanGeneration", event(generateForServices=["s-2"]))


def test_slots_are_made_once_and_a_date_without_hours_has_none(function: ModuleType) -> None:
    first = invoke(function, "GenerateSlots", chunk("2026-11-30", "2026-12-01"))
    again = invoke(function, "GenerateSlots", chunk("2026-11-30", "2026-12-01"))
    assert first == {"slotsGenerated": 4, "slotsChanged": 0, "slotsRemoved": 0, "slotsKept": 0}
    assert again == {"slotsGenerated": 0, "slotsChanged": 0, "slotsRemoved": 0, "slotsKept": 4}
    rows = boto3.client("dynamodb").scan(TableName=SLOTS.name)["Items"]
    assert sorted(row["slot_id"]["S"] for row in rows) == [
        f"dr-1:s-1:20261130T{time}Z" for time in ("1500", "1530", "1600", "1630")
    ]


def test_a_step_that_runs_again_for_its_event_says_what_the_first_try_made(function: ModuleType) -> None:
    asked = {**chunk("2026-11-30", "2026-12-01"), "eventId": "e-1"}
    first = invoke(function, "GenerateSlots", asked)
    assert invoke(function, "GenerateSlots", asked) == first
    assert first == {"slotsGenerated": 4, "slotsChanged": 0, "slotsRemoved": 0, "slotsKept": 0}
    asked["eventId"] = "e-2"
    assert invoke(function, "GenerateSlots", asked)["slotsKept"] == 4


def test_what_was_made_is_measured_once_for_each_event(
    function: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        invoke(function, "RecordGeneration", done())
    measured = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "SlotsGenerated" in line]
    assert [line["SlotsGenerated"] for line in measured] == [[8.0]]


def test_past_free_slots_go(function: ModuleType) -> None:
    invoke(function, "GenerateSlots", chunk("2026-11-30"))
    with time_machine.travel(datetime(2026, 11, 30, 15, 40, tzinfo=UTC), tick=False):
        answer = invoke(function, "CleanUpPastSlots", {"profileId": "dr-1", "cursor": ""})
    assert answer == {"pastSlotsRemoved": 2, "cursor": ""}


def test_a_page_of_past_slots_begins_where_the_cursor_says(function: ModuleType) -> None:
    invoke(function, "GenerateSlots", chunk("2026-11-30"))
    with time_machine.travel(datetime(2026, 12, 1, tzinfo=UTC), tick=False):
        asked = {"profileId": "dr-1", "cursor": "2026-11-30T16:30:00Z"}
        assert invoke(function, "CleanUpPastSlots", asked)["pastSlotsRemoved"] == 1


def test_a_record_is_kept_and_the_first_one_counts(function: ModuleType) -> None:
    assert invoke(function, "RecordGeneration", done()) == {
        "profileId": "dr-1",
        "targetDate": "2026-11-30",
        "slotsGenerated": 8,
        "slotsChanged": 2,
        "slotsRemoved": 4,
        "slotsKept": 6,
        "servicesProcessed": 1,
        "availabilityRules": 1,
        "generationCompleted": True,
    }
    invoke(function, "RecordGeneration", done(generated=[]))
    (row,) = boto3.client("dynamodb").scan(TableName=STATISTICS.name)["Items"]
    assert row["entry"] == {"S": "slot_generation#dr-1#2026-11-30#e-1"}
    assert row["values"]["M"] == {
        "slots_generated": {"N": "8"},
        "slots_changed": {"N": "2"},
        "slots_removed": {"N": "4"},
        "slots_kept": {"N": "6"},
        "services_processed": {"N": "1"},
        "availability_rules": {"N": "1"},
        "past_slots_removed": {"N": "5"},
        "reason": {"S": ""},
    }


def test_nothing_to_generate_is_a_result(function: ModuleType) -> None:
    answer = invoke(function, "RecordGeneration", done(reason="No active services", generated=[]))
    assert answer == {"generated": False, "reason": "No active services"}


@pytest.mark.parametrize(
    ("detail", "wrong"),
    [
        ({"profileId": None}, "profileId: expected text"),
        ({"targetDate": "30/11/2026"}, "targetDate: expected a date"),
        ({"targetDate": "9999-12-31"}, "targetDate: is too far away"),
        ({"targetDate": "0001-01-01", "timezone": "Asia/Tokyo"}, "targetDate: is too far away"),
        ({"horizonDays": 0}, "horizonDays"),
        ({"horizonDays": 367}, "horizonDays"),
        ({"timezone": "Mexico"}, "timezone: expected an IANA time zone"),
        ({"generateForServices": "s-1"}, "generateForServices: expected a list"),
    ],
)
def test_a_wrong_field_is_named(function: ModuleType, detail: dict[str, Any], wrong: str) -> None:
    with pytest.raises(InvalidEventError, match=wrong):
        invoke(function, "PlanGeneration", event(**detail))


def test_a_profile_nobody_knows_and_a_row_nobody_can_read_are_errors(function: ModuleType) -> None:
    with pytest.raises(UnknownProfileError, match="dr-9"):
        invoke(function, "PlanGeneration", event(profileId="dr-9"))
    put_rule(boto3.client("dynamodb"), DIRECTORY.name, start_time=None)
    with pytest.raises(ConfigurationError, match="profile#dr-1 rule#a: start_time is missing"):
        invoke(function, "PlanGeneration", event())


@pytest.mark.parametrize(
    ("step", "payload"),
    [
        ("GenerateSlots", chunk("2026-11-30", services="s-1")),
        ("GenerateSlots", chunk("tomorrow")),
        ("CleanUpPastSlots", {"profileId": "dr-1", "cursor": "yesterday"}),
        ("CleanUpPastSlots", {"profileId": "dr-1"}),
        ("RecordGeneration", done(generated=[{}])),
    ],
)
def test_a_call_no_state_makes_is_refused(function: ModuleType, step: str, payload: Any) -> None:
    with pytest.raises(InvalidStepInputError):
        invoke(function, step, payload)


def test_a_visit_that_came_before_its_doctor_gets_its_place_and_a_conflict_goes_on_the_bus(
    function: ModuleType,
) -> None:
    booking_store = open_booking_store(connect(REGION))
    start = datetime(2026, 11, 30, 15, tzinfo=UTC)
    for number in (1, 2):
        booked_at = NOW - timedelta(hours=5 - number)
        known = details(
            reservation_id=f"r-{number}", appointment_time=start, slot_id="dr-1:s-1:20261130T1500Z"
        )
        visit = replace(Reservation.booked(known, booked_at), is_unplaced=True)
        booking_store.commit(Changes(reservations=((None, visit),)))
    asked = {"profileId": "dr-1", "cursor": ""}
    placed = invoke(function, "PlaceVisits", asked)
    assert placed == {"visitsPlaced": 2, "conflictsTold": 1, "cursor": ""}
    assert invoke(function, "PlaceVisits", asked) == {"visitsPlaced": 0, "conflictsTold": 0, "cursor": ""}
    first, second = (booking_store.reservation(name) for name in ("r-1", "r-2"))
    assert first is not None
    assert second is not None
    assert (first.details.slot_id, first.conflict) == ("dr-1:s-1:20261130T1500Z", None)
    assert second.conflict is not None
    assert second.conflict.reservation_ids == {"r-1"}
    with pytest.raises(InvalidStepInputError, match="cursor: "):
        invoke(function, "PlaceVisits", {"profileId": "dr-1", "cursor": "later"})
