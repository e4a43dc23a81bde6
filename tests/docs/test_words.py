"""The glossary, the environment, the payload and the tables are what the code says they are."""

import json
import re
from typing import Any

import pytest

from clinic.contracts.environment import Env
from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.appointments import AppointmentCreated, ReceivedAppointmentCreated
from clinic.contracts.events.base import EventModel
from clinic.contracts.events.prescriptions import (
    PrescriptionContinued,
    PrescriptionCreated,
    PrescriptionStopped,
)
from clinic.contracts.events.requests import (
    RequestExpired,
    ReservationApproved,
    ReservationDeclined,
    ReservationRequested,
)
from clinic.contracts.events.slots import SlotCleanupExpired, SlotGenerateDaily
from clinic.contracts.events.visits import AppointmentCompleted, AppointmentNoShow
from clinic.contracts.tables import TABLES
from clinic.contracts.workflows import APPOINTMENT_REMINDERS, WORKFLOWS, Workflow
from clinic.domain.appointments.reservation import Arrival
from clinic.domain.messages.intent import CLAIM_LEASE, IntentStatus
from tests.architecture import project
from tests.docs import documents
from tests.fakes.messages.texts import SPANISH

_SOURCES = ("clinic/", "lambdas/", "infra/", "local/", "console/")


def _cells(page: str, header: str) -> list[str]:
    return [documents.code(row[0])[0] for row in documents.table_rows(documents.page(page), header)]


def _identifiers() -> set[str]:
    sources = (path for path in project.files(".py") if project.name(path).startswith(_SOURCES))
    return {word for path in sources for word in re.findall(r"\w+", path.read_text())}


def test_every_word_of_the_glossary_is_used_in_the_code() -> None:
    used = _identifiers()
    words = [
        documents.code(row[1])[0] for row in documents.table_rows(documents.page("docs/glossary.md"), "Word")
    ]
    assert [word for word in words if word not in used] == []


def test_the_documented_environment_is_the_functions_environment() -> None:
    assert _cells("docs/architecture.md", "Variable") == [str(name) for name in Env]


def test_the_documented_tables_are_the_deployed_ones() -> None:
    rows = documents.table_rows(documents.page("docs/architecture.md"), "Table")
    documented = {documents.code(row[0])[0]: documents.code(row[1]) for row in rows}
    assert documented == {
        spec.name: [key for key in (spec.partition_key, spec.sort_key) if key] for spec in TABLES
    }


def test_the_documented_ledger_has_every_status() -> None:
    diagrams = [
        block for block in documents.fenced(documents.page("docs/architecture.md")) if "stateDiagram" in block
    ]
    assert len(diagrams) == 1
    states = {*re.findall(r"(\w+) -->", diagrams[0]), *re.findall(r"--> (\w+)", diagrams[0])}
    assert states == {str(status) for status in IntentStatus}


def test_the_documented_retries_are_those_of_the_state_machines() -> None:
    page = documents.page("docs/architecture.md")
    documented = {row[0]: set(re.findall(r"\d+", row[1])) for row in documents.table_rows(page, "What")}
    throttled, limited, passing = _retriers("SendConfirmation")
    assert documented["the function is throttled (429)"] == {
        str(throttled["MaxAttempts"]),
        str(throttled["MaxDelaySeconds"]),
    }
    assert documented["WhatsApp's rate limits"] == {
        str(limited["MaxAttempts"]),
        str(limited["IntervalSeconds"]),
        str(limited["MaxDelaySeconds"] // 60),
    }
    assert documented["passing faults: WhatsApp, DynamoDB, Lambda, a dead process"] == {
        str(passing["MaxAttempts"]),
        str(passing["IntervalSeconds"]),
    }


def test_the_documented_claim_is_the_codes() -> None:
    assert f"A claim lasts {CLAIM_LEASE.seconds} seconds" in documents.page("docs/architecture.md")


def _retriers(state: str) -> list[dict[str, Any]]:
    definition = project.ROOT / "state_machines" / APPOINTMENT_REMINDERS.definition_file
    retriers: list[dict[str, Any]] = json.loads(definition.read_text())["States"][state]["Retry"]
    return retriers


EVENTS: dict[str, type[EventModel]] = {
    "appointment/created": AppointmentCreated,
    "reservation/requested": ReservationRequested,
    "reservation/approved": ReservationApproved,
    "reservation/declined": ReservationDeclined,
    "reservation/request-expired": RequestExpired,
    "reservation/cancelled": ReservationCancelled,
    "appointment/rescheduled": AppointmentRescheduled,
    "appointment/completed": AppointmentCompleted,
    "appointment/no-show": AppointmentNoShow,
    "slot/generate-daily": SlotGenerateDaily,
    "slot/cleanup-expired": SlotCleanupExpired,
    "prescription/created": PrescriptionCreated,
    "prescription/stopped": PrescriptionStopped,
    "prescription/continued": PrescriptionContinued,
}
# Required of the model, but taken from another field where it is left out.
TAKEN_FROM_ANOTHER = {"reservationId", "newReservationId", "profileId"}


@pytest.mark.parametrize("name", EVENTS)
def test_the_documented_payload_is_the_contract(name: str) -> None:
    section = documents.page("docs/events.md").split(f"\n## {name}\n")[1].split("\n## ")[0]
    documented = {
        field: "required" in row[2]
        for row in documents.table_rows(section, "Field")
        for field in documents.code(row[0])
    }
    fields = EVENTS[name].model_fields.values()
    required = {str(field.alias): field.is_required() for field in fields}
    if name in {"reservation/requested", "appointment/rescheduled"}:
        required |= dict.fromkeys(TAKEN_FROM_ANOTHER & set(required), False)
    assert documented == required


def test_every_event_that_starts_a_workflow_is_documented() -> None:
    rows = documents.table_rows(documents.page("docs/events.md"), "Event")
    documented = {(documents.code(row[0])[0], documents.code(row[1])[0]) for row in rows}
    started = {(name, workflow.name) for workflow in WORKFLOWS for name in workflow.detail_types}
    assert documented == started
    assert {name for name, _ in documented} == set(EVENTS)


def test_the_documented_templates_are_the_catalogue() -> None:
    assert _cells("docs/messages.md", "Template") == list(SPANISH)


def test_the_documented_outcomes_are_all_there_are() -> None:
    rows = documents.table_rows(documents.page("docs/decisions/0007-event-order-and-versions.md"), "Event")
    assert {documents.code(row[1])[0] for row in rows} == {str(arrival) for arrival in Arrival}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_every_workflow_and_event_is_named_in_the_readme(workflow: Workflow) -> None:
    readme = documents.page("README.md")
    assert f"`{workflow.name}`" in readme
    assert all(f"`{detail_type}`" in readme for detail_type in workflow.detail_types)


def test_the_event_that_is_shown_as_published_keeps_the_contract() -> None:
    entry = json.loads(
        re.findall(r"^```json\n(.*?)^```", documents.page("docs/events.md"), re.MULTILINE | re.DOTALL)[0]
    )
    received = {"id": "e-1", "time": "2026-11-21T16:00:00Z", "detail": json.loads(entry["Detail"])}
    assert ReceivedAppointmentCreated.parse(received).detail.reservation_id == "r-17"
    assert entry["DetailType"] == APPOINTMENT_REMINDERS.detail_types[0]
