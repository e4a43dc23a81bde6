"""The directory says this of profiles, on moto's DynamoDB, in the rows that an operator's file makes."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from moto import mock_aws

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.directory.clinics import DynamoDirectory
from clinic.adapters.dynamodb.directory.schedules import DynamoDoctorSchedules
from clinic.contracts.tables import DIRECTORY
from clinic.domain.errors import ConfigurationError
from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService, OpenHours
from clinic.services.slots.ports import DoctorSchedule
from console.directory.rows import rows
from console.inputs.clinic import parse_clinic
from tests.fakes.examples import CLINIC, PROFILE
from tests.fakes.stores.tables import create_tables

FILE = b"""{
  "clinics": [{"id": "main", "name": "Clinica Ejemplo", "address": "Calle Ficticia 123",
               "time_zone": "America/Mexico_City", "phone": "+525500000099"}],
  "profiles": [{"id": "dr-1", "name": "Dra. Ficticia", "phone": "+525500000090",
                "time_zone": "America/Tijuana", "clinic_id": "main"}],
  "services": [{"id": "s-1", "profile_id": "dr-1", "name": "Consulta", "duration": 30},
               {"id": "s-2", "profile_id": "dr-1", "name": "Limpieza", "duration": 45, "is_active": false}],
  "availability_rules": [
    {"id": "a", "profile_id": "dr-1", "day_of_week": 1, "start_time": "09:00", "end_time": "14:00"},
    {"id": "b", "profile_id": "dr-1", "day_of_week": 5, "start_time": "16:00", "end_time": "00:00",
     "slot_duration": 20, "buffer_time": 5, "max_appointments_per_slot": 3, "service_ids": ["s-1"]}],
  "date_overrides": [
    {"id": "x", "profile_id": "dr-1", "date": "2026-12-25", "available": false},
    {"id": "y", "profile_id": "dr-1", "date": "2026-12-24", "available": true,
     "start_time": "09:00", "end_time": "12:00"},
    {"id": "z", "profile_id": "dr-1", "date": "2026-12-31", "available": true}]
}"""


@pytest.fixture
def schedules(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoDoctorSchedules]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        connection = connect()
        directory = DynamoDirectory.open(connection, DIRECTORY.name)  # knows no index, and comes first
        directory.put_clinic(CLINIC)
        yield DynamoDoctorSchedules.open(connection, DIRECTORY.name)


def put(**row: Any) -> None:
    item = {name: TypeSerializer().serialize(value) for name, value in row.items() if value is not None}
    boto3.client("dynamodb").put_item(TableName=DIRECTORY.name, Item=item)


def put_profile(number: int, **changes: Any) -> None:
    row = {
        "owner": f"profile#dr-{number:03}",
        "entry": "profile",
        "profile_id": f"dr-{number:03}",
        "name": "Dra. Ficticia",
        "phone": "+525500000090",
        "time_zone": "America/Tijuana",
        "clinic_id": "main",
        **changes,
    }
    put(**row)


def test_an_operators_file_is_read_as_it_was_meant(schedules: DynamoDoctorSchedules) -> None:
    for row in rows(parse_clinic(FILE, "CLINIC.json")):
        put(**row)
    found = schedules.schedule("dr-1")
    assert found == DoctorSchedule(
        profile=PROFILE,
        services=(
            MedicalService("s-1", "dr-1", "Consulta", 30),
            MedicalService("s-2", "dr-1", "Limpieza", 45, is_active=False),
        ),
        rules=(
            AvailabilityRule(
                rule_id="a", profile_id="dr-1", day_of_week=1, start_time=time(9), end_time=time(14)
            ),
            AvailabilityRule(
                rule_id="b",
                profile_id="dr-1",
                day_of_week=5,
                start_time=time(16),
                end_time=time(0),
                slot_duration=20,
                buffer_time=5,
                max_appointments_per_slot=3,
                service_ids=frozenset({"s-1"}),
            ),
        ),
        overrides=(
            DateOverride("dr-1", date(2026, 12, 25)),
            DateOverride("dr-1", date(2026, 12, 24), (OpenHours(start_time=time(9), end_time=time(12)),)),
        ),
    )


def test_a_profile_nobody_knows_has_no_offer(schedules: DynamoDoctorSchedules) -> None:
    put(owner="profile#dr-1", entry="service#s-1", service_id="s-1")
    assert schedules.schedule("dr-1") is None
    assert schedules.schedule("dr-2") is None


def test_an_override_without_hours_on_an_available_date_leaves_the_weeks_hours(
    schedules: DynamoDoctorSchedules,
) -> None:
    put_profile(1)
    put(owner="profile#dr-001", entry="override#x", profile_id="dr-001", date="2026-12-31", available=True)
    put(owner="profile#dr-001", entry="note#x", text="a kind of row that nobody knows yet")
    found = schedules.schedule("dr-001")
    assert found is not None
    assert found.overrides == ()


SERVICE = {"service_id": "s-1", "profile_id": "dr-001", "name": "Consulta", "duration": 30}
RULE = {
    "rule_id": "a",
    "profile_id": "dr-001",
    "day_of_week": 1,
    "start_time": "09:00",
    "end_time": "14:00",
}


@pytest.mark.parametrize(
    ("entry", "row", "wrong"),
    [
        ("service#s-1", {**SERVICE, "duration": None}, "duration is missing"),
        ("service#s-1", {**SERVICE, "duration": "30"}, "duration must be a number"),
        ("service#s-1", {**SERVICE, "duration": 0}, "duration must be at least one minute"),
        ("service#s-1", {**SERVICE, "is_active": "no"}, "is_active must be true or false"),
        ("rule#a", {**RULE, "day_of_week": None}, "day_of_week is missing"),
        ("rule#a", {**RULE, "day_of_week": 7}, "day_of_week must be 0"),
        ("rule#a", {**RULE, "start_time": "9"}, 'start_time must be a time of day, "HH:MM"'),
        ("rule#a", {**RULE, "end_time": "08:00"}, "end_time must be later"),
        ("rule#a", {**RULE, "service_ids": "s-1"}, "service_ids must be a list of ids"),
        ("override#x", {"profile_id": "dr-001", "date": "2026-12-25"}, "available is missing"),
        ("override#x", {"profile_id": "dr-001", "date": "Navidad", "available": False}, "date must be"),
    ],
)
def test_a_row_that_can_not_be_read_is_named(
    schedules: DynamoDoctorSchedules, entry: str, row: dict[str, Any], wrong: str
) -> None:
    put_profile(1)
    put(owner="profile#dr-001", entry=entry, **row)
    with pytest.raises(ConfigurationError, match=f"profile#dr-001 {entry}: {wrong}"):
        schedules.schedule("dr-001")


@pytest.mark.parametrize("page_size", [1, 2, 3, 7, 8, 100])
def test_pages_hold_every_active_profile_once(schedules: DynamoDoctorSchedules, page_size: int) -> None:
    for number in range(7):
        put_profile(number, is_active=None if number % 2 else number != 4)
    found, cursor = [], ""
    for _ in range(10):
        page = schedules.active_profiles(page_size, cursor)
        found += [profile.profile_id for profile in page.profiles]
        if not (cursor := page.cursor):
            break
    assert found == ["dr-000", "dr-001", "dr-002", "dr-003", "dr-005", "dr-006"]


def test_a_profile_that_can_not_be_read_does_not_hide_the_others(schedules: DynamoDoctorSchedules) -> None:
    put_profile(1)
    put_profile(2, time_zone="America/Nowhere")
    put_profile(3, phone=None)
    put_profile(4)
    page = schedules.active_profiles(10)
    assert [profile.profile_id for profile in page.profiles] == ["dr-001", "dr-004"]
    assert page.unreadable == (
        "directory, profile#dr-002 profile: time_zone must be an IANA time zone",
        "directory, profile#dr-003 profile: phone is missing",
    )


@pytest.mark.parametrize("count", [0, 3, 120])
def test_every_profile_is_found_by_its_id_however_many_there_are(
    schedules: DynamoDoctorSchedules, count: int
) -> None:
    for number in range(count):
        # DynamoDB answers a megabyte at a time; a row that can't be read is there all the same.
        put_profile(number, name="x" * 9_000, is_active=None)
    directory = DynamoDirectory.open(connect(), DIRECTORY.name)
    assert sorted(directory.profile_ids()) == [f"dr-{number:03}" for number in range(count)]
