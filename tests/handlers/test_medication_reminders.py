"""The steps of medication reminders in one process, on moto."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from clinic.contracts.workflows import MEDICATION_REMINDERS
from clinic.domain.errors import (
    ConfigurationError,
    InvalidEventError,
    InvalidStepInputError,
    UnknownPrescriptionError,
)
from clinic.domain.instants import from_text, to_text
from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail, prescription_envelope
from tests.fakes.requests.office_on_moto import Office, office_on_moto
from tests.fakes.stores.directory_rows import put_profile

FIRST_DOSE = datetime.fromisoformat("2026-11-23T22:00:00+00:00")  # four in the afternoon in Mexico City
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    with office_on_moto(monkeypatch, MEDICATION_REMINDERS) as office:
        yield office


def step(office: Office, state: str, payload: Any, execution: str = "run-1") -> Any:
    return office.step(MEDICATION_REMINDERS, state, payload, execution)


def create(
    office: Office, event_id: str = "e-1", at: datetime = NOW, run: str = "run-1", **changes: Any
) -> Any:
    payload = prescription_envelope("prescription/created", prescription_detail(**changes), event_id, at)
    return step(office, "ApplyPrescription", payload, run)


def stop(office: Office, at: datetime = LATER) -> Any:
    detail = {"prescriptionId": "p-17", "stopReason": "Alta médica"}
    return step(office, "ApplyPrescription", prescription_envelope("prescription/stopped", detail, "e-2", at))


def go_on(office: Office, after: str, run: str = "run-2", event_id: str = "e-3", version: int = 1) -> Any:
    detail = {"prescriptionId": "p-17", "version": version, "after": after}
    payload = prescription_envelope("prescription/continued", detail, event_id)
    return step(office, "ApplyPrescription", payload, run)


def test_planning_returns_ids_and_instants_only(office: Office) -> None:
    plan = create(office, duration=1, startDate="2026-11-24")
    assert plan == {
        "prescriptionId": "p-17",
        "version": 1,
        "outcome": "planned",
        "planned": 3,
        "plannedUntil": to_text(NOW + timedelta(days=180)),
        "doses": [
            {
                "intentId": f"prescription#p-17#v000001#dose_{kind}",
                "kind": f"dose_{kind}",
                "dueAt": due_at,
            }
            for kind, due_at in (
                ("20261124T1400Z", "2026-11-24T14:00:00Z"),
                ("20261124T2200Z", "2026-11-24T22:00:00Z"),
                ("20261125T0600Z", "2026-11-25T06:00:00Z"),
            )
        ],
        "isMoreToCome": False,
        "hasEarlierRuns": False,
    }


def test_a_dose_leaves_with_what_was_prescribed(office: Office) -> None:
    dose = create(office)["doses"][0]
    office.clock.move_to(FIRST_DOSE, tick=False)
    answer = step(office, "SendDose", {"intentId": dose["intentId"]})
    assert (answer["status"], answer["reason"]) == ("sent", "accepted")
    (request,) = office.whatsapp.received
    assert request.body["to"] == "525500000001"
    template = request.body["template"]
    assert template["name"] == "medication_reminder"
    assert {p["parameter_name"]: p["text"] for p in template["components"][0]["parameters"]} == {
        "patient_name": "Paciente Ejemplo",
        "medication_name": "Paracetamol",
        "dosage": "1 tableta de 500 mg",
        "instructions": "Siga las indicaciones de su médico",
    }


def test_a_dose_is_held_against_its_prescription_when_it_leaves(office: Office) -> None:
    dose = create(office)["doses"][0]
    assert stop(office)["outcome"] == "prescription_stopped"
    office.clock.move_to(FIRST_DOSE, tick=False)
    answer = step(office, "SendDose", {"intentId": dose["intentId"]})
    assert (answer["status"], answer["reason"]) == ("skipped", "prescription_stopped")
    assert office.whatsapp.received == []


def test_a_step_that_runs_again_answers_from_what_is_kept(office: Office) -> None:
    first, again = create(office), create(office)
    assert (again["outcome"], again["doses"]) == ("already_planned", first["doses"])


def test_a_batch_is_ninety_doses_and_the_next_run_plans_the_next(office: Office) -> None:
    plan = create(office, frequency="cada hora", duration=6, startDate="2026-11-24")
    assert (plan["planned"], plan["isMoreToCome"]) == (90, True)
    assert plan["plannedUntil"] == plan["doses"][-1]["dueAt"]
    batch = {"prescriptionId": "p-17", "version": 1, "after": plan["plannedUntil"]}
    assert step(office, "ContinuePrescription", batch)["isContinued"] is True
    (event,) = office.bus.received()
    assert (event["detail-type"], event["detail"]) == ("prescription/continued", batch)
    following = go_on(office, plan["plannedUntil"])
    assert (following["outcome"], following["planned"], following["isMoreToCome"]) == ("continued", 54, False)
    assert from_text(following["doses"][0]["dueAt"]) == from_text(plan["plannedUntil"]) + timedelta(hours=1)
    assert go_on(office, plan["plannedUntil"])["doses"] == following["doses"]
    other = go_on(office, plan["plannedUntil"], run="run-3", event_id="e-4")
    assert (other["outcome"], other["planned"]) == ("already_continued", 0)
    assert step(office, "ContinuePrescription", batch)["outcome"] == "already_continued"
    assert office.bus.received() == []


def test_nothing_goes_on_of_a_prescription_nobody_knows(office: Office) -> None:
    with pytest.raises(UnknownPrescriptionError):
        go_on(office, to_text(NOW))


@pytest.mark.parametrize(
    ("changes", "hour"),
    [({}, 14), ({"profileId": "dr-2"}, 16), ({"timezone": "UTC", "profileId": "dr-2"}, 8)],
    ids=["the clinic's", "the profile's", "the event's"],
)
def test_the_zone_is_the_events_then_the_profiles_then_the_clinics(
    office: Office, changes: dict[str, Any], hour: int
) -> None:
    put_profile(boto3.client("dynamodb"), "directory", "dr-2", time_zone="America/Tijuana")
    plan = create(office, startDate="2026-11-24", **changes)
    assert from_text(plan["doses"][0]["dueAt"]).hour == hour


def test_without_an_id_the_same_prescription_is_one_however_the_number_is_written(office: Office) -> None:
    first = create(office, prescriptionId=None)
    again = create(office, "e-2", prescriptionId=None, patientPhone="+521 55 0000 0001", frequency="q8h")
    assert again["prescriptionId"] == first["prescriptionId"]
    other = create(office, "e-3", prescriptionId=None, medicationName="Ibuprofeno")
    assert other["prescriptionId"] != first["prescriptionId"]
    for private in ("5500000001", "aracetamol"):
        assert private not in first["prescriptionId"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"frequency": "once al día"}, "frequency"),
        ({"frequency": 987}, "frequency"),
        ({"duration": "siempre"}, "duration"),
        ({"duration": "hasta el 2026-11-01"}, "duration"),
        ({"startDate": None}, "startDate"),
        ({"startDate": "mañana"}, "startDate"),
        ({"dosage": ""}, "dosage"),
        ({"medicationName": None}, "medicationName"),
        ({"patientPhone": "ninguno"}, "patientPhone"),
        ({"prescriptionId": "p#17"}, "prescriptionId"),
    ],
)
def test_a_field_that_cannot_be_read_is_named_and_its_value_is_not(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEventError, match=f"{field}: ") as raised:
        create(office, **changes)
    for value in changes.values():
        assert not value or str(value) not in str(raised.value)


def test_waking_hours_over_midnight_are_no_setting(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAKING_HOURS", "20:00-08:00")
    with pytest.raises(ConfigurationError, match="WAKING_HOURS"):
        create(office)


def test_a_call_no_state_makes_is_refused(office: Office) -> None:
    for state, payload in (
        ("SendDose", {"intentId": "p-17"}),
        ("StopEarlierRuns", {}),
        ("ContinuePrescription", {"prescriptionId": "p-17", "version": 1}),
    ):
        with pytest.raises(InvalidStepInputError):
            step(office, state, payload)


def test_logs_carry_ids_and_no_patient_data(office: Office) -> None:
    dose = create(office, instructions="En ayunas")["doses"][0]
    office.clock.move_to(FIRST_DOSE, tick=False)
    step(office, "SendDose", {"intentId": dose["intentId"]})
    stop(office)
    with pytest.raises(InvalidEventError):
        create(office, patientPhone="55 0000", medicationName="")
    lines = [json.loads(line) for line in office.log.getvalue().splitlines()]
    assert lines[0]["prescriptionId"] == "p-17"
    text = json.dumps(lines, ensure_ascii=False)
    for private in ("Paciente", "5500000", "55 0000", "Paracetamol", "500 mg", "ayunas", "Alta"):
        assert private not in text
