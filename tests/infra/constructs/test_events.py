"""Events reach their workflow, or the dead-letter queue."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto.events.models import EventPattern
from moto.events.utils import EventMessageType

from clinic.contracts.events.appointment_changes import FOR_OTHERS
from clinic.contracts.events.base import OWN_SOURCE
from clinic.contracts.schedules import NIGHTLY, SCHEDULES, Schedule
from clinic.contracts.workflows import WORKFLOWS, Workflow
from clinic.domain.slots.nightly import NightlyJob
from infra.config import Stage
from tests.infra.conftest import Synthesise
from tests.infra.template.edges import Walked
from tests.infra.template.policies import PolicyId, Request
from tests.infra.template.resolved import ACCOUNT, REGION
from tests.infra.template.synthesised import Resource, Synthesised
from tests.infra.test_permissions import PUBLISHERS


def event(detail_type: str, source: str = "citas.publisher") -> EventMessageType:
    """As EventBridge hands it to a rule."""
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": detail_type,
        "source": source,
        "account": "000000000000",
        "time": "2026-11-21T15:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {"reservationId": "r-17", "patientName": 'José "Pepe" O\'Neil', "offsets": [1, None]},
    }


STARTED_BY_EVENTS = [
    pytest.param(workflow, detail_type, id=f"{workflow.name}-{detail_type}")
    for workflow in WORKFLOWS
    for detail_type in workflow.detail_types
]
UNWANTED = "unwanted-events"
# What means something only from Citas itself.
OWN_EVENTS = {*FOR_OTHERS, *(event for workflow in WORKFLOWS for event in workflow.own_events)}
OWN_TYPES = {event.detail_type for event in OWN_EVENTS}


@pytest.fixture(params=WORKFLOWS, ids=lambda workflow: workflow.name)
def workflow(request: pytest.FixtureRequest) -> Workflow:
    found: Workflow = request.param
    return found


def rule_of(stack: Synthesised, by: Workflow | Schedule) -> Resource:
    return stack.named("AWS::Events::Rule", f"citas-{stack.stage}-{by.name}")


def target_of(stack: Synthesised, by: Workflow | Schedule) -> dict[str, Any]:
    [only] = rule_of(stack, by).properties["Targets"]
    found: dict[str, Any] = only
    return found


def matches(rule: Resource, tried: EventMessageType) -> bool:
    if "EventPattern" not in rule.properties:
        return False
    pattern = EventPattern.load(json.dumps(rule.properties["EventPattern"]))
    return bool(pattern.matches_event(tried))


def started_by(stack: Synthesised, detail_type: str, source: str = "citas.publisher") -> list[str]:
    """The names of the rules that an event makes start their workflow."""
    rules = stack.all("AWS::Events::Rule")
    return [rule.properties["Name"] for rule in rules if matches(rule, event(detail_type, source))]


@pytest.mark.parametrize(("workflow", "detail_type"), STARTED_BY_EVENTS)
@pytest.mark.parametrize("source", ["citas.publisher", "citas.operator", "com.example.agenda"])
def test_an_event_starts_its_workflow_and_no_other(
    stack: Synthesised, workflow: Workflow, detail_type: str, source: str
) -> None:
    is_closed = detail_type in workflow.own_detail_types
    expected = [f"citas-{stack.stage}-{UNWANTED if is_closed else workflow.name}"]
    assert started_by(stack, detail_type, source) == expected


@pytest.mark.parametrize(("workflow", "detail_type"), STARTED_BY_EVENTS)
def test_every_event_starts_its_workflow_if_citas_itself_says_it(
    stack: Synthesised, workflow: Workflow, detail_type: str
) -> None:
    own = "-own" if detail_type in workflow.own_detail_types else ""
    assert started_by(stack, detail_type, OWN_SOURCE) == [f"citas-{stack.stage}-{workflow.name}{own}"]


def may_publish(walked: Walked, by: str, source: str) -> bool:
    (bus,) = walked.template.of("AWS::Events::EventBus")
    request = Request(by, "events:PutEvents", walked.template.arn(bus[0]), {"events:source": source})
    return walked.policies.decision(PolicyId("resource", bus[0]), request) != "Deny"


def test_the_bus_takes_the_source_of_citas_from_nobody_but_the_functions_that_publish(
    walked: Walked, workflow: Workflow
) -> None:
    function = f"citas-{walked.stage}-{workflow.name}"
    (role,) = (
        walked.template.arn(walked.template.behind(properties["Role"]))
        for _, properties in walked.template.of("AWS::Lambda::Function")
        if properties["FunctionName"] == function
    )
    assert may_publish(walked, role, OWN_SOURCE) is (workflow in PUBLISHERS)
    assert may_publish(walked, role, "citas.publisher")


@pytest.mark.parametrize("by", ["user/ana", "role/Admin", "root"])
def test_the_bus_takes_any_other_source_from_whoever_has_the_right(walked: Walked, by: str) -> None:
    somebody = f"arn:aws:iam::{ACCOUNT}:{by}"
    assert not may_publish(walked, somebody, OWN_SOURCE)
    assert may_publish(walked, somebody, "com.example.agenda")


@pytest.mark.parametrize(
    "detail_type",
    ["appointment/created2", "appointment/created ", "Appointment/Created", "Scheduled Event", ""],
)
def test_another_event_starts_nothing_and_is_kept_with_the_dead_letters(
    stack: Synthesised, detail_type: str
) -> None:
    assert started_by(stack, detail_type) == [f"citas-{stack.stage}-{UNWANTED}"]
    rule = stack.named("AWS::Events::Rule", f"citas-{stack.stage}-{UNWANTED}")
    [target] = rule.properties["Targets"]
    assert stack.behind(target["Arn"]).properties["QueueName"] == f"citas-{stack.stage}-undelivered-events"
    assert not {"Input", "InputPath", "InputTransformer"} & set(target)


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(OWN_TYPES)),
    st.one_of(
        st.sampled_from(["citas.publisher", "citas ", "Citas", "citas.citas", "", "aws.events"]),
        st.text(max_size=20),
    ).filter(lambda source: source != OWN_SOURCE),
)
def test_what_only_citas_may_say_is_a_dead_letter_of_anybody_else(
    dev: Synthesised, detail_type: str, source: str
) -> None:
    assert started_by(dev, detail_type, source) == [f"citas-dev-{UNWANTED}"]


@pytest.mark.parametrize("detail_type", sorted(OWN_TYPES))
def test_what_citas_itself_says_is_never_a_dead_letter(stack: Synthesised, detail_type: str) -> None:
    assert f"citas-{stack.stage}-{UNWANTED}" not in started_by(stack, detail_type, OWN_SOURCE)


def test_what_citas_announces_to_others_is_no_dead_letter(stack: Synthesised) -> None:
    assert started_by(stack, "booking/announced-to-others", OWN_SOURCE) == []


@pytest.mark.parametrize("workflow", [it for it in WORKFLOWS if it.events], ids=lambda it: it.name)
def test_a_rule_for_events_listens_on_the_stages_bus(stack: Synthesised, workflow: Workflow) -> None:
    rule = rule_of(stack, workflow)
    assert "ScheduleExpression" not in rule.properties
    bus = stack.behind(rule.properties["EventBusName"])
    assert bus.properties["Name"] == f"citas-{stack.stage}"
    assert rule.properties["State"] == "ENABLED"


def test_the_specifications_four_have_a_rule_each_and_what_comes_near_another() -> None:
    """Nightly ones are planned at midnight (UTC), for 02:00 and 03:00 in each profile's own zone."""
    assert {it.name: (it.cron, it.workflow.name) for it in SCHEDULES} == {
        "slot-generation": ("0 0 * * *", "nightly-fan-out"),
        "slot-cleanup": ("0 0 * * *", "nightly-fan-out"),
        "parked-visits": ("0 0 * * *", "nightly-fan-out"),
        "workflow-health": ("*/5 * * * *", "workflow-health"),
        "workflow-analytics": ("0 */6 * * *", "workflow-analytics"),
    }
    assert {it for it in WORKFLOWS if not it.events} == {it.workflow for it in SCHEDULES}


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda it: it.name)
def test_a_schedule_lies_on_the_default_bus_where_alone_aws_allows_it(
    stack: Synthesised, schedule: Schedule
) -> None:
    rule = rule_of(stack, schedule)
    assert rule.properties["ScheduleExpression"] == schedule.expression
    machine = stack.behind(rule.properties["Targets"][0]["Arn"])
    assert machine.properties["StateMachineName"] == f"citas-{stack.stage}-{schedule.workflow.name}"
    assert "EventPattern" not in rule.properties
    assert "EventBusName" not in rule.properties
    assert rule.properties["State"] == "ENABLED"


def test_a_schedule_can_be_moved_and_switched_off(synthesise: Synthesise) -> None:
    """The others stay as they are; of one that is off nobody is told that it is silent."""
    times = "slot-cleanup=off; workflow-health=*/10 * * * *"
    found = synthesise(Stage.DEV, schedules=times)
    rules = {it.name: rule_of(found, it).properties for it in SCHEDULES}
    assert {name for name, it in rules.items() if it["State"] == "DISABLED"} == {"slot-cleanup"}
    moved = {it.name for it in SCHEDULES if rules[it.name]["ScheduleExpression"] != it.expression}
    assert moved == {"workflow-health"}
    assert rules["workflow-health"]["ScheduleExpression"] == "cron(0/10 * * * ? *)"
    silent = {it.properties["AlarmName"] for it in found.all("AWS::CloudWatch::Alarm")}
    assert {it.name for it in SCHEDULES if f"citas-dev-{it.name}-silent" not in silent} == {"slot-cleanup"}


@pytest.mark.parametrize(
    "runs",
    [*(it for it in WORKFLOWS if it.events), *(it for it in SCHEDULES if not it.jobs)],
    ids=lambda it: it.name,
)
def test_the_run_gets_the_event_as_eventbridge_has_it(stack: Synthesised, runs: Workflow | Schedule) -> None:
    assert not {"Input", "InputPath", "InputTransformer"} & set(target_of(stack, runs))


def test_of_a_nights_jobs_each_has_its_rule(stack: Synthesised) -> None:
    jobs = []
    for schedule in NIGHTLY:
        template = target_of(stack, schedule)["InputTransformer"]["InputTemplate"]
        jobs += [job for job in NightlyJob if f'"{job.value}"' in template]
    assert sorted(jobs) == sorted(NightlyJob)


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


def test_one_statement_lets_the_bus_and_every_rule_of_the_stage_into_the_queue(walked: Walked) -> None:
    # SQS refuses a policy of more than 20. That each sender is let in, the walk of the edges shows.
    (queue,) = (
        logical_id
        for logical_id, properties in walked.template.of("AWS::SQS::Queue")
        if properties["QueueName"].endswith("-undelivered-events")
    )
    policy = PolicyId("resource", queue)
    effects = [statement["Effect"] for of, _, statement in walked.policies.statements() if of == policy]
    assert sorted(effects) == ["Allow", "Deny"]

    def takes(rule: str, account: str = ACCOUNT) -> bool:
        arn = f"arn:aws:events:{REGION}:{account}:rule/{rule}"
        context = {"aws:SourceArn": arn, "aws:SourceAccount": account}
        request = Request("events.amazonaws.com", "sqs:SendMessage", walked.template.arn(queue), context)
        return walked.policies.decision(policy, request) == "Allow"

    assert takes(f"citas-{walked.stage}/any")
    assert takes(f"citas-{walked.stage}-any")
    other = "prod" if walked.stage == "dev" else "dev"
    assert not takes(f"citas-{other}/any")
    assert not takes(f"citas-{other}-any")
    assert not takes(f"citas-{walked.stage}/any", account="444455556666")


def test_the_queue_keeps_events_for_two_weeks(stack: Synthesised) -> None:
    queue = stack.named("AWS::SQS::Queue", f"citas-{stack.stage}-undelivered-events")
    assert queue.properties["MessageRetentionPeriod"] == 14 * 86400
