"""The dead-letter queue: SQS, through boto3."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clinic.adapters.aws_errors import asks_to_slow_down, is_servers_fault
from clinic.domain.errors import QueueUnavailableError

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

_WAITING = "ApproximateNumberOfMessages"
_LOOKED_AT = "ApproximateNumberOfMessagesNotVisible"


@dataclass(frozen=True)
class SqsDeadLetters:
    """Fulfils `clinic.services.operations.health.DeadLetters`."""

    client: "SQSClient"
    queue_url: str

    @classmethod
    def open(cls, queue_url: str) -> Self:
        """The queue at this address; time-outs (seconds) leave a function's 30 seconds room for a retry."""
        config = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
        # A session of its own: the default one keeps the credentials of whoever asked for it first.
        return cls(boto3.Session().client("sqs", config=config), queue_url)

    def depth(self) -> int:
        """How many events wait in it, those included that somebody looks at."""
        asked: Any = [_WAITING, _LOOKED_AT]
        try:
            answer = self.client.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=asked)
        except BotoCoreError:
            raise QueueUnavailableError("SQS did not answer") from None
        except ClientError as error:
            if asks_to_slow_down(error) or is_servers_fault(error):
                raise QueueUnavailableError("SQS is not available") from None
            raise
        counts: dict[Any, str] = dict(answer["Attributes"])
        return int(counts[_WAITING]) + int(counts[_LOOKED_AT])
