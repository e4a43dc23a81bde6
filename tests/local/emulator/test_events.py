"""Events that a target does not take, that are too large, that come twice or late."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.stack import PublishRefusedError
from tests.local.sample import START, allow, definition, role, sample_stack, task

WORK: dict[str, Any] = definition({"Work": task("Work")})


def _dead_letters(stack: Any) -> list[dict[str, Any]]:
    answer = stack.client("sqs").receive_message(
        QueueUrl=stack.outputs["Dead"], MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def test_input_too_large_for_a_state_machine_is_kept_with_the_reason(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK) as stack:
        event_id = stack.publish("sample/created", {"junk": "x" * 300_000})
        stack.run_until_idle()
        assert stack.executions() == []
        (undelivered,) = stack.undelivered_events()
        assert (undelivered.event_id, undelivered.detail_type) == (event_id, "sample/created")
        assert (undelivered.code, undelivered.kept, undelivered.at) == ("INVALID_PARAMETER", True, START)
        assert "262144" in undelivered.reason
        (letter,) = _dead_letters(stack)
        assert json.loads(letter["Body"])["id"] == event_id
        attributes = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
        assert attributes == {
            "RULE_ARN": "arn:aws:events:us-east-1:000000000000:rule/citas-dev/sample",
            "TARGET_ARN": "arn:aws:states:us-east-1:000000000000:stateMachine:citas-dev-sample",
            "ERROR_CODE": "INVALID_PARAMETER",
            "ERROR_MESSAGE": undelivered.reason,
        }


def test_an_event_over_the_buss_limit_is_refused_to_the_publisher(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK) as stack:
        with pytest.raises(PublishRefusedError, match="over the limit"):
            stack.publish("sample/created", {"junk": "x" * 1_100_000})
        stack.run_until_idle()
        assert stack.executions() == []
        assert stack.undelivered_events() == []


@pytest.mark.parametrize("detail", ["", "not JSON", "[1]", '"text"', "17"])
def test_a_detail_that_is_no_object_is_refused_to_the_publisher(tmp_path: Path, detail: str) -> None:
    with sample_stack(tmp_path, WORK) as stack:
        with pytest.raises(PublishRefusedError, match=r"MalformedDetail|InvalidArgument"):
            stack.publish("sample/created", detail)
        stack.run_until_idle()
        assert stack.executions() == []


def test_one_bad_entry_does_not_hold_up_the_others(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK) as stack:
        good = {"EventBusName": stack.outputs["EventBusName"], "Source": "s", "DetailType": "sample/created"}
        entries = [{**good, "Detail": detail} for detail in ('{"n": 1}', "[2]", '{"n": 3}')]
        answer = stack.client("events").put_events(Entries=[*entries, {**entries[0], "Source": ""}])
        stack.run_until_idle()
        codes = [entry.get("ErrorCode") for entry in answer["Entries"]]
        assert codes == [None, "MalformedDetail", None, "InvalidArgument"]
        assert answer["FailedEntryCount"] == 2
        assert [run.input["n"] for run in stack.executions()] == [1, 3]


def test_a_rule_whose_role_may_not_start_the_machine_delivers_nothing(tmp_path: Path) -> None:
    changes = {
        "RuleRole": role("events.amazonaws.com", allow("states:StartExecution", "arn:aws:states:::no"))
    }
    with sample_stack(tmp_path, WORK, changes=changes) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert stack.executions() == []
        (undelivered,) = stack.undelivered_events()
        assert (undelivered.code, undelivered.kept) == ("NO_PERMISSIONS", True)
        assert "states:StartExecution" in undelivered.reason


def test_a_queue_that_does_not_let_the_rule_in_keeps_nothing(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, changes={"DeadPolicy": None}) as stack:
        stack.publish("sample/created", {"junk": "x" * 300_000})
        stack.run_until_idle()
        assert [undelivered.kept for undelivered in stack.undelivered_events()] == [False]
        assert _dead_letters(stack) == []


def test_an_event_delivered_twice_starts_two_runs_with_the_same_input(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, faults={"events": [{"line": 2, "delivered": 2}]}) as stack:
        stack.publish("sample/created", {"id": "a"}, line=1)
        stack.publish("sample/created", {"id": "b"}, line=2)
        stack.run_until_idle()
        assert [run.input["id"] for run in stack.executions()] == ["a", "b", "b"]


def test_a_late_event_starts_its_run_late(tmp_path: Path) -> None:
    with sample_stack(tmp_path, WORK, faults={"events": [{"line": 1, "late": "3h"}]}) as stack:
        stack.publish("sample/created", {"id": "late"}, line=1)
        stack.publish("sample/created", {"id": "in time"}, line=2)
        stack.run_until_idle()
        started = {run.input["id"]: run.started_at for run in stack.executions()}
        assert started == {"in time": START, "late": START + timedelta(hours=3)}


OWN_SOURCE_IS_THE_FUNCTIONS = {
    "Type": "AWS::Events::EventBusPolicy",
    "Properties": {
        "EventBusName": {"Ref": "Bus"},
        "StatementId": "own",
        "Statement": {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "events:PutEvents",
            "Resource": {"Fn::GetAtt": ["Bus", "Arn"]},
            "Condition": {
                "ForAnyValue:StringEquals": {"events:source": ["citas"]},
                "ArnNotEquals": {"aws:PrincipalArn": [{"Fn::GetAtt": ["FunctionRole", "Arn"]}]},
            },
        },
    },
}


def test_a_bus_takes_a_source_from_those_alone_whom_its_policy_names(tmp_path: Path) -> None:
    changes = {
        "BusPolicy": OWN_SOURCE_IS_THE_FUNCTIONS,
        "FunctionRole": role("lambda.amazonaws.com", allow("events:PutEvents", "*")),
    }
    machine = definition({"Publish": task("Publish")})
    with sample_stack(tmp_path, machine, changes=changes) as stack:
        entry = {"EventBusName": stack.outputs["EventBusName"], "DetailType": "other", "Detail": "{}"}
        events = stack.client("events")
        with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
            events.put_events(Entries=[{**entry, "Source": "any"}, {**entry, "Source": "citas"}])
        assert events.put_events(Entries=[{**entry, "Source": "any"}])["FailedEntryCount"] == 0
        stack.publish("sample/created", {"publish": [{"publish": []}]})
        stack.run_until_idle()
        assert [run.input for run in stack.executions()] == [{"publish": [{"publish": []}]}, {"publish": []}]
