"""The run ledger's function in one process, on moto's DynamoDB and Step Functions."""

import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest

from clinic.adapters.dynamodb.runs import COUNTER
from clinic.contracts.tables import RUNS
from clinic.domain.errors import RunsUnavailableError
from clinic.services.operations.pacing import Pace, PacedInspector
from tests.fakes.machines.lambda_process import Context, process
from tests.fakes.operations.runs import PATIENT, MemoryInspector, status_change, task_of
from tests.fakes.stores.aws import account
from tests.fakes.timer import FakeTimer


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    with account(monkeypatch, "https://example.test"), process("lambdas.run_ledger") as function:
        yield function


@pytest.fixture
def inspector(function: ModuleType) -> MemoryInspector:
    inspector = MemoryInspector(histories={status_change()["detail"]["executionArn"]: task_of(2)})
    object.__setattr__(function.handler.application().paced_recording, "inspector", inspector)
    return inspector


def batch(*bodies: Any) -> dict[str, Any]:
    """Messages m-1, m-2 … as Lambda hands them over."""
    return {
        "Records": [
            {
                "messageId": f"m-{number}",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for number, body in enumerate(bodies, 1)
        ]
    }


def tell(function: ModuleType, *bodies: Any, context: Context | None = None) -> list[str]:
    """Hand a batch over; gives the messages that are to come again."""
    answer = function.handler(batch(*bodies), context or Context("request-1"))
    return [it["itemIdentifier"] for it in json.loads(json.dumps(answer))["batchItemFailures"]]


def run_of(number: int, status: str = "RUNNING") -> dict[str, Any]:
    """The change of another run's status."""
    arn = status_change()["detail"]["executionArn"].rpartition(":")[0]
    return status_change(status, name=f"x-{number}", executionArn=f"{arn}:x-{number}")


def rows() -> list[dict[str, Any]]:
    found = boto3.client("dynamodb").scan(TableName=RUNS.name)["Items"]
    return [item for item in found if item["run"] != {"S": COUNTER}]


def test_a_run_that_began_is_kept_with_the_ids_of_what_it_is_about(
    function: ModuleType, inspector: MemoryInspector
) -> None:
    assert tell(function, status_change()) == []
    (row,) = rows()
    assert row["workflow"] == {"S": "appointment-reminders"}
    assert row["run"] == {"S": "2026-11-23T15:00:00.007000Z#x-1"}
    assert row["subjects"] == {"M": {"reservationId": {"S": "r-17"}, "profileId": {"S": "dr-1"}}}
    assert row["event_id"] == {"S": "e-1"}
    assert inspector.asked == []


def test_a_patients_data_gets_neither_into_the_row_nor_into_the_log(
    function: ModuleType, inspector: MemoryInspector, caplog: pytest.LogCaptureFixture
) -> None:
    quoting = json.dumps({"errorType": "KeyError", "errorMessage": PATIENT})
    tell(function, status_change("FAILED", error="KeyError", cause=quoting))
    tell(function, status_change("FAILED", error=f"no {PATIENT}", cause=quoting, redriveCount=1))
    assert PATIENT not in json.dumps(rows())
    log = [vars(record) for record in caplog.records]
    assert [record["msg"] for record in log] == ["event_handled"] * 2
    assert "Ficticia" not in str(log)


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
        "no json",
        "[]",
        {},
        {"detail-type": "Step Functions Execution Status Change"},
        {**status_change(), "detail-type": "another"},
        status_change("DREAMING"),
        status_change(stateMachineArn="arn:aws:states:us-east-1:1:stateMachine:somebody-elses"),
    ],
)
def test_what_is_no_status_change_of_ours_comes_again_alone_and_the_log_says_why(
    function: ModuleType, inspector: MemoryInspector, event: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert tell(function, run_of(1), event, run_of(3)) == ["m-2"]
    assert sorted(row["name"]["S"] for row in rows()) == ["x-1", "x-3"]
    (line,) = (vars(it) for it in caplog.records if it.msg == "event_failed")
    assert (line["message_id"], line["attempt"]) == ("m-2", "1")
    assert line["error"].startswith("InvalidEventError: ")


def test_a_batch_of_which_nothing_can_be_recorded_comes_again_message_by_message(
    function: ModuleType, inspector: MemoryInspector
) -> None:
    assert tell(function, {}, {}) == ["m-1", "m-2"]


def test_a_history_that_cannot_be_read_now_is_asked_for_when_its_event_comes_again(
    function: ModuleType, inspector: MemoryInspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unavailable(run: str) -> Any:
        raise RunsUnavailableError("Step Functions is not available")

    with monkeypatch.context() as away:
        away.setattr(inspector, "history", unavailable)
        assert tell(function, status_change("SUCCEEDED"), run_of(2)) == ["m-1"]
    assert [row["name"]["S"] for row in rows()] == ["x-2"]
    assert tell(function, status_change("SUCCEEDED")) == []
    assert sorted(row["status"]["S"] for row in rows()) == ["RUNNING", "SUCCEEDED"]


def test_a_fault_keeps_its_kind_and_loses_its_text(
    function: ModuleType,
    inspector: MemoryInspector,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(run: str) -> Any:
        raise KeyError(PATIENT)

    monkeypatch.setattr(inspector, "history", broken)
    assert tell(function, status_change("SUCCEEDED")) == ["m-1"]
    (line,) = map(vars, caplog.records)
    assert line["error"].startswith("KeyError at test_run_ledger.py:")
    assert line["event_id"] == status_change()["id"], "a dead letter is found in the log by its event's id"
    assert PATIENT not in str({name: value for name, value in line.items() if name != "exc_info"})


def test_a_batch_that_is_handed_over_again_changes_nothing(
    capsys: pytest.CaptureFixture[str], function: ModuleType, inspector: MemoryInspector
) -> None:
    told = [run_of(2, "SUCCEEDED"), run_of(1), run_of(3, "FAILED"), run_of(2), run_of(1, "SUCCEEDED")]
    tell(function, *told)
    kept = rows()
    assert capsys.readouterr().out.count('"WorkflowExecutions":') == 3
    for _ in range(2):
        assert tell(function, *reversed(told)) == []
    assert rows() == kept
    assert {row["name"]["S"]: row["status"]["S"] for row in kept} == {
        "x-1": "SUCCEEDED",
        "x-2": "SUCCEEDED",
        "x-3": "FAILED",
    }
    assert '"WorkflowExecutions":' not in capsys.readouterr().out, "a run's end counts once"


def test_what_would_be_cut_off_is_not_begun(function: ModuleType, inspector: MemoryInspector) -> None:
    context = Context("request-1", milliseconds_left=iter([30_000, 15_000, 14_999, 2_000]))
    assert tell(function, *map(run_of, (1, 2, 3, 4)), context=context) == ["m-3", "m-4"]
    assert sorted(row["name"]["S"] for row in rows()) == ["x-1", "x-2"]


def test_each_call_begins_with_a_pause_and_every_question_waits_its_turn(
    function: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer, asked = FakeTimer(), []
    pace = Pace(4, timer)
    inspector = MemoryInspector()
    noted = MemoryInspector.describe

    def describe(self: MemoryInspector, run: str) -> Any:
        asked.append(timer.now)
        return noted(self, run)

    monkeypatch.setattr(MemoryInspector, "describe", describe)
    application = function.handler.application()
    application.__dict__["question_pace"] = pace
    object.__setattr__(application.paced_recording, "inspector", PacedInspector(inspector, pace))
    left_out: dict[str, Any] = {"input": None, "inputDetails": {"included": False}}
    for _ in range(2):
        tell(function, status_change("SUCCEEDED", **left_out), status_change("SUCCEEDED", **left_out))
    assert asked == [0.25, 0.75, 1.25, 1.75], "a description and a history each, and none in between"
