"""Events reach their workflow, or the dead-letter queue."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern
from moto.events.utils import EventMessageType

from clinic.contracts.workflows import WORKFLOWS, Workflow
from tests.infra.synthesised import Resource, Synthesised


def event(detail_type: str) -> EventMessageType:
    """As EventBridge hands it to a rule."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": detail_type,
        "source": "citas.publisher",
        "account": "000000000000",
        "time": "2026-11-21T15:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"reservationId": "r-17", "patientName": 'José "Pepe" O\'Neil', "offsets": [1, None]},
    }


@pytest.fixture(params=WORKFLOWS, ids=lambda workflow: workflow.name)
def workflow(request: pytest.FixtureRequest) -> Workflow:
    found: Workflow = request.param
    return found


@pytest.fixture
def rule(stack: Synthesised, workflow: Workflow) -> Resource:
    return stack.named("AWS::Events::Rule", f"citas-{stack.stage}-{workflow.name}")


@pytest.fixture
def target(rule: Resource) -> dict[str, Any]:
    [only] = rule.properties["Targets"]
    found: dict[str, Any] = only
    return found


def matches(rule: Resource, tried: EventMessageType) -> bool:
    pattern = EventPattern.load(json.dumps(rule.properties["EventPattern"]))
    return bool(pattern.matches_event(tried))


def test_a_workflows_event_starts_it(rule: Resource, workflow: Workflow) -> None:
    assert matches(rule, event(workflow.detail_type))


@pytest.mark.parametrize("detail_type", ["appointment/cancelled", "appointment/created2", "appointment"])
def test_another_event_does_not(rule: Resource, detail_type: str) -> None:
    assert not matches(rule, event(detail_type))


def test_each_event_starts_one_workflow(stack: Synthesised, workflow: Workflow) -> None:
    rules = stack.all("AWS::Events::Rule")
    assert sum(matches(rule, event(workflow.detail_type)) for rule in rules) == 1


def test_a_rule_listens_on_the_stages_bus(stack: Synthesised, rule: Resource) -> None:
    bus = stack.behind(rule.properties["EventBusName"])
    assert bus.properties["Name"] == f"citas-{stack.stage}"
    assert rule.properties["State"] == "ENABLED"


def test_the_run_gets_the_events_id_time_and_detail(target: dict[str, Any], workflow: Workflow) -> None:
    sent: dict[str, Any] = dict(event(workflow.detail_type))
    transformer = target["InputTransformer"]
    text = transformer["InputTemplate"]
    for name, path in transformer["InputPathsMap"].items():
        text = text.replace(f"<{name}>", json.dumps(sent[path.removeprefix("$.")]))
    assert json.loads(text) == {"eventId": sent["id"], "eventTime": sent["time"], "detail": sent["detail"]}


def test_what_cannot_be_delivered_for_a_day_is_kept_in_the_queue(stack: Synthesised) -> None:
    targets = [it for rule in stack.all("AWS::Events::Rule") for it in rule.properties["Targets"]]
    for target in targets:
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 86400, "MaximumRetryAttempts": 185}
        queue = stack.behind(target["DeadLetterConfig"]["Arn"])
        assert queue.properties["QueueName"] == f"citas-{stack.stage}-undelivered-events"


def test_what_the_bus_cannot_read_is_kept_in_the_queue(stack: Synthesised) -> None:
    bus = stack.named("AWS::Events::EventBus", f"citas-{stack.stage}")
    queue = stack.behind(bus.properties["DeadLetterConfig"]["Arn"])
    assert queue.properties["QueueName"] == f"citas-{stack.stage}-undelivered-events"


def test_the_queue_takes_events_from_the_bus_and_from_each_rule(stack: Synthesised) -> None:
    [policy] = stack.all("AWS::SQS::QueuePolicy")
    allowed = [
        statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        for statement in policy.properties["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Action"] == "sqs:SendMessage"
    ]
    senders = [*stack.all("AWS::Events::Rule"), *stack.all("AWS::Events::EventBus")]
    for sender in senders:
        assert any(sender.is_named_by(arn) for arn in allowed), sender.logical_id


def test_the_queue_keeps_events_for_two_weeks(stack: Synthesised) -> None:
    queue = stack.named("AWS::SQS::Queue", f"citas-{stack.stage}-undelivered-events")
    assert queue.properties["MessageRetentionPeriod"] == 14 * 86400
