"""`citas dlq` and the changes of runs' statuses that the run ledger could not record, on moto."""

import json
from datetime import UTC, datetime

import boto3
import pytest
import time_machine
from moto import mock_aws

from tests.console.conftest import Citas
from tests.fakes.operations.runs import status_change

TOLD = json.dumps(status_change("SUCCEEDED"))


def test_what_the_run_ledger_could_not_record_is_listed_dropped_and_goes_back_to_its_queue(
    citas: Citas, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    now = datetime(2026, 11, 30, 15, tzinfo=UTC)
    with mock_aws(), time_machine.travel(now, tick=False) as clock:
        sqs = boto3.client("sqs")
        names = ("undelivered-events", "unrecorded-runs", "run-ledger")
        _, unrecorded, ledger = (sqs.create_queue(QueueName=f"citas-dev-{it}")["QueueUrl"] for it in names)
        sqs.send_message(QueueUrl=unrecorded, MessageBody=TOLD)
        (letter,) = json.loads(citas("dlq", "list", "--json").stdout)
        shown = (letter["queue"], letter["about"], letter["code"])
        assert shown == ("unrecorded-runs", "x-1", "REPEATED_FAILURE")
        assert "log" in letter["reason"]
        clock.shift(1)
        done = citas("dlq", "redrive", "--yes", "--json")
        assert json.loads(done.stdout) == {"redriven": 1, "left": 0}
        (again,) = sqs.receive_message(QueueUrl=ledger)["Messages"]
        assert json.loads(again["Body"]) == json.loads(TOLD)
        sqs.send_message(QueueUrl=unrecorded, MessageBody=TOLD)
        assert citas("dlq", "drop", letter["event_id"], "--yes").exit_code == 0
        clock.shift(1)
        assert json.loads(citas("dlq", "list", "--json").stdout) == []
