"""The plain AWS command line, a program that knows nothing of Citas, drives the local stack."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clinic.domain.instants import from_text, to_text
from tests.dev.process import DevProcess, citas_dev

pytestmark = pytest.mark.slow

WORKFLOW = "citas-dev-appointment-reminders"
BOOKING = {
    "reservationId": "r-1",
    "patientName": 'José "Pepe" O\'Ficticio',
    "patientPhone": "+52 55 0000 0001",
    "serviceName": "Consulta general",
    "doctorName": "Dra. Ejemplo",
    "clinicName": "Clínica Ejemplo",
    "clinicAddress": "Calle Ficticia 123",
}


def test_an_event_is_put_its_run_read_and_stopped_and_the_ledger_queried(tmp_path: Path) -> None:
    # One test, since every command takes a second: with a worker each, every test would start its own stack.
    with citas_dev(tmp_path, "--clock", "virtual", "--no-watch") as dev:
        run = an_event_starts_a_run(dev)
        its_history_can_be_read(dev, run["executionArn"])
        the_ledger_says(dev, confirmation="sent", reminder_24h="planned", reminder_2h="planned")
        time_passes_when_it_is_told_to(dev)
        a_run_can_be_stopped(dev, run)
        what_a_patient_writes_is_taken(dev)
        assert dev.end() == 0
    assert list(tmp_path.iterdir()) == []


def what_a_patient_writes_is_taken(dev: DevProcess) -> None:
    """By a command that finds the credentials of this start by itself."""
    dev.citas("say", "+525500000001", "BAJA", "--port", str(dev.port))
    written = dev.until(lambda line: line["what"] == "inbound")
    assert (written["from"], written["text"]) == ("+525500000001", "BAJA")
    found = dev.aws("dynamodb", "scan", "--table-name", "citas-dev-consents")
    assert found["Count"] == 1
    assert "All is well" in dev.citas("health", "--endpoint-url", f"http://localhost:{dev.port}")


def an_event_starts_a_run(dev: DevProcess) -> dict[str, Any]:
    visit = to_text(from_text(dev.clock("show")["now"]) + timedelta(days=9))
    entry = {
        "EventBusName": dev.up["outputs"]["EventBusName"],
        "Source": "citas.publisher",
        "DetailType": "appointment/created",
        "Detail": json.dumps(BOOKING | {"appointmentTime": visit}),
    }
    answer = dev.aws("events", "put-events", "--entries", json.dumps([entry]))
    assert answer["FailedEntryCount"] == 0
    sent = dev.until(lambda line: line["what"] == "message")
    assert sent["to"].endswith("5500000001")
    assert 'José "Pepe" O\'Ficticio' in sent["text"]
    runs = dev.aws("stepfunctions", "list-executions", "--state-machine-arn", arn(dev))
    [run] = runs["executions"]
    assert run["status"] == "RUNNING"
    return dict(run)


def its_history_can_be_read(dev: DevProcess, run: str) -> None:
    logged = dev.aws("logs", "filter-log-events", "--log-group-name", f"/aws/lambda/{WORKFLOW}")
    assert "PlanReminders" in "".join(line["message"] for line in logged["events"])
    assert "Ficticio" not in json.dumps(logged)
    history = dev.aws("stepfunctions", "get-execution-history", "--execution-arn", run)
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in history["events"]
        if "stateEnteredEventDetails" in event
    ]
    assert entered[:4] == ["PlanReminders", "IsConflict", "IsConfirmationPlanned", "SendConfirmation"]
    planned = [event["type"] for event in history["events"]].index("TaskStateExited")
    assert "Ficticio" not in json.dumps(history["events"][planned:])


def the_ledger_says(dev: DevProcess, **expected: str) -> None:
    found = dev.aws(
        *("dynamodb", "query", "--table-name", dev.up["outputs"]["MessagesTable"]),
        *("--key-condition-expression", "subject = :subject"),
        *("--expression-attribute-values", json.dumps({":subject": {"S": "reservation#r-1"}})),
    )
    statuses = {item["kind"]["S"]: item["status"]["S"] for item in found["Items"]}
    # What was sent may have been delivered and read by now: WhatsApp tells by webhook.
    assert {kind: "planned" if it == "planned" else "sent" for kind, it in statuses.items()} == expected
    assert not set(statuses.values()) & {"failed", "skipped", "unknown"}


def time_passes_when_it_is_told_to(dev: DevProcess) -> None:
    assert dev.clock("jump", "8d")["messages"] == 1
    the_ledger_says(dev, confirmation="sent", reminder_24h="sent", reminder_2h="planned")


def a_run_can_be_stopped(dev: DevProcess, run: dict[str, Any]) -> None:
    dev.aws("stepfunctions", "stop-execution", "--execution-arn", run["executionArn"], "--cause", "a trial")
    ended = dev.until(lambda line: line["what"] == "run_ended" and line["name"] == run["name"])
    assert (ended["status"], ended["cause"]) == ("ABORTED", "a trial")
    [stopped] = dev.aws(
        *("stepfunctions", "list-executions", "--state-machine-arn", arn(dev)),
        *("--status-filter", "ABORTED"),
    )["executions"]
    assert stopped["executionArn"] == run["executionArn"]


def arn(dev: DevProcess) -> str:
    return str(dev.up["outputs"]["AppointmentRemindersArn"])
