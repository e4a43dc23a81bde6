"""Functions in this process: environment, cold starts, errors, deaths, what they print."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from local.clock import VirtualClock
from local.stdout_capture import captured
from tests.local.sample import START, TABLE, definition, sample_stack, task

GROUP = "/aws/lambda/citas-dev-sample"
RETRY = {"ErrorEquals": ["Runtime.ExitError"], "IntervalSeconds": 1, "MaxAttempts": 1}


def _run(folder: Path, step: str, *, faults: dict[str, Any] | None = None, times: int = 1) -> Any:
    stack = sample_stack(folder, definition({step: task(step)}), faults=faults)
    with stack:
        for number in range(times):
            stack.publish("sample/created", {"id": str(number)})
        stack.run_until_idle()
        notes = stack.client("dynamodb").scan(TableName=TABLE)["Items"]
        return stack, stack.executions(), sorted(note["id"]["S"] for note in notes)


def test_a_functions_environment_is_exactly_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_MACHINE", "must not be seen")
    stack, (run,), _ = _run(tmp_path, "Environment")
    environment = run.output
    assert environment["TABLE"] == TABLE
    assert environment["WHATSAPP_API_URL"] == f"{stack.simulator.url}/v23.0"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "citas-dev-sample"
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA"), "the role's, not the operator's"
    assert set(environment) == {
        "TABLE",
        "BUS",
        "WHATSAPP_API_URL",
        "WHATSAPP_PHONE_NUMBER_ID",
        "PAYMENTS_API_URL",
        "AWS_ENDPOINT_URL",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "_HANDLER",
        "LANG",
        "TZ",
    }
    assert os.environ["SECRET_OF_THE_MACHINE"] == "must not be seen", "given back"
    assert "TABLE" not in os.environ


def test_the_context_has_what_handlers_read(tmp_path: Path) -> None:
    _, (run,), _ = _run(tmp_path, "Context")
    assert run.output["name"] == "citas-dev-sample"
    assert run.output["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:citas-dev-sample"
    assert run.output["left"] == 30_000
    assert len(run.output["request"]) == 36


def test_only_the_first_call_of_a_stack_is_a_cold_start(tmp_path: Path) -> None:
    for _ in range(2):
        stack, runs, _ = _run(tmp_path, "Work", times=3)
        assert [call.cold for call in stack.lambda_invocations] == [True, False, False]
        assert [run.output["cold"] for run in runs] == [1, 1, 1]
    assert not [name for name in sys.modules if name.split(".")[0] == "steps"]
    assert str(tmp_path) not in sys.path


def test_an_error_is_reported_as_lambda_does(tmp_path: Path) -> None:
    stack, (run,), _ = _run(tmp_path, "Fail")
    (call,) = stack.lambda_invocations
    assert (call.status, call.error, call.step, call.execution) == (
        "failed",
        "RefusedError",
        "Fail",
        run.name,
    )
    assert run.error == "RefusedError"
    cause = json.loads(run.cause)
    assert set(cause) == {"errorType", "errorMessage", "stackTrace"}
    assert (cause["errorType"], cause["errorMessage"]) == ("RefusedError", "field patientPhone")


def test_a_handler_that_cannot_be_imported_is_reported_as_lambda_does(tmp_path: Path) -> None:
    stack = sample_stack(tmp_path, definition({"Work": task("Work")}))
    (tmp_path / "steps" / "sample.py").write_text("import there_is_no_such_module\n")
    with stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert stack.executions()[0].error == "Runtime.ImportModuleError"


def test_what_a_function_prints_is_kept_by_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack, _, _ = _run(tmp_path, "Print")
    assert "a line" in stack.log_lines
    assert any("an error" in line for line in stack.log_lines)
    sys.stdout.write("outside\n")
    assert capsys.readouterr().out == "outside\n"


def test_what_a_function_writes_is_in_its_log_group_a_stream_for_each_process(tmp_path: Path) -> None:
    faults = {"lambda": [{"workflow": "sample", "step": "Print", "call": 2, "dies": "after"}]}
    states = {"Print": task("Print", Retry=[RETRY], Next="Fail"), "Fail": task("Fail")}
    with sample_stack(tmp_path, definition(states), faults=faults, keeps_logs=True) as stack:
        logs = stack.client("logs")
        logs.create_log_group(logGroupName=GROUP)
        for _ in range(2):
            stack.publish("sample/created", {})
            stack.advance(minutes=5)
        events = logs.filter_log_events(logGroupName=GROUP)["events"]
        streams: dict[str, list[str]] = {}
        for event in events:
            streams.setdefault(event["logStreamName"], []).append(event["message"])

    first, second = streams.values()
    assert first.count("a line") == 2
    assert first[-1].endswith("Error: Runtime exited with error: exit status 1\nRuntime.ExitError")
    assert second.count("a line") == 1
    assert second[-1].startswith(
        "[ERROR] RefusedError: field patientPhone\nTraceback (most recent call last):"
    )
    assert all(name.startswith("2026/11/23/[$LATEST]") for name in streams)
    assert events[0]["timestamp"] == START.timestamp() * 1000


def test_what_a_function_prints_while_the_stack_closes_is_kept_from_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []
    close = VirtualClock.close

    def close_late(clock: VirtualClock) -> None:
        """A thread that has begun may end only here."""
        with captured(lines.append):
            sys.stdout.write("late\n")
        close(clock)

    monkeypatch.setattr(VirtualClock, "close", close_late)
    outside = sys.stdout
    with sample_stack(tmp_path, definition({"Print": task("Print")})):
        pass

    assert (lines, capsys.readouterr().out) == (["late"], "")
    assert sys.stdout is outside


def test_without_a_log_group_nothing_is_kept_and_nothing_fails(tmp_path: Path) -> None:
    with sample_stack(tmp_path, definition({"Print": task("Print")}), keeps_logs=True) as stack:
        stack.publish("sample/created", {})
        stack.run_until_idle()
        assert stack.executions()[0].status == "SUCCEEDED"
        assert stack.client("logs").describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize(
    ("dies", "sent", "notes"),
    [
        ("before", 0, []),
        ("before_request", 0, ["before-0"]),
        ("after_request", 1, ["before-0"]),
        ("after", 1, ["after-0", "before-0"]),
    ],
)
def test_a_process_dies_where_the_plan_says(tmp_path: Path, dies: str, sent: int, notes: list[str]) -> None:
    faults = {"lambda": [{"workflow": "sample", "step": "Send", "dies": dies}]}
    stack, (run,), left = _run(tmp_path, "Send", faults=faults)
    assert run.error == "Runtime.ExitError"
    assert "Runtime exited with error" in run.cause
    assert [call.status for call in stack.lambda_invocations] == ["died"]
    assert len(stack.simulator.sent) == sent
    assert left == notes


def test_a_death_around_a_request_is_not_used_up_by_a_step_that_makes_none(tmp_path: Path) -> None:
    work = task("Work", Next="Send", Output="{% $states.input %}")
    states = {"Work": work, "Send": task("Send")}
    faults = {"lambda": [{"workflow": "sample", "dies": "after_request"}]}
    with sample_stack(tmp_path, definition(states), faults=faults) as stack:
        stack.publish("sample/created", {"id": "x"})
        stack.run_until_idle()
        assert [(call.step, call.status) for call in stack.lambda_invocations] == [
            ("Work", "succeeded"),
            ("Send", "died"),
        ]
        assert stack.unused_faults() == []


def test_after_a_death_the_next_call_is_a_cold_start(tmp_path: Path) -> None:
    faults = {"lambda": [{"workflow": "sample", "call": 2, "dies": "after"}]}
    machine = definition({"Work": task("Work", Retry=[RETRY], End=True)})
    with sample_stack(tmp_path, machine, faults=faults) as stack:
        for _ in range(2):
            stack.publish("sample/created", {})
        stack.run_until_idle()
        calls = [(call.status, call.cold) for call in stack.lambda_invocations]
        assert calls == [("succeeded", True), ("died", False), ("succeeded", True)]
        assert {run.status for run in stack.executions()} == {"SUCCEEDED"}
