"""A stage `dev` that is deployed on moto, with what tests put into it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import time_machine

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.runs import DynamoRunLedger
from clinic.domain.instants import to_sortable_text
from clinic.domain.operations.runs import Run, RunStatus
from tests.fakes.stores.tables import create_tables

REGION, ACCOUNT = "us-east-1", "123456789012"
NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PERSONAL = ("Paciente Ejemplo", "5500000001")


class Account:
    """A stage `dev`, with what the tests put into it."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock = clock
        create_tables(boto3.client("dynamodb"), prefix="citas-dev-")
        self.queue = boto3.client("sqs").create_queue(QueueName="citas-dev-undelivered-events")["QueueUrl"]
        boto3.client("sqs").create_queue(QueueName="citas-dev-unrecorded-runs")
        self.heard = boto3.client("sqs").create_queue(QueueName="heard")["QueueUrl"]
        self._listen()
        self.store = DynamoRunLedger.open_table(connect(REGION), "citas-dev-runs")

    def _listen(self) -> None:
        events = boto3.client("events")
        events.create_event_bus(Name="citas-dev")
        events.put_rule(Name="all", EventBusName="citas-dev", EventPattern='{"version": ["0"]}')
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:heard"
        events.put_targets(Rule="all", EventBusName="citas-dev", Targets=[{"Id": "1", "Arn": arn}])

    def on_the_bus(self) -> list[dict[str, Any]]:
        answer = boto3.client("sqs").receive_message(QueueUrl=self.heard, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def run(self, name: str, status: RunStatus, ago: timedelta = MINUTE, **more: Any) -> Run:
        ended = {} if status.is_open else {"stopped_at": NOW, "busy": timedelta(seconds=2), "transitions": 9}
        whole = Run(
            workflow=more.pop("workflow", "appointment-reminders"),
            name=name,
            arn=f"arn:aws:states:{REGION}:{ACCOUNT}:execution:citas-dev-appointment-reminders:{name}",
            status=status,
            started_at=NOW - ago,
            subjects=more.pop("subjects", {"reservationId": f"r-{name}"}),
            **{**ended, **more},
        )
        self.store.note(whole)
        return whole

    def dead_letter(
        self,
        number: int,
        detail_type: str = "appointment/created",
        *,
        about: str | None = None,
        source: str = "citas.publisher",
        target: str = "arn:aws:states:::stateMachine:x",
    ) -> None:
        detail = {
            "reservationId": about or f"r-{number}",
            "patientName": PERSONAL[0],
            "patientPhone": f"+52{PERSONAL[1]}",
        }
        event = {
            "id": f"e-{number}",
            "detail-type": detail_type,
            "source": source,
            "detail": detail,
        }
        boto3.client("sqs").send_message(
            QueueUrl=self.queue,
            MessageBody=json.dumps(event),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": text}
                for name, text in (
                    ("ERROR_CODE", "NO_PERMISSIONS"),
                    ("ERROR_MESSAGE", "not allowed"),
                    ("TARGET_ARN", target),
                )
            },
        )


def put_slot(start: datetime, booked: list[str]) -> None:
    slot = {
        "profile_id": {"S": "dr-1"},
        "slot_id": {"S": f"dr-1:s-1:{start:%Y%m%dT%H%MZ}"},
        "service_id": {"S": "s-1"},
        "start": {"S": to_sortable_text(start)},
        "end": {"S": to_sortable_text(start + 30 * MINUTE)},
        "buffer_until": {"S": to_sortable_text(start + 30 * MINUTE)},
        "capacity": {"N": "2"},
        "reserved_count": {"N": str(len(booked))},
        "status": {"S": "booked" if len(booked) == 2 else "available"},
        "booked": {"L": [{"S": holder} for holder in booked]},
    }
    boto3.client("dynamodb").put_item(TableName="citas-dev-slots", Item=slot)  # type: ignore[arg-type]  # plain
