"""Every run has its row in the run ledger, as it went, on the local stack."""

from collections.abc import Iterator
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from clinic.adapters.dynamodb.runs import COUNTER
from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import APPOINTMENT_REMINDERS
from tests.workflows.clinic_stack import ClinicStack, clinic_stack


@pytest.fixture
def clinic() -> Iterator[ClinicStack]:
    with clinic_stack(keeps_run_ledger=True) as clinic:
        yield clinic


def ledger(clinic: ClinicStack) -> dict[str, dict[str, Any]]:
    """The rows by the runs' names; the counts of open runs, which lie beside them, are none."""
    read = TypeDeserializer().deserialize
    rows = [{k: read(v) for k, v in row.items()} for row in clinic.stack.items("RunsTable")]
    return {row["name"]: row for row in rows if row["run"] != COUNTER}


def test_a_run_is_open_while_it_waits_and_ended_when_it_has(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.advance(hours=1)
    (row,) = ledger(clinic).values()
    assert (row["status"], row["open_workflow"]) == ("RUNNING", APPOINTMENT_REMINDERS.name)
    assert row["subjects"] == {"reservationId": "r-17"}
    clinic.stack.run_until_idle()
    (run,) = clinic.runs(APPOINTMENT_REMINDERS)
    (row,) = ledger(clinic).values()
    assert (row["status"], row["arn"]) == ("SUCCEEDED", run.arn)
    assert row["busy_ms"] == 0  # a handler takes no virtual time
    assert row["transitions"] > 3
    assert not {"open_workflow", "failed_workflow", "retried_at"} & set(row)


def test_a_failed_run_says_with_which_error(clinic: ClinicStack) -> None:
    clinic.publish(patientPhone="no number")
    clinic.stack.run_until_idle()
    (row,) = ledger(clinic).values()
    assert (row["status"], row["error"]) == ("FAILED", "InvalidEventError")
    assert row["failed_workflow"] == APPOINTMENT_REMINDERS.name
    assert "patientPhone" in row["reason"]
    assert "no number" not in row["reason"]


def test_a_stopped_run_is_neither_open_nor_failed(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.advance(hours=1)
    (run,) = clinic.runs(APPOINTMENT_REMINDERS)
    clinic.stack.stop(run.arn, cause="a person said so")
    clinic.stack.run_until_idle()
    (row,) = ledger(clinic).values()
    assert row["status"] == "ABORTED"
    assert not {"open_workflow", "failed_workflow"} & set(row)


def test_no_run_is_missing_and_none_holds_a_patients_data(clinic: ClinicStack) -> None:
    for number in range(5):
        clinic.publish(reservationId=f"r-{number}", patientName="Paciente Ejemplo")
    clinic.publish(patientPhone="")
    clinic.stack.run_until_idle()
    runs = clinic.stack.executions()
    rows = ledger(clinic)
    assert {run.name: run.status for run in runs} == {name: row["status"] for name, row in rows.items()}
    assert "Paciente" not in str(rows)


def test_a_function_that_dies_is_told_again() -> None:
    dies = {"lambda": [{"workflow": "run-ledger", "dies": "before", "times": 2}]}
    with clinic_stack(keeps_run_ledger=True, faults=dies) as clinic:
        clinic.publish()
        clinic.stack.run_until_idle()
        (row,) = ledger(clinic).values()
        assert row["status"] == "SUCCEEDED"
        assert clinic.stack.undelivered_events() == []


def test_what_cannot_be_recorded_at_all_is_kept_in_the_queue() -> None:
    dies = {"lambda": [{"workflow": "run-ledger", "dies": "before", "times": RUN_LEDGER.attempts}]}
    with clinic_stack(keeps_run_ledger=True, faults=dies) as clinic:
        clinic.publish()
        clinic.stack.advance(hours=1)
        (undelivered,) = clinic.stack.undelivered_events()
        assert (undelivered.kept, undelivered.code) == (True, "REPEATED_FAILURE")
        assert ledger(clinic) == {}
        clinic.stack.run_until_idle()
        (row,) = ledger(clinic).values()
        assert row["status"] == "SUCCEEDED"
