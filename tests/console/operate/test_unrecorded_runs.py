"""`citas dlq` and the changes of runs' statuses that the run ledger could not record, on moto."""

import json
from datetime import UTC, datetime

import boto3
import pytest
import time_machine
from moto import mock_aws

from tests.console.conftest import Citas
from tests.fakes.operations.runs import status_change

NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)
TOLD = json.dumps(status_change("SUCCEEDED"))


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")


def test_what_the_run_ledger_could_not_record_is_listed_dropped_and_goes_back_to_its_queue(
    citas: Citas,
) -> None:
    with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
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


def test_a_stage_of_before_a_queue_shows_the_others_and_says_that_a_deploy_brings_it(citas: Citas) -> None:
    missing = "citas: stage dev: there is no queue citas-dev-unrecorded-runs: the next deploy brings it"
    with mock_aws(), time_machine.travel(NOW, tick=False) as clock:
        sqs = boto3.client("sqs")
        queue = sqs.create_queue(QueueName="citas-dev-undelivered-events")["QueueUrl"]
        lost = {"id": "e-1", "source": "someone", "detail-type": "appointment/created", "detail": {}}
        for event_id in ("e-1", "e-2"):
            sqs.send_message(QueueUrl=queue, MessageBody=json.dumps({**lost, "id": event_id}))
        boto3.client("events").create_event_bus(Name="citas-dev")
        for command in (("list",), ("show", "e-1"), ("drop", "e-1", "--yes"), ("redrive", "--yes")):
            done = citas("dlq", *command, "--json")
            assert (done.exit_code, done.stderr) == (0, f"{missing}\n"), command
            assert json.loads(done.stdout), command
            clock.shift(1)
        listed = citas("dlq", "list")
        assert listed.stdout == "0 events in citas-dev-undelivered-events\n"
        unknown = citas("dlq", "show", "e-1")
        assert (unknown.exit_code, "citas-dev-undelivered-events: no event" in unknown.stderr) == (4, True)


def test_a_stage_without_any_of_its_queues_is_not_deployed(citas: Citas) -> None:
    with mock_aws():
        done = citas("dlq", "list", "--stage", "prod")
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == (
        "citas: stage prod: not deployed there: it has none of the queues citas-prod-undelivered-events and "
        "citas-prod-unrecorded-runs\n"
    )
