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


def scheduled_event(rule: str) -> dict[str, Any]:
    """As EventBridge makes it of a schedule's instant."""
    return {
        "version": "0",
        "id": "89d1a02d-5ec7-412e-82f5-13505f849b41",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "2026-11-22T00:00:00Z",
        "region": "us-east-1",
        "resources": [f"arn:aws:events:us-east-1:000000000000:rule/{rule}"],
        "detail": {},
    }


STARTED_BY_EVENTS = [
    pytest.param(workflow, detail_type, id=f"{workflow.name}-{detail_type}")
    for workflow in WORKFLOWS
    for detail_type in workflow.detail_types
]
ON_A_SCHEDULE = [workflow for workflow in WORKFLOWS if workflow.schedule]


@pytest.fixture(params=WORKFLOWS, ids=lambda workflow: workflow.name)
def workflow(request: pytest.FixtureRequest) -> Workflow:
    found: Workflow = request.param
    return found


@pytest.fixture
def rule(stack: Synthesised, workflow: Workflow) -> Resource:
    return rule_of(stack, workflow)


@pytest.fixture
def target(rule: Resource) -> dict[str, Any]:
    [only] = rule.properties["Targets"]
    found: dict[str, Any] = only
    return found


def rule_of(stack: Synthesised, workflow: Workflow) -> Resource:
    return stack.named("AWS::Events::Rule", f"citas-{stack.stage}-{workflow.name}")


def matches(rule: Resource, tried: EventMessageType) -> bool:
    if "EventPattern" not in rule.properties:
        return False
    pattern = EventPattern.load(json.dumps(rule.properties["EventPattern"]))
    return bool(pattern.matches_event(tried))


def started_by(stack: Synthesised, detail_type: str) -> list[str]:
    """The names of the rules that an event makes start their workflow."""
    rules = stack.all("AWS::Events::Rule")
    return [rule.properties["Name"] for rule in rules if matches(rule, event(detail_type))]


@pytest.mark.parametrize(("workflow", "detail_type"), STARTED_BY_EVENTS)
def test_an_event_starts_its_workflow_and_no_other(
    stack: Synthesised, workflow: Workflow, detail_type: str
) -> None:
    assert started_by(stack, detail_type) == [f"citas-{stack.stage}-{workflow.name}"]


@pytest.mark.parametrize("detail_type", ["appointment/created2", "appointment", "Scheduled Event", ""])
def test_another_event_starts_nothing(stack: Synthesised, detail_type: str) -> None:
    assert started_by(stack, detail_type) == []


@pytest.mark.parametrize("workflow", [it for it in WORKFLOWS if not it.schedule], ids=lambda it: it.name)
def test_a_rule_for_events_listens_on_the_stages_bus(stack: Synthesised, workflow: Workflow) -> None:
    rule = rule_of(stack, workflow)
    assert "ScheduleExpression" not in rule.properties
    bus = stack.behind(rule.properties["EventBusName"])
    assert bus.properties["Name"] == f"citas-{stack.stage}"
    assert rule.properties["State"] == "ENABLED"


@pytest.mark.parametrize("workflow", ON_A_SCHEDULE, ids=lambda it: it.name)
def test_a_schedule_lies_on_the_default_bus_where_alone_aws_allows_it(
    stack: Synthesised, workflow: Workflow
) -> None:
    rule = rule_of(stack, workflow)
    assert rule.properties["ScheduleExpression"] == workflow.schedule
    assert "EventPattern" not in rule.properties
    assert "EventBusName" not in rule.properties
    assert rule.properties["State"] == "ENABLED"


def test_the_run_gets_the_events_id_time_type_and_detail(target: dict[str, Any], workflow: Workflow) -> None:
    events: list[dict[str, Any]] = [dict(event(detail_type)) for detail_type in workflow.detail_types]
    for sent in events or [scheduled_event(workflow.name)]:
        transformer = target["InputTransformer"]
        text = transformer["InputTemplate"]
        for name, path in transformer["InputPathsMap"].items():
            text = text.replace(f"<{name}>", json.dumps(sent[path.removeprefix("$.")]))
        assert json.loads(text) == {
            "eventId": sent["id"],
            "eventTime": sent["time"],
            "detailType": sent["detail-type"],
            "detail": sent["detail"],
        }


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
