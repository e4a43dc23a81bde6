"""The run ledger's function in one process, on moto's DynamoDB and Step Functions."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest

from clinic.contracts.tables import RUNS
from clinic.domain.errors import InvalidEventError, RunsUnavailableError, UnexpectedStepError
from tests.fakes.aws import account
from tests.fakes.lambda_process import Context, process
from tests.fakes.runs import PATIENT, MemoryInspector, status_change, task_of


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    with account(monkeypatch, "https://example.test"), process("lambdas.run_ledger") as function:
        yield function


@pytest.fixture
def inspector(function: ModuleType) -> MemoryInspector:
    inspector = MemoryInspector(histories={status_change()["detail"]["executionArn"]: task_of(2)})
    object.__setattr__(function.handler.application().run_recording, "inspector", inspector)
    return inspector


def tell(function: ModuleType, event: Any) -> Any:
    return function.handler(event, Context("request-1"))


def rows() -> list[dict[str, Any]]:
    return list(boto3.client("dynamodb").scan(TableName=RUNS.name)["Items"])


def test_a_run_that_began_is_kept_with_the_ids_of_what_it_is_about(
    function: ModuleType, inspector: MemoryInspector
) -> None:
    answer = tell(function, status_change())
    assert answer == {"workflow": "appointment-reminders", "run": "x-1", "status": "RUNNING"}
    (row,) = rows()
    assert row["workflow"] == {"S": "appointment-reminders"}
    assert row["run"] == {"S": "2026-11-23T15:00:00.007Z#x-1"}
    assert row["subjects"] == {"M": {"reservationId": {"S": "r-17"}, "profileId": {"S": "dr-1"}}}
    assert row["event_id"] == {"S": "e-1"}
    assert inspector.asked == []


def test_a_patients_data_gets_neither_into_the_row_nor_into_the_log(
    function: ModuleType, inspector: MemoryInspector, capsys: pytest.CaptureFixture[str]
) -> None:
    quoting = json.dumps({"errorType": "KeyError", "errorMessage": PATIENT})
    tell(function, status_change("FAILED", error="KeyError", cause=quoting))
    tell(function, status_change("FAILED", error=f"no {PATIENT}", cause=quoting, redriveCount=1))
    assert PATIENT not in json.dumps(rows())
    assert "Ficticia" not in capsys.readouterr().out


def test_the_words_of_an_error_are_kept_where_they_are_our_own(
    function: ModuleType, inspector: MemoryInspector
) -> None:
    cause = json.dumps({"errorType": "InvalidEventError", "errorMessage": "patientPhone: is missing"})
    tell(function, status_change("FAILED", error="InvalidEventError", cause=cause))
    (row,) = rows()
    assert row["error"] == {"S": "InvalidEventError"}
    assert row["reason"] == {"S": "patientPhone: is missing"}
    assert (row["busy_ms"], row["transitions"]) == ({"N": "2000"}, {"N": "1"})


def test_what_the_event_leaves_out_is_asked_for_once_the_run_has_ended(
    function: ModuleType, inspector: MemoryInspector
) -> None:
    left_out: dict[str, Any] = {"input": None, "inputDetails": {"included": False}}
    tell(function, status_change(**left_out))
    assert inspector.asked == []
    tell(function, status_change("SUCCEEDED", **left_out))
    assert inspector.asked == [status_change()["detail"]["executionArn"]]
    (row,) = rows()
    assert row["subjects"] == {"M": {}}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"detail-type": "Step Functions Execution Status Change"},
        {**status_change(), "detail-type": "another"},
        status_change("DREAMING"),
        status_change(stateMachineArn="arn:aws:states:us-east-1:1:stateMachine:somebody-elses"),
    ],
)
def test_what_is_no_status_change_of_ours_is_refused(function: ModuleType, event: Any) -> None:
    with pytest.raises(InvalidEventError):
        tell(function, event)
    assert rows() == []


def test_a_history_that_cannot_be_read_now_is_asked_for_again(
    function: ModuleType, inspector: MemoryInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(run: str) -> Any:
        raise RunsUnavailableError("Step Functions is not available")

    monkeypatch.setattr(inspector, "history", unavailable)
    with pytest.raises(RunsUnavailableError):
        tell(function, status_change("SUCCEEDED"))
    assert rows() == []


def test_a_fault_keeps_its_kind_and_loses_its_text(
    function: ModuleType, inspector: MemoryInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(run: str) -> Any:
        raise KeyError(PATIENT)

    monkeypatch.setattr(inspector, "history", broken)
    with pytest.raises(UnexpectedStepError, match=r"^KeyError at test_run_ledger\.py:\d+$"):
        tell(function, status_change("SUCCEEDED"))
