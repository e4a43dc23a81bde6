"""Each role may do its own part and nothing else."""

from typing import Any

import pytest

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, WORKFLOWS, Workflow
from tests.infra.synthesised import Resource, Synthesised, listed

# Actions that AWS can't restrict to a resource.
WITHOUT_RESOURCE = ("xray:", "logs:")

READ = {"dynamodb:GetItem", "dynamodb:Query"}
WRITE = READ | {"dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}

# What each workflow's function may do with each table.
TABLES_OF: dict[Workflow, dict[str, set[str]]] = {
    APPOINTMENT_REMINDERS: {"reservations": WRITE, "messages": WRITE, "directory": READ},
}


def statements(stack: Synthesised) -> list[dict[str, Any]]:
    return [it for role in stack.all("AWS::IAM::Role") for it in stack.statements_of(role)]


def function_statements(stack: Synthesised, workflow: Workflow) -> list[dict[str, Any]]:
    function = stack.named("AWS::Lambda::Function", f"citas-{stack.stage}-{workflow.name}")
    return stack.statements_of(stack.behind(function.properties["Role"]))


def test_no_role_may_do_a_wildcard_of_actions(stack: Synthesised) -> None:
    actions = [action for it in statements(stack) for action in listed(it["Action"])]
    assert [action for action in actions if "*" in action] == []


def test_a_wildcard_resource_only_where_aws_has_no_other(stack: Synthesised) -> None:
    for statement in statements(stack):
        if "*" in listed(statement["Resource"]):
            assert [it for it in listed(statement["Action"]) if not it.startswith(WITHOUT_RESOURCE)] == []


def test_no_role_has_a_managed_policy(stack: Synthesised) -> None:
    for role in stack.all("AWS::IAM::Role"):
        assert "ManagedPolicyArns" not in role.properties


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_function_reaches_just_its_tables(stack: Synthesised, workflow: Workflow) -> None:
    allowed: dict[str, set[str]] = {}
    for statement in function_statements(stack, workflow):
        actions = [it for it in listed(statement["Action"]) if it.startswith("dynamodb:")]
        for resource in listed(statement["Resource"]) if actions else []:
            name = stack.behind(resource).properties["TableName"].removeprefix(f"citas-{stack.stage}-")
            allowed.setdefault(name, set()).update(actions)
    assert allowed == TABLES_OF[workflow]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_function_reads_the_one_secret_it_names(stack: Synthesised, workflow: Workflow) -> None:
    [statement] = [
        it
        for it in function_statements(stack, workflow)
        if any(action.startswith("secretsmanager:") for action in listed(it["Action"]))
    ]
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    assert stack.behind(statement["Resource"]).properties["Name"] == stack.config.whatsapp_secret_name


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_state_machine_calls_its_own_function_alone(stack: Synthesised, workflow: Workflow) -> None:
    machine = stack.named("AWS::StepFunctions::StateMachine", f"citas-{stack.stage}-{workflow.name}")
    role = stack.behind(machine.properties["RoleArn"])
    [statement] = [it for it in stack.statements_of(role) if it["Action"] == "lambda:InvokeFunction"]
    assert stack.behind(statement["Resource"]).properties["Handler"] == workflow.handler


def test_a_rule_starts_its_own_state_machine_alone(stack: Synthesised) -> None:
    for rule in stack.all("AWS::Events::Rule"):
        [target] = rule.properties["Targets"]
        role = stack.behind(target["RoleArn"])
        [statement] = [it for it in stack.statements_of(role) if it["Action"] == "states:StartExecution"]
        assert statement["Resource"] == target["Arn"]


def test_a_rule_may_do_no_more_with_the_key_than_start_a_run(stack: Synthesised) -> None:
    for rule in stack.all("AWS::Events::Rule"):
        role = stack.behind(rule.properties["Targets"][0]["RoleArn"])
        [statement] = [it for it in stack.statements_of(role) if "kms:Decrypt" in listed(it["Action"])]
        assert set(statement["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}


@pytest.mark.parametrize(
    ("resource_type", "service"),
    [("AWS::Lambda::Function", "lambda"), ("AWS::StepFunctions::StateMachine", "states")],
)
def test_only_its_service_takes_on_a_role(stack: Synthesised, resource_type: str, service: str) -> None:
    for resource in stack.all(resource_type):
        role: Resource = stack.behind(resource.properties.get("Role") or resource.properties["RoleArn"])
        [trusted] = role.properties["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Principal"] == {"Service": f"{service}.amazonaws.com"}
