"""The emulator differs from MiniStack as it comes: one behaviour at a time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from local.emulator.load import PortUnavailableError, load
from tests.local.sample import START, TABLE, allow, definition, role, sample_stack, task


def _machine_waits(hours: int) -> dict[str, Any]:
    return definition(
        {"Wait": {"Type": "Wait", "Seconds": hours * 3600, "Next": "Work"}, "Work": task("Work")}
    )


def test_a_wait_of_days_takes_no_time_and_ends_at_its_instant(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _machine_waits(9 * 24)) as stack:
        stack.publish("sample/created", {"id": "a"})
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.workflow, run.started_at) == ("SUCCEEDED", "sample", START)
        assert run.stopped_at == START + timedelta(days=9)
        assert run.output["now"] == (START + timedelta(days=9)).isoformat()
        assert run.input == {"id": "a"}
        times = {event["type"]: event["timestamp"] for event in stack.history(run.arn)}
        assert times["WaitStateEntered"] == START
        assert times["WaitStateExited"] == START + timedelta(days=9)


def test_a_map_one_at_a_time_waits_and_works_in_order(tmp_path: Path) -> None:
    machine = definition(
        {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.hours %}",
                "MaxConcurrency": 1,
                "ItemProcessor": definition(
                    {
                        "Wait": {"Type": "Wait", "Seconds": "{% $states.input * 3600 %}", "Next": "Work"},
                        "Work": task("Work"),
                    }
                ),
                "End": True,
            }
        }
    )
    with sample_stack(tmp_path, machine) as stack:
        stack.publish("sample/created", {"hours": [2, 1]})
        stack.run_until_idle()
        (run,) = stack.executions()
        hours = [(datetime.fromisoformat(item["now"]) - START) / timedelta(hours=1) for item in run.output]
        assert hours == [2, 3]
        assert run.transitions == 5, "the Map, and two states for each of two items"


@pytest.mark.parametrize("at_once", [0, 2, 3])
def test_a_map_of_several_at_once_lets_time_pass_for_all(tmp_path: Path, at_once: int) -> None:
    machine = definition(
        {
            "Each": {
                "Type": "Map",
                "Items": "{% $states.input.hours %}",
                "MaxConcurrency": at_once,
                "ItemProcessor": definition(
                    {
                        "Wait": {"Type": "Wait", "Seconds": "{% $states.input * 3600 %}", "Next": "Work"},
                        "Work": task("Work"),
                    }
                ),
                "End": True,
            }
        }
    )
    with sample_stack(tmp_path, machine) as stack:
        stack.publish("sample/created", {"hours": [2, 1, 1]})
        stack.run_until_idle()
        (run,) = stack.executions()
        assert run.status == "SUCCEEDED"
        last = max(datetime.fromisoformat(item["now"]) for item in run.output)
        assert last == START + timedelta(hours=2)


def test_parallel_branches_wait_side_by_side(tmp_path: Path) -> None:
    branch = definition({"Wait": {"Type": "Wait", "Seconds": 7200, "Next": "Work"}, "Work": task("Work")})
    machine = definition({"Both": {"Type": "Parallel", "Branches": [branch, branch], "End": True}})
    with sample_stack(tmp_path, machine) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        (run,) = stack.executions()
        assert run.stopped_at == START + timedelta(hours=2)


def test_a_retry_waits_its_backoff_up_to_its_longest_delay(tmp_path: Path) -> None:
    retry = {
        "ErrorEquals": ["RefusedError"],
        "IntervalSeconds": 100,
        "BackoffRate": 2,
        "MaxDelaySeconds": 300,
        "MaxAttempts": 3,
    }
    with sample_stack(tmp_path, definition({"Fail": task("Fail", Retry=[retry], End=True)})) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        (run,) = stack.executions()
        seconds = [(call.at - START).total_seconds() for call in stack.lambda_invocations]
        assert seconds == [0, 100, 300, 600], "100, 200, and 300 in place of 400"
        assert (run.status, run.error) == ("FAILED", "RefusedError")
        assert run.cause is not None
        assert "field patientPhone" in run.cause
        assert run.transitions == 4


def test_full_jitter_is_within_the_delay_and_the_same_in_the_same_run(tmp_path: Path) -> None:
    retry = {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 1000,
        "MaxAttempts": 2,
        "BackoffRate": 1,
        "JitterStrategy": "FULL",
    }

    def instants() -> list[datetime]:
        with sample_stack(tmp_path, definition({"Fail": task("Fail", Retry=[retry], End=True)})) as stack:
            stack.publish("sample/created", {})
            stack.run_until_idle()
            return [call.at for call in stack.lambda_invocations]

    first, second, third = instants()
    assert first == START
    assert timedelta(0) < second - first < timedelta(seconds=1000)
    assert timedelta(0) < third - second < timedelta(seconds=1000)
    assert instants() == [first, second, third]


def test_a_stopped_run_does_nothing_more_not_even_inside_a_map(tmp_path: Path) -> None:
    machine = definition(
        {
            "Each": {
                "Type": "Map",
                "Items": [1, 2],
                "MaxConcurrency": 1,
                "ItemProcessor": _machine_waits(24),
                "End": True,
            }
        }
    )
    with sample_stack(tmp_path, machine) as stack:
        stack.publish("sample/created", {})
        stack.advance(hours=1)
        stack.stop(stack.executions()[0].arn, error="Cancelled", cause="by hand")
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.error, run.cause) == ("ABORTED", "Cancelled", "by hand")
        assert stack.lambda_invocations == []
        assert stack.clock.now() == START + timedelta(hours=1), "its timer is gone"


def test_a_function_at_its_reserved_concurrency_throttles(tmp_path: Path) -> None:
    retry = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 50}
    waits = {
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Send"},
        "Send": task("Send", Retry=[retry], End=True),
    }
    with sample_stack(tmp_path, definition(waits), concurrent=True) as stack:
        for number in range(12):
            stack.publish("sample/created", {"id": str(number)})
        stack.run_until_idle()
        assert {run.status for run in stack.executions()} == {"SUCCEEDED"}
        throttled = [call for call in stack.lambda_invocations if call.status == "throttled"]
        assert throttled, "twelve at once, two may run"
        assert {(call.function, call.step) for call in throttled} == {("citas-dev-sample", "Send")}
        assert len(stack.simulator.sent) == 12


def test_how_many_ran_at_once_is_counted_as_it_happens(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"Together": task("Together")}), concurrent=True) as stack:
        assert stack.most_at_once == {}
        for number in range(2):
            stack.publish("sample/created", {"id": str(number)})
        stack.run_until_idle()
        assert {run.status for run in stack.executions()} == {"SUCCEEDED"}
        assert stack.most_at_once == {"sample": 2}


def test_a_burst_never_runs_more_at_once_than_is_reserved_and_none_fails(tmp_path: Path) -> None:
    retry = {
        "ErrorEquals": ["Lambda.TooManyRequestsException"],
        "IntervalSeconds": 1,
        "MaxAttempts": 20,
        "BackoffRate": 1.5,
        "JitterStrategy": "FULL",
    }
    again = {"Retry": [retry], "Output": "{% $states.input %}"}
    steps = {
        "One": task("Note", Next="Two", **again),
        "Two": task("Note", Next="Three", **again),
        "Three": task("Note", End=True, **again),
    }
    with sample_stack(tmp_path, definition(steps), concurrent=True) as stack:
        for number in range(80):
            stack.publish("sample/created", {"id": str(number)})
        stack.run_until_idle()
        assert [run.status for run in stack.executions()] == ["SUCCEEDED"] * 80
        assert sum(call.status == "succeeded" for call in stack.lambda_invocations) == 240
        assert 1 <= stack.most_at_once["sample"] <= 2


def test_one_at_a_time_is_one_at_once(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"Work": task("Work")})) as stack:
        for number in range(5):
            stack.publish("sample/created", {"id": str(number)})
        stack.run_until_idle()
        assert stack.most_at_once == {"sample": 1}


def test_a_right_that_is_taken_away_is_gone(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"Note": task("Note")})) as stack:
        stack.publish("sample/created", {"id": "a"})
        stack.run_until_idle()
        roles = stack.client("iam").list_roles()["Roles"]
        (name,) = (role["RoleName"] for role in roles if "FunctionRole" in role["RoleName"])
        stack.client("iam").delete_role_policy(RoleName=name, PolicyName="its-part")
        stack.publish("sample/created", {"id": "b"})
        stack.run_until_idle()
        assert [run.status for run in stack.executions()] == ["SUCCEEDED", "FAILED"]


def test_an_event_no_rule_wants_starts_nothing(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _machine_waits(1)) as stack:
        assert stack.publish("other/created", {})
        stack.run_until_idle()
        assert stack.executions() == []
        assert stack.undelivered_events() == []


def test_the_functions_role_is_enforced(tmp_path: Path) -> None:
    machine = definition({"Note": task("Note", Next="Forbidden"), "Forbidden": task("Forbidden")})
    with sample_stack(tmp_path, machine) as stack:
        stack.publish("sample/created", {"id": "allowed"})
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.error) == ("FAILED", "ClientError")
        assert run.cause is not None
        assert "AccessDenied" in run.cause
        assert "dynamodb:Scan" in run.cause
        items = stack.client("dynamodb").scan(TableName=TABLE)["Items"]
        assert [item["id"]["S"] for item in items] == ["allowed"], "the operator may do both"


def test_a_state_machine_whose_role_may_not_call_the_function_does_not(tmp_path: Path) -> None:
    changes = {
        "MachineRole": role("states.amazonaws.com", allow("lambda:InvokeFunction", "arn:aws:lambda:::no"))
    }
    with sample_stack(tmp_path, definition({"Work": task("Work")}), changes=changes) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.error) == ("FAILED", "Lambda.AWSLambdaException")
        assert run.cause is not None
        assert "not authorized to perform: lambda:InvokeFunction" in run.cause
        assert stack.lambda_invocations == []


def test_without_enforcement_every_role_may_do_everything(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"F": task("Forbidden")}), enforce_iam=False) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert stack.executions()[0].status == "SUCCEEDED"


def test_a_roles_key_with_a_guessed_secret_is_refused(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"Environment": task("Environment")})) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        environment = stack.executions()[0].output
        stranger = boto3.client(
            "dynamodb",
            endpoint_url=stack.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key="guessed",
            aws_session_token=environment["AWS_SESSION_TOKEN"],
        )
        with pytest.raises(ClientError, match="signature"):
            stranger.put_item(TableName=TABLE, Item={"id": {"S": "x"}})


def test_nothing_of_a_stack_is_left_in_the_next(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _machine_waits(1)) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        arn = stack.executions()[0].arn
    with sample_stack(tmp_path, _machine_waits(1)) as stack:
        assert stack.executions() == []
        assert stack.clock.now() == START
        with pytest.raises(ClientError, match="ExecutionDoesNotExist"):
            stack.history(arn)


def test_two_equal_runs_are_equal_to_the_last_id(tmp_path: Path) -> None:
    def run() -> tuple[Any, ...]:
        with sample_stack(tmp_path, definition({"Send": task("Send")})) as stack:
            ids = [stack.publish("sample/created", {"id": str(number)}) for number in range(3)]
            stack.run_until_idle()
            return ids, stack.executions(), stack.simulator.sent, stack.lambda_invocations

    assert run() == run()


def test_time_has_no_meaning_for_the_zone_of_the_machine(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _machine_waits(1)):
        assert datetime.now(UTC) == START  # noqa: TID251 - the frozen clock is what is tested


def test_a_port_that_can_not_be_had_is_named_with_the_reason(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _machine_waits(1)) as stack:
        port = int(stack.endpoint_url.rpartition(":")[2])
    assert load(port).endpoint_url == stack.endpoint_url
    with pytest.raises(PortUnavailableError, match=rf"^127\.0\.0\.1:{port + 1}: .* has another port$"):
        load(port + 1)


def test_a_page_in_a_browser_can_not_call_the_stack(tmp_path: Path) -> None:
    with sample_stack(tmp_path, _machine_waits(1)) as stack:
        asked = requests.get(stack.endpoint_url, headers={"Origin": "https://example.com"}, timeout=120)
        other = requests.get(stack.endpoint_url, timeout=120)
    assert (asked.status_code, "Access-Control-Allow-Origin" in asked.headers) == (403, False)
    assert other.status_code == 200
