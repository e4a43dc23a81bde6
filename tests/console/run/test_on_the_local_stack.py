"""The commands on the real local stack: what the fake stands for is so."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from clinic.adapters.whatsapp.registration import export_catalogue
from console.main import app
from console.output.schema import SCHEMA_FILE
from local.emulator.load import OPERATOR_KEY, OPERATOR_SECRET
from local.stack import LocalStack, StackOptions
from tests.console.conftest import event

START = datetime(2026, 11, 23, 15, tzinfo=UTC)

BOOKING = {
    "serviceName": "Consulta general",
    "doctorName": "Dra. Ejemplo",
    "clinicName": "Clínica Ejemplo",
    "clinicAddress": "Calle Ficticia 123",
}


def citas(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def checked(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    return document


def test_booked_nine_days_ahead_gives_three_messages_at_their_instants(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(event(**BOOKING) + "\n" + event(reservationId="r-2", patientPhone="none", **BOOKING))

    result = citas("run", events, "--json", "-")

    assert result.exit_code == 0, result.stderr
    document = checked(result)
    assert [(row["kind"], row["status"], row["sent_at"]) for row in document["messages"]] == [
        ("confirmation", "delivered", "2026-11-23T15:00:00Z"),
        ("reminder_24h", "delivered", "2026-12-01T16:00:00Z"),
        ("reminder_2h", "delivered", "2026-12-02T14:00:00Z"),
    ]
    assert "miércoles, 2 de diciembre de 2026" in document["messages"][0]["text"]
    of_events = [run for run in document["executions"] if run["line"] is not None]
    assert [run["status"] for run in of_events] == ["SUCCEEDED", "FAILED"]
    assert document["reservations"][0]["reminders_sent"] == {
        "24h": "2026-12-01T16:00:00Z",
        "2h": "2026-12-02T14:00:00Z",
    }
    (failed,) = document["events_failed"]
    assert (failed["line"], failed["where"]) == (2, "execution")
    assert failed["reason"].startswith("InvalidEventError: ")
    assert "patientPhone" in failed["reason"]


def test_who_writes_baja_is_on_record_from_that_instant(tmp_path: Path) -> None:
    writes = '{"at": "2026-11-24T15:00:00Z", "inbound": {"from": "+5215500000001", "text": "¡Baja!"}}'
    events = tmp_path / "events.jsonl"
    events.write_text(f"{event(**BOOKING)}\n{writes}")

    result = citas("run", events, "--until", "+2d", "--json", "-")

    assert result.exit_code == 0, result.stderr
    document = checked(result)
    assert document["events_published"] == 1
    (consent,) = document["consents"]
    assert (consent["appointments"], consent["appointments_at"]) == (False, "2026-11-24T15:00:00Z")


def test_a_name_cut_in_the_middle_of_a_character_reaches_the_patient_without_it(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(event(patientName="Ana CUT", **BOOKING).replace("CUT", "\\ud83d"), encoding="utf-8")

    document = checked(citas("run", events, "--until", "+3h", "--watch", "--json", "-"))

    assert document["events_failed"] == []
    assert document["messages"][0]["parameters"]["patient_name"] == "Ana"
    # Who watches has fired at its times, once at each, and has changed nothing.
    started = [(run["workflow"], run["started_at"]) for run in document["executions"] if run["line"] is None]
    assert len(set(started)) == len(started)
    fired = Counter(workflow for workflow, _ in started)
    assert fired == {"workflow-health": 36, "workflow-analytics": 1}
    assert {run["status"] for run in document["executions"] if run["line"] is None} == {"SUCCEEDED"}
    assert document["statistics"] == []


def test_a_run_cut_short_ends_at_its_end(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    events.write_text(event(**BOOKING))

    document = checked(citas("run", events, "--until", "+1d", "--json", "-"))

    assert (document["complete"], document["until"]) == (False, "2026-11-24T15:00:00Z")
    assert [row["status"] for row in document["messages"]] == ["delivered", "planned", "planned"]
    assert {row["status"] for row in document["audit"]} == {"holds", "not_applicable"}


def test_what_never_reached_a_run_is_told_with_its_reason(tmp_path: Path) -> None:
    refused = json.dumps(json.loads(event(**BOOKING)) | {"source": "aws.somebody"})
    too_large = event(junk="x" * 300_000, **BOOKING)
    unheard = event(detail_type="appointment/creatd", **BOOKING)
    events = tmp_path / "events.jsonl"
    events.write_text(f"{refused}\n{too_large}\n{unheard}")

    result = citas("run", events, "--json", "-")

    assert result.exit_code == 0
    document = checked(result)
    failed = {row["line"]: (row["where"], row["reason"]) for row in document["events_failed"]}
    assert {line: where for line, (where, _) in failed.items()} == {1: "refused", 2: "dlq", 3: "dlq"}
    assert all(reason for _, reason in failed.values())
    assert failed[3][1] == "no rule wants it"
    # A dead letter holds what no run could be begun with: nothing of it has disappeared.
    (i8,) = [row for row in document["audit"] if row["id"] == "I8"]
    assert (i8["status"], i8["violations"]) == ("holds", [])


def test_the_demo_tells_its_story_and_gives_the_same_file_each_time(tmp_path: Path) -> None:
    first, second = (citas("demo", "--json", tmp_path / name) for name in ("1.json", "2.json"))

    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert first.stdout == second.stdout

    shown = first.stdout
    assert "slots    dra-rios: 11 made" in shown
    # The retries' jitter is drawn from the stack's seed.
    assert re.search(r"2h reminder: sent 2026-12-01T14:20:\d\dZ, at the third attempt", shown)
    for line in (
        "r-ana 2h reminder: WhatsApp answers 500",
        "appointment/created for r-jose (by Citas)",
        "r-jose confirmation → +525500000103",
        "reservation/request-expired for q-maria (by Citas)",
        "q-maria request expired → +525500000104",
        "q-maria approved too late, to the doctor → +525500000011",
        "q-rosa request declined → +525500000106",
        "r-carmen new time → +526640000105",
        "the payment provider answers nothing",
        "r-luis gets 500.00 MXN of ch_luis back: succeeded",
        "2h reminder: skipped; the visit was cancelled",
    ):
        assert line in shown
    assert re.search(r"^Messages +18 delivered, 4 skipped, 1 superseded$", shown, re.MULTILINE)
    document = json.loads((tmp_path / "1.json").read_text())
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text())).validate(document)
    assert {row["id"]: row["status"] for row in document["audit"]} == {
        f"I{number}": "holds" for number in range(1, 9)
    }
    assert (tmp_path / "1.json").read_bytes() == (tmp_path / "2.json").read_bytes()


def test_a_running_stack_is_explained_over_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    detail = json.loads(event(**BOOKING))["detail"]
    with LocalStack(StackOptions(start=START, templates=export_catalogue())) as stack:
        stack.publish("appointment/created", detail)
        stack.run_until(START + timedelta(days=8, hours=12))
        for name, value in {
            "AWS_ACCESS_KEY_ID": OPERATOR_KEY,
            "AWS_SECRET_ACCESS_KEY": OPERATOR_SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            monkeypatch.setenv(name, value)
        told = citas("explain", "r-1", "--endpoint-url", stack.endpoint_url, "--json")

    assert told.exit_code == 0, told.stderr
    (account,) = json.loads(told.stdout)
    assert account["record"]["status"] == "confirmed"
    assert [(row["name"], row["status"]) for row in account["messages"]] == [
        ("confirmation", "delivered"),
        ("24h reminder", "delivered"),
        ("2h reminder", "planned"),
    ]
