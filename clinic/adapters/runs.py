"""Runs of state machines: Step Functions, through boto3."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clinic.adapters.aws_errors import asks_to_slow_down, error_code, is_servers_fault
from clinic.domain.errors import RunsUnavailableError
from clinic.domain.operations.run_history import HistoryEvent
from clinic.domain.operations.runs import RunStatus
from clinic.services.operations.ports import RunDescription

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

# The second is what a Step Functions says that has no such operation, as emulators do.
_NOT_REDRIVABLE = {"ExecutionNotRedrivable", "InvalidAction", "UnknownOperationException"}
# What one answer holds at most; nearly every run's whole history.
_MOST_EVENTS = 1000
# A run that ended long ago is forgotten; one that has ended may be refused by its kind.
_NOT_RUNNING = {"ExecutionDoesNotExist", "ValidationException"}


@dataclass(frozen=True)
class StepFunctionsRuns:
    """Fulfils `clinic.services.ports.Runs`, and `RunInspector` and `RunControl` of `runs_port`."""

    client: "SFNClient"

    @classmethod
    def open(cls, attempts: int = 3) -> Self:
        """Step Functions; time-outs (seconds) leave a function's 30 seconds room for a retry.

        Args:
            attempts: how often one question is asked until it is answered.
        """
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": attempts})
        # A session of its own: the default one keeps the credentials of whoever asked for it first.
        return cls(boto3.Session().client("stepfunctions", config=config))

    def stop(self, run: str, cause: str) -> bool:
        """Stop a run by its ARN, if it still runs; whether it did."""
        try:
            with _runs_errors():
                # Without its input, which may hold a patient's data: whether it runs is all that counts.
                found = self.client.describe_execution(executionArn=run, includedData="METADATA_ONLY")
                if found["status"] != "RUNNING":
                    return False
                self.client.stop_execution(executionArn=run, cause=cause)
        except ClientError as error:
            if error_code(error) in _NOT_RUNNING:
                return False
            raise
        return True

    def describe(self, run: str) -> RunDescription | None:
        """What Step Functions says of a run."""
        try:
            with _runs_errors():
                found = self.client.describe_execution(executionArn=run)
        except ClientError as error:
            if error_code(error) == "ExecutionDoesNotExist":
                return None
            raise
        stopped_at = found.get("stopDate")
        return RunDescription(
            status=RunStatus(found["status"]),
            started_at=found["startDate"].astimezone(UTC),
            stopped_at=stopped_at.astimezone(UTC) if stopped_at is not None else None,
            redrives=found.get("redriveCount", 0),
            input_text=found.get("input"),
            error=found.get("error"),
            cause=found.get("cause"),
            is_redrivable=found.get("redriveStatus") == "REDRIVABLE",
        )

    def history(self, run: str) -> Sequence[HistoryEvent]:
        """The newest events of a run's history."""
        with _runs_errors():
            answer = self.client.get_execution_history(
                executionArn=run, maxResults=_MOST_EVENTS, reverseOrder=True, includeExecutionData=False
            )
        return [
            HistoryEvent(event["id"], event.get("previousEventId", 0), event["type"], event["timestamp"])
            for event in answer["events"]
        ]

    def is_current(self, run: str) -> bool:
        """Whether a run's definition still is its state machine's."""
        with _runs_errors():
            own = self.client.describe_state_machine_for_execution(executionArn=run)
            current = self.client.describe_state_machine(stateMachineArn=own["stateMachineArn"])
        return own["definition"] == current["definition"]

    def redrive(self, run: str, token: str) -> bool:
        """Have a failed run go on; whether Step Functions takes it."""
        try:
            with _runs_errors():
                self.client.redrive_execution(executionArn=run, clientToken=token)
        except ClientError as error:
            if error_code(error) in _NOT_REDRIVABLE:
                return False
            raise
        return True

    def start_again(self, run: str, name: str, input_text: str | None) -> str:
        """Start a run of the same state machine under a name of its own."""
        machine = run.rpartition(":")[0].replace(":execution:", ":stateMachine:")
        try:
            with _runs_errors():
                started = self.client.start_execution(
                    stateMachineArn=machine, name=name, input=input_text or "{}"
                )
        except ClientError as error:
            if error_code(error) == "ExecutionAlreadyExists":
                return f"{run.rpartition(':')[0]}:{name}"
            raise
        return started["executionArn"]


@contextmanager
def _runs_errors() -> Iterator[None]:
    try:
        yield
    except BotoCoreError:
        raise RunsUnavailableError("Step Functions did not answer") from None
    except ClientError as error:
        if asks_to_slow_down(error) or is_servers_fault(error):
            raise RunsUnavailableError("Step Functions is not available") from None
        raise
