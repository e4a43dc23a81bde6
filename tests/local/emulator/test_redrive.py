"""RedriveExecution: a failed run goes on with the state it failed in, its input and its variables."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import LocalStack
from tests.local.sample import START, definition, sample_stack, task

DIES = {"lambda": [{"workflow": "sample", "step": "Note", "dies": "before", "times": 1}]}
MACHINE = definition(
    {
        "Remember": {
            "Type": "Pass",
            "Assign": {"kept": "{% $states.input.id %}"},
            "Output": {"id": "{% $states.input.id & '-2' %}"},
            "Next": "Work",
        },
        "Work": task("Work", Next="Note"),
        "Note": {**task("Note", Next="Say"), "Output": {"id": "{% $kept %}"}},
        "Say": {
            "Type": "Pass",
            "Output": {"kept": "{% $kept %}", "given": "{% $states.context.Execution.Input.id %}"},
            "End": True,
        },
    }
)
MACHINE["States"]["Work"]["Output"] = {"id": "{% $states.result.Payload.input.id %}"}


def failed(tmp_path: Path, **options: Any) -> LocalStack:
    return sample_stack(tmp_path, MACHINE, faults=DIES, **options)


def _fail(stack: LocalStack) -> str:
    stack.publish("sample/created", {"id": "x"})
    stack.run_until_idle()
    (run,) = stack.executions()
    assert (run.status, run.error) == ("FAILED", "Runtime.ExitError")
    return run.arn


def test_it_goes_on_where_it_failed_and_does_nothing_before_that_again(tmp_path: Path) -> None:
    with failed(tmp_path) as stack:
        arn = _fail(stack)
        stack.advance(hours=1)
        client = stack.client("stepfunctions")
        assert client.redrive_execution(executionArn=arn)["redriveDate"] == START + timedelta(hours=1)
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.error, run.output) == ("SUCCEEDED", None, {"kept": "x", "given": "x"})
        assert [it.step for it in stack.lambda_invocations] == ["Work", "Note", "Note"]
        assert run.input == {"id": "x"}


def test_its_history_and_description_say_so(tmp_path: Path) -> None:
    with failed(tmp_path) as stack:
        arn = _fail(stack)
        client = stack.client("stepfunctions")
        before = client.describe_execution(executionArn=arn)
        assert (before["redriveCount"], before["redriveStatus"]) == (0, "REDRIVABLE")
        client.redrive_execution(executionArn=arn)
        stack.run_until_idle()
        after = client.describe_execution(executionArn=arn)
        assert (after["redriveCount"], after["redriveStatus"]) == (1, "NOT_REDRIVABLE")
        kinds = [event["type"] for event in stack.history(arn)]
        assert kinds.count("ExecutionRedriven") == 1
        assert kinds[-1] == "ExecutionSucceeded"
        names = [
            it["stateEnteredEventDetails"]["name"] for it in stack.history(arn) if "Entered" in it["type"]
        ]
        assert names == ["Remember", "Work", "Note", "Note", "Say"]


def test_the_same_token_redrives_once(tmp_path: Path) -> None:
    with failed(tmp_path) as stack:
        arn = _fail(stack)
        client = stack.client("stepfunctions")
        for _ in range(2):
            client.redrive_execution(executionArn=arn, clientToken="token-1")
        stack.run_until_idle()
        client.redrive_execution(executionArn=arn, clientToken="token-1")
        assert client.describe_execution(executionArn=arn)["redriveCount"] == 1


@pytest.mark.parametrize("when", ["it runs", "it ended well", "two weeks later"])
def test_what_cannot_be_redriven_is_refused(tmp_path: Path, when: str) -> None:
    with failed(tmp_path) as stack:
        arn = _fail(stack)
        client = stack.client("stepfunctions")
        if when == "two weeks later":
            stack.advance(days=14, seconds=1)
        else:
            client.redrive_execution(executionArn=arn)
        if when == "it ended well":
            stack.run_until_idle()
        with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
            client.redrive_execution(executionArn=arn)


def test_nobody_redrives_what_never_was(tmp_path: Path) -> None:
    with failed(tmp_path) as stack, pytest.raises(ClientError, match="ExecutionDoesNotExist"):
        stack.client("stepfunctions").redrive_execution(executionArn=f"{_fail(stack)}-2")


def test_another_run_of_the_state_machine_begins_at_its_beginning(tmp_path: Path) -> None:
    with failed(tmp_path) as stack:
        arn = _fail(stack)
        stack.client("stepfunctions").redrive_execution(executionArn=arn)
        stack.publish("sample/created", {"id": "y"})
        stack.run_until_idle()
        assert [run.output for run in stack.executions()] == [
            {"kept": "x", "given": "x"},
            {"kept": "y", "given": "y"},
        ]
