"""`citas run` with prescriptions on the real local stack: its audit knows what became of them."""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from console.main import app


def line(at: str, detail_type: str, **detail: Any) -> str:
    return json.dumps({"at": at, "detail-type": detail_type, "detail": detail})


def prescribed(at: str, **changes: Any) -> str:
    detail = {
        "patientName": "Paciente Ejemplo",
        "patientPhone": "+52 55 0000 0101",
        "medicationName": "Paracetamol",
        "dosage": "1 tableta de 500 mg",
        "frequency": "cada 8 horas",
        "startDate": "2026-11-23",
        "duration": "5 días",
        **changes,
    }
    return line(at, "prescription/created", **detail)


def test_changed_stopped_and_long_ones_end_with_an_audit_that_holds(tmp_path: Path) -> None:
    events = tmp_path / "events.jsonl"
    lines = [
        prescribed("2026-11-23T15:00:00Z", prescriptionId="p-1"),
        prescribed("2026-11-23T15:00:00Z", patientPhone="+52 55 0000 0102", frequency="cada hora"),
        prescribed("2026-11-24T15:00:00Z", prescriptionId="p-1", frequency="cada 12 horas"),
        prescribed("2026-11-24T16:00:00Z", prescriptionId="p-2", startDate="2026-11-01"),
        line("2026-11-26T15:00:00Z", "prescription/stopped", prescriptionId="p-1"),
    ]
    events.write_text("\n".join(lines))

    result = CliRunner().invoke(app, ["run", str(events), "--json", "-"])

    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    assert document["events_failed"] == []
    assert [row["status"] for row in document["audit"] if row["id"] == "I4"] == ["holds"]
    assert [(row["prescription_id"][:3], row["status"]) for row in document["prescriptions"]] == [
        ("p-1", "stopped"),
        ("p-2", "active"),
        ("rx-", "active"),
    ]
    runs = [row["status"] for row in document["executions"] if row["workflow"] == "medication-reminders"]
    assert sorted(runs) == ["ABORTED", "ABORTED"] + ["SUCCEEDED"] * 4
    assert {row["status"] for row in document["messages"]} == {"delivered", "skipped", "superseded"}
