"""A rule whose target is a function: nobody waits for it, and what fails is tried again."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.emulator.session import FunctionAnswer, FunctionCall
from local.stack import LocalStack
from tests.local.sample import START, definition, sample_stack, task

WORK = definition({"Work": task("Work")})
FUNCTION_ARN = {"Fn::GetAtt": ["Function", "Arn"]}


def _told(step: str) -> dict[str, Any]:
    """A rule that tells the function of runs that have ended, as a call of this step."""
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Name": "told",
            "EventPattern": {"source": ["aws.states"], "detail": {"status": ["SUCCEEDED"]}},
            "Targets": [
                {
                    "Id": "function",
                    "Arn": FUNCTION_ARN,
                    "InputTransformer": {
                        "InputPathsMap": {"status": "$.detail.status"},
                        "InputTemplate": json.dumps({"step": step, "input": {"id": "x"}, "said": "<status>"}),
                    },
                }
            ],
        },
    }


PERMISSION = {
    "Type": "AWS::Lambda::Permission",
    "Properties": {
        "FunctionName": {"Ref": "Function"},
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": {"Fn::GetAtt": ["Told", "Arn"]},
    },
}


def _stack(tmp_path: Path, step: str, **changes: Any) -> LocalStack:
    return sample_stack(tmp_path, WORK, changes={"Told": _told(step), "Permission": PERMISSION, **changes})


def _calls(stack: LocalStack, step: str) -> list[tuple[timedelta, str]]:
    return [(it.at - START, it.status) for it in stack.lambda_invocations if it.step == step]


def test_a_function_is_told_of_the_change_of_a_runs_status(tmp_path: Path) -> None:
    with _stack(tmp_path, "Note") as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert _calls(stack, "Note") == [(timedelta(0), "succeeded")]


def test_one_that_fails_is_called_again_after_a_minute_and_two_and_then_given_up(tmp_path: Path) -> None:
    with _stack(tmp_path, "Fail") as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        minutes = [0, 1, 3]
        assert _calls(stack, "Fail") == [(timedelta(minutes=it), "failed") for it in minutes]
        (undelivered,) = stack.undelivered_events()
        assert (undelivered.code, undelivered.kept) == ("RefusedError", False)


def test_what_was_given_up_lies_in_the_functions_dead_letter_queue(tmp_path: Path) -> None:
    with _stack(tmp_path, "Fail") as stack:
        queue = stack.client("sqs").get_queue_attributes(
            QueueUrl=stack.outputs["Dead"], AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        config = stack._emulator._ministack.lambdas._functions["citas-dev-sample"]["config"]
        config["DeadLetterConfig"] = {"TargetArn": queue}
        stack.publish("sample/created", {})
        stack.run_until_idle()
        (letter,) = stack.client("sqs").receive_message(
            QueueUrl=stack.outputs["Dead"], MessageAttributeNames=["All"]
        )["Messages"]
        assert json.loads(letter["Body"])["step"] == "Fail"
        attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert attributes["ErrorMessage"] == "field patientPhone"
        assert set(attributes) == {"RequestID", "ErrorCode", "ErrorMessage"}
        assert stack.undelivered_events()[0].kept


@pytest.mark.parametrize("source", [None, "arn:aws:events:us-east-1:000000000000:rule/another"])
def test_a_function_whose_policy_does_not_name_the_rule_is_not_called(
    tmp_path: Path, source: str | None
) -> None:
    properties = {**PERMISSION["Properties"], "SourceArn": source}  # type: ignore[dict-item]  # a template
    other = {**PERMISSION, "Properties": properties} if source else None
    with _stack(tmp_path, "Note", Permission=other) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert _calls(stack, "Note") == []
        (undelivered,) = stack.undelivered_events()
        assert undelivered.code == "NO_PERMISSIONS"


def test_nobody_is_told_where_the_stack_is_asked_not_to(tmp_path: Path) -> None:
    changes = {"Told": _told("Note"), "Permission": PERMISSION}
    with sample_stack(tmp_path, WORK, changes=changes, tells_of_runs=False) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert _calls(stack, "Note") == []
        assert [run.status for run in stack.executions()] == ["SUCCEEDED"]


def test_what_is_said_has_the_form_that_aws_documents(tmp_path: Path) -> None:
    told = _told("Work")
    told["Properties"]["Targets"] = [{"Id": "function", "Arn": FUNCTION_ARN, "InputPath": "$"}]
    seen: list[Any] = []
    with sample_stack(tmp_path, WORK, changes={"Told": told, "Permission": PERMISSION}) as stack:
        answer = stack._session.invoke

        def watched(call: FunctionCall) -> FunctionAnswer:
            seen.append(call.event)
            return answer(call)

        stack._session.invoke = watched
        stack.publish("sample/created", {"n": 1})
        stack.advance(seconds=0)
        (run,) = stack.executions()
    (event,) = [it for it in seen if "detail" in it]
    assert (event["source"], event["time"]) == ("aws.states", "2026-11-23T15:00:00Z")
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [run.arn]
    milliseconds = int(START.timestamp() * 1000)
    assert event["detail"] == {
        "executionArn": run.arn,
        "stateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:citas-dev-sample",
        "name": run.name,
        "status": "SUCCEEDED",
        "startDate": milliseconds,
        "stopDate": milliseconds,
        "input": '{"n": 1}',
        "inputDetails": {"included": True},
        "output": run.output_text,
        "outputDetails": {"included": True},
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "error": None,
        "cause": None,
    }
