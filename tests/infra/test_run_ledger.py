"""The run ledger is told of every run of this stage, and of nothing else."""

import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from clinic.contracts.listeners import RUN_LEDGER
from clinic.contracts.workflows import WATCHED, WORKFLOWS
from tests.fakes.runs import status_change
from tests.infra.synthesised import Resource, Synthesised, listed
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


def test_the_rule_calls_its_function_and_only_that_rule_may(
    stack: Synthesised, rule: Resource, function: Resource
) -> None:
    [target] = rule.properties["Targets"]
    assert stack.behind(target["Arn"]).logical_id == function.logical_id
    [permission] = [
        it
        for it in stack.all("AWS::Lambda::Permission")
        if function.is_named_by(it.properties["FunctionName"])
    ]
    assert permission.properties["Principal"] == "events.amazonaws.com"
    assert rule.is_named_by(permission.properties["SourceArn"])


def test_what_it_could_not_handle_is_kept_in_the_queue(stack: Synthesised, function: Resource) -> None:
    queue = stack.behind(function.properties["DeadLetterConfig"]["TargetArn"])
    assert queue.properties["QueueName"] == f"citas-{stack.stage}-undelivered-events"


def test_it_handles_so_many_at_once(function: Resource) -> None:
    assert function.properties["ReservedConcurrentExecutions"] == RUN_LEDGER.concurrency


def test_its_function_may_ask_about_runs_and_update_the_ledger_and_no_more(
    stack: Synthesised, function: Resource
) -> None:
    statements = stack.statements_of(stack.behind(function.properties["Role"]))
    allowed = {action for it in statements for action in listed(it["Action"])}
    assert {action for action in allowed if not action.startswith(("kms:", "logs:", "xray:"))} == {
        "dynamodb:UpdateItem",
        "sqs:SendMessage",
        "states:DescribeExecution",
        "states:GetExecutionHistory",
    }
    [asks] = [it for it in statements if "states:DescribeExecution" in listed(it["Action"])]
    assert sorted(joined(it).rpartition("execution:")[2] for it in listed(asks["Resource"])) == sorted(
        f"citas-{stack.stage}-{workflow.name}:*" for workflow in WATCHED
    )
