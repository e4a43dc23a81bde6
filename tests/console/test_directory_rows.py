"""What the console writes into the directory is what the core reads from it."""

from typing import Any

import boto3
import pytest

from clinic.adapters.dynamodb.directory import DynamoDirectory
from clinic.adapters.dynamodb.models import connect
from clinic.contracts.tables import DIRECTORY
from clinic.domain.directory import Clinic, Profile
from console.directory import put_clinic
from console.inputs.clinic import read_clinic
from console.stack import StackRequest
from tests.console.evidence import BOOKED
from tests.console.fake_stack import FakeStack
from tests.fakes.aws import account


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
        assert directory.profile("dr-bravo") == Profile(
            profile_id="dr-bravo",
            name="Dr. Tomás Inventado",
            phone="+526640000011",
            time_zone="America/Tijuana",
            clinic_id="tijuana",
        )
