"""A state machine on moto's Step Functions interpreter, its waits taken by moving a frozen clock.

Three places of moto 5.2.5 are replaced: JSONata (moto wants a Java library), the call of a function, and
the two ways in which it waits. And a definition is parsed once: its grammar takes longer than a run.
"""

import functools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import jsonata
import pytest
import time_machine

from clinic.contracts.workflows import Workflow
from tests.fakes.machines.lambda_process import invoke
from tests.fakes.machines.threads import end_of_all_but

STATE_MACHINES = Path(__file__).parents[3] / "state_machines"
MOTO_CONFIG = {"stepfunctions": {"execute_state_machine": True}, "lambda": {"use_docker": False}}

_PARSER = "moto.stepfunctions.parser.asl"
_MOST_CALLS = 50


@dataclass(frozen=True)
class Run:
    """A run that has ended."""

    status: str
    output: Any
    error: str | None
    cause: str | None
    calls: list[str]


@dataclass(frozen=True)
class MotoMachine:
    """One workflow, ready to be run.

    Attributes:
        redrives: how often the run has been redriven by each next call of `ReportUnfinished`. moto knows no
            redrive: where one would enter that state again, its first entry stands for the second here.
    """

    arn: str
    calls: list[str]
    redrives: list[int]

    def run(self, payload: Any) -> Run:
        """Run it to its end."""
        client = boto3.client("stepfunctions")
        others = set(threading.enumerate())
        started = client.start_execution(
            stateMachineArn=self.arn, name=f"run-{len(self.calls)}", input=json.dumps(payload)
        )
        end_of_all_but(others)
        answer = client.describe_execution(executionArn=started["executionArn"])
        output = json.loads(answer["output"]) if answer.get("output") else None
        return Run(answer["status"], output, answer.get("error"), answer.get("cause"), list(self.calls))


def moto_machine(
    monkeypatch: pytest.MonkeyPatch,
    workflow: Workflow,
    function: ModuleType,
    clock: time_machine.Traveller,
    die: Callable[[str, int], bool] = lambda step, call: False,
) -> MotoMachine:
    """Create the workflow's state machine; inside `account(..., MOTO_CONFIG)`.

    Args:
        monkeypatch: undoes what is replaced.
        workflow: which one.
        function: its step handlers, imported.
        clock: the frozen clock that waits move.
        die: whether the nth call of a step dies before it does anything.
    """
    calls: list[str] = []
    redrives: list[int] = []

    def call_function(parameters: dict[str, Any], **_: Any) -> dict[str, Any]:
        event = json.loads(parameters["Payload"])
        calls.append(event["step"])
        assert len(calls) <= _MOST_CALLS, "the run goes round in circles"
        if die(event["step"], calls.count(event["step"])):
            return _failure("Runtime.ExitError", "RequestId: x Error: Runtime exited")
        if event["step"] == "ReportUnfinished" and redrives:
            event["input"]["redrives"] = redrives.pop(0)
        try:
            answer = invoke(function, event["step"], event["input"], event["execution"])
        except Exception as error:  # noqa: BLE001 - a function's error is its caller's answer
            return _failure(type(error).__name__, str(error))
        return {"StatusCode": 200, "Payload": answer}

    def wait(seconds: float) -> None:
        if seconds > 0:
            clock.shift(timedelta(seconds=seconds))

    lambdas = import_module(f"{_PARSER}.component.state.exec.state_task.lambda_eval_utils")
    monkeypatch.setattr(lambdas, "_invoke_lambda_function", call_function)
    waits = import_module(f"{_PARSER}.component.state.wait.wait_function.wait_function")
    monkeypatch.setattr(waits.WaitFunction, "_wait_interval", lambda _, env, wait_seconds: wait(wait_seconds))
    retries = import_module(f"{_PARSER}.component.common.retry.retrier_decl")
    monkeypatch.setattr(retries, "time", SimpleNamespace(sleep=wait))
    evaluator = import_module(f"{_PARSER}.jsonata.jsonata")
    monkeypatch.setattr(evaluator, "_eval_jsonata", lambda text: jsonata.Jsonata(text).evaluate(None))

    parser = import_module(f"{_PARSER}.parse.asl_parser")
    monkeypatch.setattr(parser.AmazonStateLanguageParser, "parse", _parsed)

    definition = (STATE_MACHINES / workflow.definition_file).read_text()
    arn = "arn:aws:lambda:us-east-1:123456789012:function:citas-test-" + workflow.name
    created = boto3.client("stepfunctions").create_state_machine(
        name=workflow.name,
        definition=definition.replace(f"${{{workflow.function_substitution}}}", arn),
        roleArn="arn:aws:iam::123456789012:role/states",
    )
    return MotoMachine(created["stateMachineArn"], calls, redrives)


_parse_asl: Callable[[str], tuple[Any, Any]] = import_module(
    f"{_PARSER}.parse.asl_parser"
).AmazonStateLanguageParser.parse


@functools.cache
def _tree(definition: str) -> Any:
    return _parse_asl(definition)[1]


def _parsed(definition: str) -> tuple[Any, Any]:
    """A program of its own for each run, made of the same tree."""
    tree = _tree(definition)
    preprocessor = import_module(f"{_PARSER}.parse.preprocessor").Preprocessor()
    return preprocessor.visit(tree), tree


def _failure(kind: str, message: str) -> dict[str, Any]:
    return {
        "StatusCode": 200,
        "FunctionError": "Unhandled",
        "Payload": {"errorType": kind, "errorMessage": message},
    }
