"""Every step function shares the runtime."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aws_lambda_powertools import Logger

from clinic.bootstrap.application import Application
from clinic.contracts.steps.base import IntentReference, StepModel
from clinic.domain.errors import InvalidStepInputError, PermanentError, UnexpectedStepError
from lambdas.runtime import Call, StepFunction, describe_fault, step_name
from tests.fakes.machines.lambda_process import Context

APPLICATION = cast(Application, SimpleNamespace())


def function(*steps: Any) -> StepFunction:
    return StepFunction(
        {step.__name__: step for step in steps},
        lambda: APPLICATION,
        Logger(service="unit-test", level="CRITICAL"),
    )


def call(handler: StepFunction, event: Any) -> dict[str, Any]:
    return handler(event, cast(Any, Context("request-1")))


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("PlanReminders", "plan_reminders"),
        ("SendConfirmation", "send_confirmation"),
        ("RecordConfirmationFailure", "record_confirmation_failure"),
        ("Send", "send"),
    ],
)
def test_a_state_calls_the_step_of_its_name(state: str, step: str) -> None:
    assert step_name(state) == step


def test_a_step_gets_the_states_input_and_the_id_of_its_own_request() -> None:
    seen: list[Call] = []

    def look_around(given: Call) -> StepModel:
        seen.append(given)
        return IntentReference(intent_id="x")

    answer = call(function(look_around), {"step": "LookAround", "execution": "e", "input": {"a": 1}})
    assert answer == {"intentId": "x"}
    assert (seen[0].input, seen[0].request_id, seen[0].now.tzname()) == ({"a": 1}, "request-1", "UTC")


@pytest.mark.parametrize(
    "event",
    [None, {}, {"step": "X", "execution": "e"}, {"step": "X", "execution": "e", "input": 1, "more": 2}, []],
)
def test_a_call_of_another_form_is_refused(event: Any) -> None:
    with pytest.raises(InvalidStepInputError):
        call(function(), event)


def test_an_error_raised_on_purpose_keeps_its_name() -> None:
    class MadeUpError(PermanentError):
        pass

    def fail(given: Call) -> StepModel:
        raise MadeUpError("reservation#r-17")

    with pytest.raises(MadeUpError, match="reservation#r-17"):
        call(function(fail), {"step": "Fail", "execution": "e", "input": {}})


def test_a_fault_keeps_its_kind_and_place_and_loses_its_text() -> None:
    def fail(given: Call) -> StepModel:
        raise KeyError("Paciente Ejemplo")

    with pytest.raises(UnexpectedStepError, match=r"^Fail: KeyError at test_runtime\.py:\d+$") as raised:
        call(function(fail), {"step": "Fail", "execution": "e", "input": {}})
    assert raised.value.__suppress_context__


def test_the_place_of_a_fault_is_the_line_that_raised_it() -> None:
    with pytest.raises(ValueError, match="Paciente") as raised:
        int("Paciente Ejemplo")
    fault = describe_fault(raised.value)
    assert fault.startswith("ValueError at test_runtime.py:")
    assert "Paciente" not in fault
