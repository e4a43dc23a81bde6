"""Doctors, their hours and their slots on a local stack."""

from collections.abc import Mapping
from typing import Any

from clinic.contracts.workflows import DAILY_SLOT_GENERATION, Workflow
from clinic.domain.instants import from_text, to_text
from tests.fakes.stores import directory_rows
from tests.workflows.clinic_stack import ClinicStack


def doctor(clinic: ClinicStack, profile_id: str = "dr-1", **profile: Any) -> None:
    """A doctor who sees patients for half an hour each, on Mondays from nine to eleven."""
    client, table = clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"]
    directory_rows.put_profile(client, table, profile_id, **profile)
    directory_rows.put_service(client, table, profile_id)
    directory_rows.put_rule(client, table, profile_id)


def rule(clinic: ClinicStack, profile_id: str = "dr-1", **changes: Any) -> None:
    """Hours of the doctor's, in place of those with the same id."""
    client, table = clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"]
    directory_rows.put_rule(client, table, profile_id, **changes)


def remove(clinic: ClinicStack, entry: str, profile_id: str = "dr-1") -> None:
    """Take a row of the doctor's away: ``rule#a``."""
    client, table = clinic.stack.client("dynamodb"), clinic.stack.outputs["DirectoryTable"]
    directory_rows.remove(client, table, entry, profile_id)


def generate(clinic: ClinicStack, profile_id: str = "dr-1", **changes: Any) -> str:
    """Ask for the slots of the 30 dates from 24 November 2026 on; gives the event's id."""
    whole = {"profileId": profile_id, "targetDate": "2026-11-24", "horizonDays": 30, **changes}
    return clinic.put("slot/generate-daily", whole)


def slots(clinic: ClinicStack, profile_id: str = "dr-1") -> dict[str, dict[str, Any]]:
    """The rows of the doctor's slots, by start and service: ``2026-11-30T15:00:00Z s-1``."""
    return {
        f"{to_text(from_text(row['start']['S']))} {row['service_id']['S']}": {
            name: _plain(value) for name, value in row.items()
        }
        for row in clinic.stack.items("SlotsTable")
        if row["profile_id"]["S"] == profile_id and "start" in row
    }


def outputs(clinic: ClinicStack, workflow: Workflow = DAILY_SLOT_GENERATION) -> list[Any]:
    """What the workflow's runs ended with; a failed one with its error's name."""
    return [run.output if run.status == "SUCCEEDED" else run.error for run in clinic.runs(workflow)]


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, plain),) = value.items()
    return int(plain) if kind == "N" else [_plain(item) for item in plain] if kind == "L" else plain
