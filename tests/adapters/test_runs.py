"""Stopping runs of state machines, on moto."""

import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws

from clinic.adapters.runs import StepFunctionsRuns
from clinic.domain.errors import RunsUnavailableError
from clinic.domain.operations.run_history import HistoryEvent
from clinic.domain.operations.runs import RunStatus
from tests.fakes.examples import NOW

ROLE = "arn:aws:iam::123456789012:role/states"
WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 600, "End": True}}}


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Iterator[StepFunctionsRuns]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield StepFunctionsRuns.open()


def start() -> str:
    client = boto3.client("stepfunctions")
    machine = client.create_state_machine(name="waits", definition=json.dumps(WAITS), roleArn=ROLE)
    return client.start_execution(stateMachineArn=machine["stateMachineArn"], name="r-1")["executionArn"]


class Broken:
    """Step Functions that answers with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def describe_execution(self, **_: Any) -> Any:
        raise self.error


def broken(error: Exception) -> StepFunctionsRuns:
    client: Any = Broken(error)
    return StepFunctionsRuns(client)


def refused(code: str, status: int = 400) -> ClientError:
    answer: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeExecution")


def test_a_run_is_stopped_once_and_says_why(runs: StepFunctionsRuns) -> None:
    run = start()
    assert runs.stop(run, "the appointment was cancelled") is True
    assert runs.stop(run, "the appointment was cancelled") is False
    assert boto3.client("stepfunctions").describe_execution(executionArn=run)["status"] == "ABORTED"


def test_a_run_nobody_knows_is_not_stopped(runs: StepFunctionsRuns) -> None:
    gone = start().replace("r-1", "r-2")
    assert runs.stop(gone, "gone") is False


@pytest.mark.parametrize(
    "error",
    [
        refused("ThrottlingException"),
        refused("ServiceUnavailable", 503),
        refused("500", 500),
        EndpointConnectionError(endpoint_url="https://example.test"),
    ],
)
def test_step_functions_that_do_not_answer_may_do_so_later(error: Exception) -> None:
    with pytest.raises(RunsUnavailableError):
        broken(error).stop("arn:aws:states:us-east-1:123456789012:execution:m:r-1", "cancelled")


def test_a_run_is_described_with_what_it_carries(runs: StepFunctionsRuns) -> None:
    run = start()
    described = runs.describe(run)
    assert described is not None
    assert (described.status, described.stopped_at, described.redrives) == (RunStatus.RUNNING, None, 0)
    assert described.started_at.tzinfo is UTC
    assert described.input_text == "{}"
    runs.stop(run, "over")
    ended = runs.describe(run)
    assert ended is not None
    assert (ended.status, ended.stopped_at is not None) == (RunStatus.ABORTED, True)


def test_nobody_knows_a_run_that_was_forgotten(runs: StepFunctionsRuns) -> None:
    assert runs.describe(start().replace("r-1", "r-2")) is None


def test_a_history_is_asked_for_without_data_the_newest_first_and_once() -> None:
    class History:
        def get_execution_history(self, **asked: Any) -> Any:
            self.asked = asked
            events = [{"id": 2, "previousEventId": 1, "type": "TaskScheduled", "timestamp": NOW}]
            return {"events": events, "nextToken": "more"}

    client: Any = History()
    assert StepFunctionsRuns(client).history("arn") == [HistoryEvent(2, 1, "TaskScheduled", NOW)]
    assert client.asked == {
        "executionArn": "arn",
        "maxResults": 1000,
        "reverseOrder": True,
        "includeExecutionData": False,
    }


def test_a_run_is_started_again_once_by_its_name(runs: StepFunctionsRuns) -> None:
    run = start()
    runs.stop(run, "over")
    again = runs.start_again(run, "retry-1", '{"a": 1}')
    assert again == run.replace("r-1", "retry-1")
    described = boto3.client("stepfunctions").describe_execution(executionArn=again)
    assert (described["input"], described["status"]) == ('{"a": 1}', "RUNNING")
    runs.stop(again, "over")
    assert runs.start_again(run, "retry-1", '{"a": 2}') == again


class Redriving:
    """Step Functions that is asked to redrive."""

    def __init__(self, answer: Exception | None) -> None:
        self.answer = answer
        self.asked: dict[str, Any] = {}

    def redrive_execution(self, **asked: Any) -> Any:
        self.asked = asked
        if self.answer is not None:
            raise self.answer
        return {"redriveDate": NOW}


@pytest.mark.parametrize(
    ("answer", "is_taken"),
    [(None, True), (refused("ExecutionNotRedrivable"), False), (refused("InvalidAction"), False)],
)
def test_a_redrive_is_taken_or_not(answer: Exception | None, is_taken: bool) -> None:
    client: Any = Redriving(answer)
    assert StepFunctionsRuns(client).redrive("arn", "token-1") is is_taken
    assert client.asked == {"executionArn": "arn", "clientToken": "token-1"}


def test_a_redrive_that_is_refused_for_now_may_be_asked_for_again() -> None:
    client: Any = Redriving(refused("ThrottlingException"))
    with pytest.raises(RunsUnavailableError):
        StepFunctionsRuns(client).redrive("arn", "token-1")


@pytest.mark.parametrize(("current", "is_current"), [("{}", True), ('{"Comment": "new"}', False)])
def test_a_definition_is_current_if_its_state_machine_still_has_it(current: str, is_current: bool) -> None:
    class Definitions:
        def describe_state_machine_for_execution(self, **_: Any) -> Any:
            return {"definition": "{}", "stateMachineArn": "machine"}

        def describe_state_machine(self, **asked: Any) -> Any:
            assert asked == {"stateMachineArn": "machine"}
            return {"definition": current}

    client: Any = Definitions()
    assert StepFunctionsRuns(client).is_current("arn") is is_current


def test_a_missing_permission_does_not_pass() -> None:
    with pytest.raises(ClientError):
        broken(refused("AccessDeniedException")).stop("arn", "cancelled")


def test_a_request_that_hangs_ends_while_the_function_can_still_say_so(runs: StepFunctionsRuns) -> None:
    settings: Any = runs.client.meta.config
    longest = settings.connect_timeout + settings.read_timeout
    assert settings.retries["total_max_attempts"] * longest <= 25
