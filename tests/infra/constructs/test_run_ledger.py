"""The run ledger is told of every run of this stage, and of nothing else."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import WATCHED, WORKFLOWS
from tests.fakes.operations.runs import status_change
from tests.infra.template.synthesised import Resource, Synthesised, listed
from tests.infra.test_permissions import joined

REFERENCES = {"Partition": "aws", "Region": "us-east-1", "AccountId": "000000000000"}


def resolved(value: Any) -> str:
    text = joined(value)
    for name, replacement in REFERENCES.items():
        text = text.replace(f"${{AWS::{name}}}", replacement)
    return text


@pytest.fixture
def rule(stack: Synthesised) -> Resource:
    return stack.named("AWS::Events::Rule", f"citas-{stack.stage}-run-ledger")


@pytest.fixture
def function(stack: Synthesised) -> Resource:
    return stack.named("AWS::Lambda::Function", f"citas-{stack.stage}-run-ledger")


def matches(rule: Resource, machine: str, **changes: Any) -> bool:
    pattern = json.loads(json.dumps(rule.properties["EventPattern"]))
    pattern["detail"]["stateMachineArn"] = [resolved(it) for it in pattern["detail"]["stateMachineArn"]]
    arn = f"arn:aws:states:us-east-1:000000000000:stateMachine:{machine}"
    event: Any = {**status_change(stateMachineArn=arn), **changes}
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(event))


def test_it_listens_on_the_default_bus_where_alone_aws_says_it(rule: Resource) -> None:
    assert "EventBusName" not in rule.properties
    assert rule.properties["State"] == "ENABLED"


def test_it_is_told_of_the_runs_of_every_workflow_of_the_stage(stack: Synthesised, rule: Resource) -> None:
    for workflow in WORKFLOWS:
        is_told = matches(rule, f"citas-{stack.stage}-{workflow.name}")
        assert is_told is (workflow in WATCHED), "those who watch don't count themselves"


def test_it_is_told_of_nothing_else(stack: Synthesised, rule: Resource) -> None:
    ours = f"citas-{stack.stage}-{WORKFLOWS[0].name}"
    other = "prod" if stack.stage == "dev" else "dev"
    assert not matches(rule, f"citas-{other}-{WORKFLOWS[0].name}")
    assert not matches(rule, f"{ours}-2")
    assert not matches(rule, ours, source="citas")
    assert not matches(rule, ours, **{"detail-type": "AWS API Call via CloudTrail"})


@pytest.fixture
def queue(stack: Synthesised) -> Resource:
    return stack.named("AWS::SQS::Queue", f"citas-{stack.stage}-run-ledger")


@pytest.fixture
def mapping(stack: Synthesised) -> Resource:
    [only] = stack.all("AWS::Lambda::EventSourceMapping")
    return only


def test_the_rule_puts_it_into_the_queue_and_only_that_rule_may(
    stack: Synthesised, rule: Resource, queue: Resource
) -> None:
    [target] = rule.properties["Targets"]
    assert stack.behind(target["Arn"]).logical_id == queue.logical_id
    [policy] = [
        it for it in stack.all("AWS::SQS::QueuePolicy") if queue.is_named_by(it.properties["Queues"][0])
    ]
    [allowed] = [it for it in policy.properties["PolicyDocument"]["Statement"] if it["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Action"] == "sqs:SendMessage"
    assert rule.is_named_by(allowed["Condition"]["ArnEquals"]["aws:SourceArn"])


def test_the_queue_feeds_the_function_in_batches_of_which_each_event_stands_alone(
    function: Resource, queue: Resource, mapping: Resource
) -> None:
    assert function.is_named_by(mapping.properties["FunctionName"])
    assert queue.is_named_by(mapping.properties["EventSourceArn"])
    assert mapping.properties["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping.properties["BatchSize"] == RUN_LEDGER.batch_size
    assert mapping.properties["MaximumBatchingWindowInSeconds"] == RUN_LEDGER.window_seconds


def test_nobody_but_the_queue_calls_the_function(stack: Synthesised, function: Resource) -> None:
    assert not [
        it
        for it in stack.all("AWS::Lambda::Permission")
        if function.is_named_by(it.properties["FunctionName"])
    ]
    assert "DeadLetterConfig" not in function.properties


def test_a_batch_is_hidden_for_as_long_as_lambda_may_try_it(function: Resource, queue: Resource) -> None:
    assert queue.properties["VisibilityTimeout"] >= (
        6 * function.properties["Timeout"] + RUN_LEDGER.window_seconds
    )


def test_what_it_could_not_record_is_kept_in_a_queue_of_its_own(stack: Synthesised, queue: Resource) -> None:
    redrive = queue.properties["RedrivePolicy"]
    dead_letters = stack.behind(redrive["deadLetterTargetArn"])
    assert dead_letters.properties["QueueName"] == f"citas-{stack.stage}-unrecorded-runs"
    assert redrive["maxReceiveCount"] == RUN_LEDGER.attempts >= 5
    assert dead_letters.properties["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_its_dead_letters_are_alarmed(stack: Synthesised) -> None:
    alarm = stack.named("AWS::CloudWatch::Alarm", f"citas-{stack.stage}-unrecorded-runs-waiting")
    assert alarm.properties["AlarmActions"]


def test_what_the_rule_could_not_put_into_the_queue_is_with_the_undelivered_events(
    stack: Synthesised, rule: Resource
) -> None:
    [target] = rule.properties["Targets"]
    queue = stack.behind(target["DeadLetterConfig"]["Arn"])
    assert queue.properties["QueueName"] == f"citas-{stack.stage}-undelivered-events"


def test_calls_at_once_and_their_pace_stay_below_what_aws_grants(
    function: Resource, mapping: Resource
) -> None:
    at_once = mapping.properties["ScalingConfig"]["MaximumConcurrency"]
    pace = int(function.properties["Environment"]["Variables"]["RUN_QUESTIONS_PER_SECOND"])
    assert at_once * pace < 10
    # Two questions for each event, and a pause before the first: well within the function's time.
    assert (2 * RUN_LEDGER.batch_size + 1) / pace < function.properties["Timeout"] / 2


def test_it_handles_so_many_at_once(function: Resource) -> None:
    assert function.properties["ReservedConcurrentExecutions"] == RUN_LEDGER.concurrency


def test_its_function_may_ask_about_runs_and_update_the_ledger_and_no_more(
    stack: Synthesised, function: Resource
) -> None:
    statements = stack.statements_of(stack.behind(function.properties["Role"]))
    allowed = {action for it in statements for action in listed(it["Action"])}
    assert {action for action in allowed if not action.startswith(("kms:", "logs:", "xray:"))} == {
        "dynamodb:GetItem",
        "dynamodb:UpdateItem",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
        "states:DescribeExecution",
        "states:GetExecutionHistory",
    }
    [asks] = [it for it in statements if "states:DescribeExecution" in listed(it["Action"])]
    assert sorted(joined(it).rpartition("execution:")[2] for it in listed(asks["Resource"])) == sorted(
        f"citas-{stack.stage}-{workflow.name}:*" for workflow in WATCHED
    )
