"""A step reaches other runs over the AWS API: it stops them, and starts them with events."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from local.stack import LocalStack
from tests.local.sample import ACCOUNT, START, TABLE, allow, definition, role, sample_stack, schedule, task

RUNS = f"arn:aws:states:us-east-1:{ACCOUNT}:execution:citas-dev-sample:*"
BUS = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/citas-dev"
ROLE = role(
    "lambda.amazonaws.com",
    allow("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}"),
    allow("states:StopExecution", RUNS),
    allow("events:PutEvents", BUS),
)
RETRY = {"ErrorEquals": ["Lambda.TooManyRequestsException"], "IntervalSeconds": 1, "MaxAttempts": 99}
WAIT: dict[str, Any] = {"Type": "Wait", "Seconds": 9 * 86400, "Next": "Work"}
WAITS = definition({"Wait": WAIT, "Work": task("Work")})


def _choose(machine: dict[str, Any]) -> dict[str, Any]:
    """A run that is told of another stops it, one with events publishes them; any other does ``machine``."""
    choices = [
        {"Condition": "{% $exists($states.input.run) %}", "Next": "Stop"},
        {"Condition": "{% $exists($states.input.publish) %}", "Next": "Publish"},
    ]
    return definition(
        {
            "Which": {"Type": "Choice", "Choices": choices, "Default": machine["StartAt"]},
            "Stop": task("Stop", Retry=[RETRY], End=True),
            "Publish": task("Publish", Retry=[RETRY], End=True),
            **machine["States"],
        },
        "Which",
    )


def _stack(folder: Path, machine: dict[str, Any], **options: Any) -> LocalStack:
    changes = {"FunctionRole": ROLE, **options.pop("changes", {})}
    return sample_stack(folder, _choose(machine), changes=changes, **options)


def _map(at_once: int, items: list[int]) -> dict[str, Any]:
    each = {"Type": "Map", "Items": items, "MaxConcurrency": at_once, "ItemProcessor": WAITS, "End": True}
    return definition({"Each": each})


BOTH = definition({"Both": {"Type": "Parallel", "Branches": [WAITS, WAITS], "End": True}})


@pytest.mark.parametrize("concurrent", [False, True], ids=["serial", "concurrent"])
@pytest.mark.parametrize(
    "machine",
    [WAITS, _map(1, [1, 2]), _map(3, [1, 2, 3]), _map(2, [1, 2, 3]), BOTH],
    ids=["wait", "map", "map side by side", "map two by two", "parallel"],
)
def test_a_step_stops_a_run_that_waits(tmp_path: Path, machine: dict[str, Any], concurrent: bool) -> None:
    with _stack(tmp_path, machine, concurrent=concurrent) as stack:
        stack.publish("sample/created", {})
        stack.advance(hours=1)
        stack.publish("sample/created", {"run": stack.executions()[0].arn})
        stack.run_until_idle()
        stopped, other = stack.executions()
        assert (stopped.status, stopped.error, stopped.cause) == ("ABORTED", "Gone", "a step")
        assert stopped.stopped_at == START + timedelta(hours=1)
        assert other.status == "SUCCEEDED"
        assert [call.step for call in stack.lambda_invocations] == ["Stop"]
        assert (stack.clock.now(), stack.clock.pending) == (START + timedelta(hours=1), 0)


def test_a_stopped_run_is_stopped_again_without_an_error(tmp_path: Path) -> None:
    with _stack(tmp_path, WAITS) as stack:
        stack.publish("sample/created", {})
        stack.advance(hours=1)
        for _ in range(2):
            stack.publish("sample/created", {"run": stack.executions()[0].arn})
            stack.advance(hours=1)
        assert [run.status for run in stack.executions()] == ["ABORTED", "SUCCEEDED", "SUCCEEDED"]
        assert stack.executions()[0].stopped_at == START + timedelta(hours=1)


def test_a_run_that_has_ended_is_left_as_it_is(tmp_path: Path) -> None:
    with _stack(tmp_path, definition({"Work": task("Work")})) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        before = stack.executions()[0]
        stack.publish("sample/created", {"run": before.arn})
        stack.run_until_idle()
        assert stack.executions()[0] == before
        assert "Execution is not running" in str(stack.executions()[1].cause)


@pytest.mark.parametrize("fails", [False, True])
def test_a_run_that_a_step_of_its_own_stops_goes_no_further(tmp_path: Path, fails: bool) -> None:
    steps = definition({"Stop": task("Stop", Next="Work"), "Work": task("Work")})
    payload = steps["States"]["Stop"]["Arguments"]["Payload"]
    payload["input"] = {"run": "{% $states.context.Execution.Id %}", "fails": fails}
    with sample_stack(tmp_path, steps, changes={"FunctionRole": ROLE}) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        (run,) = stack.executions()
        assert (run.status, run.error, run.output) == ("ABORTED", "Gone", None)
        assert [call.step for call in stack.lambda_invocations] == ["Stop"]
        assert stack.history(run.arn)[-1]["type"] == "ExecutionAborted"


@pytest.mark.parametrize("action", ["states:StopExecution", "events:PutEvents"])
def test_a_step_may_only_do_what_its_role_allows(tmp_path: Path, action: str) -> None:
    others = "arn:aws:states:us-east-1:000000000000:execution:citas-dev-other:*"
    changes = {"FunctionRole": role("lambda.amazonaws.com", allow(action, others))}
    with _stack(tmp_path, WAITS, changes=changes) as stack:
        stack.publish("sample/created", {})
        stack.advance(hours=1)
        stopped = {"run": stack.executions()[0].arn}
        stack.publish("sample/created", stopped if action.startswith("states") else {"publish": [{}]})
        stack.advance(hours=1)
        waiting, failed = stack.executions()
        assert (waiting.status, failed.status) == ("RUNNING", "FAILED")
        assert f"is not authorized to perform: {action}" in str(failed.cause)


def test_a_step_stops_a_run_that_a_schedule_started(tmp_path: Path) -> None:
    with _stack(tmp_path, WAITS, changes={"Night": schedule("rate(1 day)")}) as stack:
        stack.run_until(START + timedelta(days=1))
        stack.publish("sample/created", {"run": stack.executions()[0].arn})
        stack.run_until_idle()
        assert [run.status for run in stack.executions()] == ["ABORTED", "SUCCEEDED"]
        assert stack.clock.pending == 1, "the next tick"


@pytest.mark.parametrize("concurrent", [False, True], ids=["serial", "concurrent"])
def test_a_step_starts_runs_with_events_at_the_same_instant(tmp_path: Path, concurrent: bool) -> None:
    with _stack(
        tmp_path, definition({"Work": task("Work", Retry=[RETRY], End=True)}), concurrent=concurrent
    ) as stack:
        stack.advance(hours=1)
        stack.publish("sample/created", {"publish": [{"id": str(number)} for number in range(10)]})
        stack.run_until_idle()
        first, *others = stack.executions()
        assert [run.input for run in others] == [{"id": str(number)} for number in range(10)]
        assert {run.started_at for run in (first, *others)} == {START + timedelta(hours=1)}
        assert {run.status for run in (first, *others)} == {"SUCCEEDED"}


def test_runs_that_start_runs_come_out_the_same_each_time(tmp_path: Path) -> None:
    pages = [{"publish": [{"id": f"{page}-{number}"} for number in range(5)]} for page in range(4)]

    def run() -> list[Any]:
        with _stack(tmp_path, definition({"Work": task("Work")})) as stack:
            stack.publish("sample/created", {"publish": pages})
            stack.run_until_idle()
            return [(run.arn, run.input_text, run.output_text) for run in stack.executions()]

    first = run()
    assert len(first) == 1 + 4 + 20
    assert run() == first


def test_runs_started_in_a_map_that_fails_go_on(tmp_path: Path) -> None:
    """A run's thread begins in the context of the step that started it, but is no part of its Map."""
    each = {
        "Type": "Map",
        "Items": "{% $states.input.each %}",
        "MaxConcurrency": 2,
        "ItemProcessor": definition(
            {
                "Which": {
                    "Type": "Choice",
                    "Choices": [{"Condition": "{% $exists($states.input.publish) %}", "Next": "PublishNow"}],
                    "Default": "Fail",
                },
                "PublishNow": task("Publish"),
                "Fail": task("Fail"),
            }
        ),
        "End": True,
    }
    for kind, name in (("PublishNow", "Publish"), ("Fail", "Fail")):
        each["ItemProcessor"]["States"][kind]["Arguments"]["Payload"]["step"] = name  # type: ignore[index]  # above
    states = {
        "Which": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $exists($states.input.each) %}", "Next": "Each"}],
            "Default": "Wait",
        },
        "Each": each,
        "Wait": {"Type": "Wait", "Seconds": 60, "Next": "Work"},
        "Work": task("Work"),
    }
    with sample_stack(tmp_path, definition(states), changes={"FunctionRole": ROLE}) as stack:
        stack.publish("sample/created", {"each": [{"publish": [{"id": "a"}]}, {}]})
        stack.run_until_idle()
        assert [run.status for run in stack.executions()] == ["FAILED", "SUCCEEDED"]


def test_the_fault_of_an_event_is_not_that_of_the_events_its_runs_publish(tmp_path: Path) -> None:
    faults = {"events": [{"line": 1, "delivered": 2, "late": "1h"}]}
    with _stack(tmp_path, definition({"Work": task("Work")}), faults=faults) as stack:
        stack.publish("sample/created", {"publish": [{"id": "a"}]}, line=1)
        stack.run_until_idle()
        assert len(stack.executions()) == 4
        assert {run.started_at for run in stack.executions()} == {START + timedelta(hours=1)}
