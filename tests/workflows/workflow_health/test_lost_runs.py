"""A message whose run was lost goes out all the same, on the local stack."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, WORKFLOW_HEALTH
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

DAY = timedelta(days=1)


@pytest.fixture
def clinic() -> Iterator[ClinicStack]:
    # Just before the visit's reminders: a check every five minutes over nine days would be 2,600 runs.
    with clinic_stack(schedules=[WORKFLOW_HEALTH.name], keeps_run_ledger=True) as clinic:
        yield clinic


def checks(clinic: ClinicStack) -> list[Any]:
    return [run.output for run in clinic.runs(WORKFLOW_HEALTH)]


def lose(clinic: ClinicStack) -> None:
    """A run is gone, and nobody knows why."""
    (run,) = clinic.runs(APPOINTMENT_REMINDERS)
    clinic.stack.stop(run.arn, cause="lost")


def test_a_reminder_whose_run_was_lost_is_sent_half_an_hour_late_and_once(clinic: ClinicStack) -> None:
    clinic.publish(appointmentTime=(NOW + timedelta(hours=26)).isoformat(), reminderOffsets=["24h"])
    clinic.stack.advance(minutes=10)
    lose(clinic)
    clinic.stack.advance(hours=4)
    due = NOW + timedelta(hours=2)
    reminders = [(sent.template, sent.at) for sent in clinic.messages if "reminder" in sent.template]
    assert reminders == [("appointment_reminder_24h", due + timedelta(minutes=30))]
    caught_up = [it for it in checks(clinic) if it]
    assert [[caught["status"] for caught in it] for it in caught_up] == [["sent"]]


def test_a_cancelled_visits_overdue_reminder_is_settled_and_not_sent(clinic: ClinicStack) -> None:
    clinic.publish(appointmentTime=(NOW + timedelta(hours=26)).isoformat(), reminderOffsets=["24h"])
    clinic.stack.advance(minutes=10)
    lose(clinic)
    clinic.mark("cancelled")
    clinic.stack.advance(hours=4)
    assert [it.template for it in clinic.messages] == ["appointment_confirmed"]
    assert [caught["status"] for it in checks(clinic) for caught in it] == ["skipped"]


def test_where_nothing_is_wrong_a_check_does_nothing_and_nobody_waits_for_the_next(
    clinic: ClinicStack,
) -> None:
    clinic.publish(reminderOffsets=[])
    clinic.stack.run_until_idle()
    clinic.stack.advance(hours=1)
    assert len(checks(clinic)) == 12
    assert all(it == [] for it in checks(clinic))
    assert {run.status for run in clinic.runs(WORKFLOW_HEALTH)} == {"SUCCEEDED"}
    assert any('"OverdueIntents":[0.0]' in line for line in clinic.stack.log_lines)


def test_those_who_watch_are_not_in_the_run_ledger(clinic: ClinicStack) -> None:
    clinic.stack.advance(minutes=30)
    assert len(checks(clinic)) == 6
    assert clinic.stack.items("RunsTable") == []
