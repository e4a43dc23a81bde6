"""A failed run is found in the run ledger, tried again, and ends well, on the local stack."""

import json
from datetime import timedelta
from typing import Any

import pytest

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.runs import DynamoRunLedger
from clinic.adapters.runs import StepFunctionsRuns
from clinic.contracts.workflows import APPOINTMENT_REMINDERS
from clinic.services.operations.run_retrying import RetryResult, RetrySelection, RunRetrying, Way
from local.emulator.load import OPERATOR_KEY, OPERATOR_SECRET, REGION
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Every try of one step: three more follow the first.
PLANNING_DIES = {
    "lambda": [{"workflow": "appointment-reminders", "step": "PlanReminders", "dies": "before", "times": 4}]
}


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OPERATOR_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OPERATOR_SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


class Operator:
    """Who tries runs again, from outside of the stack."""

    def __init__(self, clinic: ClinicStack, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", clinic.stack.endpoint_url)
        self.clinic = clinic
        self.store = DynamoRunLedger.open_table(connect(), clinic.stack.outputs["RunsTable"])
        self.retrying = RunRetrying(self.store, StepFunctionsRuns(clinic.stack.client("stepfunctions")))

    def retry(self, **options: Any) -> RetryResult:
        now = self.clinic.stack.clock.now()
        return self.retrying.retry(RetrySelection(NOW, now + HOUR), now, **options)

    def failed(self) -> list[str | None]:
        """The errors of the failed runs that nobody has tried again."""
        found = self.store.failed(APPOINTMENT_REMINDERS.name, NOW, NOW + 30 * DAY)
        return [run.error for run in found]

    def statuses(self) -> list[tuple[str, int]]:
        """What the ledger says of each run: status and redrives."""
        found = self.store.started(APPOINTMENT_REMINDERS.name, NOW, NOW + 30 * DAY)
        return [(run.status.value, run.redrives) for run in found]


def test_a_failed_run_is_found_redriven_and_ends_well(monkeypatch: pytest.MonkeyPatch) -> None:
    with clinic_stack(faults=PLANNING_DIES, keeps_run_ledger=True) as clinic:
        clinic.publish()
        clinic.stack.advance(hours=1)
        operator = Operator(clinic, monkeypatch)
        assert operator.failed() == ["Runtime.ExitError"]
        assert operator.retry(is_dry=True).reasons == {"would_retry": 1}
        result = operator.retry()
        assert [it.way for it in result.outcomes] == [Way.REDRIVEN]
        clinic.stack.run_until_idle()
        assert operator.statuses() == [("SUCCEEDED", 1)]
        assert operator.failed() == []
        assert operator.retry().retried == 0
        assert len(clinic.messages) == 3


def test_a_token_that_was_refused_and_is_mended_needs_no_force(monkeypatch: pytest.MonkeyPatch) -> None:
    with clinic_stack(faults={"whatsapp": [{"code": 190, "times": 4}]}, keeps_run_ledger=True) as clinic:
        for number in range(3):
            clinic.publish(reservationId=f"r-{number}")
        clinic.stack.advance(minutes=10)
        operator = Operator(clinic, monkeypatch)
        assert operator.failed() == ["MessengerAccountError"] * 3

        def pause() -> None:
            clinic.stack.advance(seconds=1)

        assert operator.retry(pause=pause).reasons == {"failed_again": 1, "not_mended": 2}
        clinic.stack.advance(minutes=1)
        assert operator.retry(pause=pause).reasons == {"redriven": 3}  # the token is good again
        clinic.stack.advance(minutes=1)
        assert operator.failed() == []
        assert len(clinic.messages) == 3


def test_after_two_weeks_it_is_started_again_and_both_are_in_the_ledger(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with clinic_stack(faults=PLANNING_DIES, keeps_run_ledger=True) as clinic:
        clinic.publish()
        clinic.stack.advance(days=15)
        operator = Operator(clinic, monkeypatch)
        result = operator.retry()
        assert [it.way for it in result.outcomes] == [Way.STARTED_AGAIN]
        clinic.stack.run_until_idle()
        assert [status for status, _ in operator.statuses()] == ["FAILED", "SUCCEEDED"]
        assert clinic.reasons() == {"v1 confirmation": "visit_has_begun"}  # kept, and nobody is told
        assert operator.failed() == []


def test_an_invalid_event_is_left_alone_unless_forced_and_harms_nothing_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with clinic_stack(keeps_run_ledger=True) as clinic:
        clinic.publish(patientPhone="")
        clinic.stack.run_until_idle()
        operator = Operator(clinic, monkeypatch)
        assert operator.retry().reasons == {"permanent_error": 1}
        now = clinic.stack.clock.now()
        forced = RetrySelection(NOW, now + HOUR, forces_permanent=True)
        assert operator.retrying.retry(forced, now).success == 1
        clinic.stack.run_until_idle()
        assert operator.statuses() == [("FAILED", 1)]
        assert clinic.messages == []


def test_a_run_that_got_over_its_failure_or_was_stopped_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sending_dies = json.loads(json.dumps(PLANNING_DIES).replace("PlanReminders", "SendConfirmation"))
    with clinic_stack(faults=sending_dies, keeps_run_ledger=True) as clinic:
        clinic.publish()
        clinic.stack.advance(hours=1)
        (run,) = clinic.runs(APPOINTMENT_REMINDERS)
        operator = Operator(clinic, monkeypatch)
        assert operator.retry().retried == 0  # what can't be sent is recorded, and the run goes on
        clinic.stack.stop(run.arn)
        assert operator.retry().retried == 0  # stopped is not failed
