"""Every step function shares this: reading a call, the clock, logging, errors without patient data."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import PurePath
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError

from clinic.bootstrap.application import Application, bootstrap
from clinic.contracts.settings import Settings
from clinic.contracts.steps.base import StepCall, StepModel
from clinic.contracts.validation import parse_step_input
from clinic.domain.errors import CitasError, InvalidStepInputError, UnexpectedStepError
from lambdas import cold_start

_LOGGED_RESULTS = ("reservationId", "requestId", "prescriptionId", "outcome", "intentId", "status", "reason")
_WORD_START = re.compile(r"(?<!^)(?=[A-Z])")


class LogEvent(StrEnum):
    """The log lines a function writes; ids only."""

    STEP_DONE = "step_done"
    STEP_FAILED = "step_failed"
    CALL_TAKEN = "call_taken"
    CALL_REFUSED = "call_refused"
    CALL_FAILED = "call_failed"
    STATE_INCONSISTENT = "state_inconsistent"


@dataclass(frozen=True)
class Call:
    """One call of a step.

    Attributes:
        input: the state's input.
        now: the instant at which the function was entered: the one reading of the clock.
        request_id: names this attempt; a retry has another.
        run: the ARN of the run that calls.
        application: the use cases.
    """

    input: Any
    now: datetime
    request_id: str
    run: str
    application: Application


Step = Callable[[Call], StepModel]
Handler = Callable[[dict[str, Any], LambdaContext], dict[str, Any]]


def entered_at() -> datetime:
    """The one reading of the clock, at a handler's entry."""
    return datetime.now(UTC)


def step_name(state_name: str) -> str:
    """The handler a state calls: ``SendConfirmation`` → ``send_confirmation``."""
    return _WORD_START.sub("_", state_name).lower()


@dataclass(frozen=True)
class StepFunction:
    """A Lambda function that runs one workflow's steps.

    The use cases are built at the first call and kept while the process lives.
    """

    steps: dict[str, Step]
    application: Callable[[], Application]
    logger: Logger

    def __call__(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Run the step the calling state is named after.

        Raises:
            CitasError: see `clinic.domain.errors`; any other error becomes an `UnexpectedStepError`.
        """
        now = entered_at()
        try:
            return self._run(event, context, now)
        finally:
            cold_start.end()

    def _run(self, event: dict[str, Any], context: LambdaContext, now: datetime) -> dict[str, Any]:
        call = parse_step_input(StepCall, event)
        ids = {"step": call.step, "execution": call.execution, "request_id": context.aws_request_id}
        try:
            step = self._step(call.step)
            result = step(
                Call(call.input, now, context.aws_request_id, call.execution, self.application())
            ).to_payload()
        except CitasError as error:
            self.logger.warning(LogEvent.STEP_FAILED, extra={**ids, "error": describe(error)})
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not leave this function
            fault = describe_fault(error)
            self.logger.error(LogEvent.STEP_FAILED, extra={**ids, "error": fault})  # noqa: TRY400 - a traceback would have its text
            raise UnexpectedStepError(f"{call.step}: {fault}") from None
        outcome = {name: result[name] for name in _LOGGED_RESULTS if name in result}
        self.logger.info(LogEvent.STEP_DONE, extra={**ids, **outcome})
        return result

    def _step(self, state_name: str) -> Step:
        try:
            return self.steps[step_name(state_name)]
        except KeyError:
            raise InvalidStepInputError(f"no step belongs to the state {state_name}") from None


def describe(error: CitasError) -> str:
    """An error raised on purpose, in a line: its text carries ids only."""
    return f"{type(error).__name__}: {error}"


def describe_fault(error: Exception) -> str:
    """A fault's kind and place; a library's message may quote the data it was working on."""
    where = extract_tb(error.__traceback__)[-1]
    # What AWS calls its error is a name of its own, and says more than the client's class.
    code = f" {error.response['Error']['Code']}" if isinstance(error, ClientError) else ""
    return f"{type(error).__name__}{code} at {PurePath(where.filename).name}:{where.lineno}"


@cache
def application() -> Application:
    """The use cases, built at the first call and kept while the process lives."""
    return bootstrap(Settings.from_environment(os.environ))


def step_function(*steps: Step) -> StepFunction:
    """The function's handler for these steps; a step's name is its function's name."""
    return StepFunction({step.__name__: step for step in steps}, application, Logger())
