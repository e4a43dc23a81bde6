"""The console writes into the directory what the core reads from it."""

import json
from typing import Any

import boto3
import pytest

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.directory.clinics import DynamoDirectory
from clinic.contracts.tables import DIRECTORY
from clinic.domain.directory import Clinic, Profile
from console.directory.rows import put_clinic, rows
from console.inputs.clinic import parse_clinic, read_clinic
from console.run.stack import StackRequest
from tests.console.audit.evidence import BOOKED
from tests.console.fake_stack import FakeStack
from tests.fakes.stores.aws import account


class StackOnMoto(FakeStack):
    def client(self, service: str) -> Any:
        return boto3.client("dynamodb")


def test_the_core_reads_clinics_and_profiles_as_the_file_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    with account(monkeypatch, "http://127.0.0.1:9"):
        put_clinic(StackOnMoto(StackRequest(start=BOOKED)), read_clinic("examples/demo/clinic.json"))
        directory = DynamoDirectory.open(connect(), DIRECTORY.name)

        assert directory.clinic("tijuana") == Clinic(
            clinic_id="tijuana",
            name="Clínica Jacaranda Tijuana",
            address="Avenida Inventada 45, Zona Ejemplo, Tijuana",
            time_zone="America/Tijuana",
            phone="+526640000001",
            building_info="Planta baja, junto a recepción",
            office_number="4",
            preparation_instructions="Llegue 10 minutos antes y traiga sus estudios previos",
        )
        main = directory.clinic("main")
        assert main is not None
        assert main.reminder_gap == 240
        assert main.medication_instructions == "Tome con agua, preferiblemente con comida"
        assert directory.profile("dr-bravo") == Profile(
            profile_id="dr-bravo",
            name="Dr. Tomás Inventado",
            phone="+526640000011",
            time_zone="America/Tijuana",
            clinic_id="tijuana",
        )


def row(**part: Any) -> dict[str, Any]:
    """The one row of an availability rule or an override with these fields."""
    clinic = {"id": "main", "name": "N", "address": "A", "time_zone": "UTC", "phone": "+525500000001"}
    profile = {"id": "dr-1", "name": "N", "phone": "+525500000011", "time_zone": "UTC", "clinic_id": "main"}
    name = "availability_rules" if "day_of_week" in part else "date_overrides"
    document = {"clinics": [clinic], "profiles": [profile], name: [{"profile_id": "dr-1"} | part]}
    document["services"] = [{"id": "s-1", "profile_id": "dr-1", "name": "Consulta", "duration": 30}]
    found = list(rows(parse_clinic(json.dumps(document).encode(), "clinic.json")))
    return found[3] if found[3:] else {}


def test_hours_until_midnight_end_at_00_00_in_the_row() -> None:
    rule = row(id="r-1", day_of_week=1, start_time="20:00", end_time="24:00", service_ids=["s-1"])

    assert {name: value for name, value in rule.items() if value is not None} == {
        "owner": "profile#dr-1",
        "entry": "rule#r-1",
        "rule_id": "r-1",
        "profile_id": "dr-1",
        "day_of_week": 1,
        "start_time": "20:00",
        "end_time": "00:00",
        "buffer_time": 0,
        "max_appointments_per_slot": 1,
        "service_ids": ["s-1"],
    }


def test_a_day_that_is_available_but_not_when_has_no_row() -> None:
    closed = row(id="o-1", date="2026-12-25", available=False)

    assert (closed["entry"], closed["available"], closed["date"]) == ("override#o-1", False, "2026-12-25")
    assert row(id="o-1", date="2026-12-25", available=True) == {}
