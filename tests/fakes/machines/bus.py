"""A rule on moto's bus that keeps every event in a queue."""

import json
from dataclasses import dataclass
from typing import Any

import boto3

from clinic.contracts.environment import Env
from tests.fakes.stores.aws import ENVIRONMENT


@dataclass(frozen=True)
class Recorder:
    """What was put on the bus since it was asked last."""

    queue_url: str

    def received(self) -> list[dict[str, Any]]:
        """The events, in no particular order."""
        queues, found = boto3.client("sqs"), []
        while messages := queues.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                found.append(json.loads(message["Body"]))
                queues.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return found


def recorded_bus() -> Recorder:
    """Record what Citas puts on its bus; inside `account`."""
    bus = ENVIRONMENT[Env.EVENT_BUS_NAME]
    events, queues = boto3.client("events"), boto3.client("sqs")
    url = queues.create_queue(QueueName="seen")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="all", EventBusName=bus, EventPattern='{"source": ["citas"]}')
    events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
    return Recorder(url)
