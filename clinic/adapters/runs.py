"""Runs of state machines: Step Functions, through boto3."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clinic.adapters.aws_errors import asks_to_slow_down, error_code, is_servers_fault
from clinic.domain.errors import RunsUnavailableError

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

# A run that ended long ago is forgotten; one that has ended may be refused by its kind.
_NOT_RUNNING = {"ExecutionDoesNotExist", "ValidationException"}


@dataclass(frozen=True)
class StepFunctionsRuns:
    """Fulfils `clinic.services.workflow_ports.Runs`."""

    client: "SFNClient"

    @classmethod
    def open(cls) -> Self:
        """Step Functions; time-outs (seconds) leave a function's 30 seconds room for a retry."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
        # A session of its own: the default one keeps the credentials of whoever asked for it first.
        return cls(boto3.Session().client("stepfunctions", config=config))

    def stop(self, run: str, cause: str) -> bool:
        """Stop a run by its ARN, if it still runs; whether it did."""
        try:
            # Without its input, which may hold a patient's data: whether it runs is all that counts.
            found = self.client.describe_execution(executionArn=run, includedData="METADATA_ONLY")
            if found["status"] != "RUNNING":
                return False
            self.client.stop_execution(executionArn=run, cause=cause)
        except BotoCoreError:
            raise RunsUnavailableError("Step Functions did not answer") from None
        except ClientError as error:
            if error_code(error) in _NOT_RUNNING:
                return False
            if asks_to_slow_down(error) or is_servers_fault(error):
                raise RunsUnavailableError("Step Functions is not available") from None
            raise
        return True
