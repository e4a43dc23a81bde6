"""Each role may do its own part and nothing else."""

from typing import Any

import pytest

from clinic.contracts.endpoints import ENDPOINTS, WHATSAPP_WEBHOOK, Endpoint
from clinic.contracts.schedules import SCHEDULES, Schedule
from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_FOLLOW_UP,
    APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING,
    DAILY_SLOT_GENERATION,
    EXPIRED_SLOTS_CLEANUP,
    MEDICATION_REMINDERS,
    NIGHTLY_FAN_OUT,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    RESERVATION_REQUESTS,
    WATCHED,
    WORKFLOW_ANALYTICS,
    WORKFLOW_HEALTH,
    WORKFLOWS,
    Workflow,
)
from tests.infra.template.synthesised import Resource, Synthesised, listed

# Actions that AWS can't restrict to a resource.
WITHOUT_RESOURCE = ("xray:", "logs:")

GET, GET_MANY, SEARCH = {"dynamodb:GetItem"}, {"dynamodb:BatchGetItem"}, {"dynamodb:Query"}
ADD, UPDATE, DELETE = {"dynamodb:PutItem"}, {"dynamodb:UpdateItem"}, {"dynamodb:DeleteItem"}
CHECK = {"dynamodb:ConditionCheckItem"}

# How a table is written by whoever writes it: what its store in clinic/adapters/dynamodb does.
BOOK = {
    "reservations": GET | ADD | UPDATE | CHECK,
    "messages": GET | SEARCH | ADD | UPDATE,
    "slots": GET | ADD,
}
ASK = {"requests": GET | ADD}
# Whoever is told of a doctor or a clinic asks whether a directory is kept at all.
LOOK_UP = {"directory": GET | SEARCH, "directory/index/by-entry": SEARCH}
# What every workflow needs of them that sends.
SENDING = {"channel": GET | GET_MANY | UPDATE, "consents": GET_MANY | CHECK}

# What each workflow's function may do with each table and index.
TABLES_OF: dict[Workflow | Endpoint, dict[str, set[str]]] = {
    APPOINTMENT_REMINDERS: {**SENDING, **BOOK, **LOOK_UP},
    RESERVATION_REQUESTS: {**SENDING, **BOOK, **ASK, **LOOK_UP},
    REQUEST_DECISIONS: {**SENDING, **BOOK, **ASK, "directory": GET | SEARCH},
    REQUEST_EXPIRATION: {**SENDING, **BOOK, **ASK, "statistics": ADD},
    APPOINTMENT_CANCELLATION: {**SENDING, **BOOK, **ASK, "directory": GET | SEARCH, "statistics": ADD},
    APPOINTMENT_RESCHEDULING: {
        **SENDING,
        **BOOK,
        "requests": GET,
        **LOOK_UP,
        "statistics": ADD,
    },
    APPOINTMENT_FOLLOW_UP: {**SENDING, **BOOK, **LOOK_UP},
    DAILY_SLOT_GENERATION: {
        "slots": GET | GET_MANY | ADD | DELETE,
        "slots/index/by-start": SEARCH,
        "reservations": GET | ADD,
        "reservations/index/unsettled-by-time": SEARCH,
        "directory": GET | SEARCH,
        "statistics": ADD,
    },
    EXPIRED_SLOTS_CLEANUP: {
        **BOOK,
        **ASK,
        "requests/index/open-by-expiry": SEARCH,
        "directory": GET | SEARCH,
        "statistics": ADD,
    },
    MEDICATION_REMINDERS: {
        **SENDING,
        "prescriptions": GET | ADD | CHECK,
        "messages": BOOK["messages"],
        **LOOK_UP,
    },
    NIGHTLY_FAN_OUT: {**LOOK_UP, "reservations/index/parked-by-time": SEARCH},
    WORKFLOW_HEALTH: {
        **SENDING,
        "reservations": BOOK["reservations"],
        "messages": BOOK["messages"] | GET_MANY,
        "messages/index/open-by-due": SEARCH,
        "messages/index/by-message-id": SEARCH,
        "channel": SENDING["channel"] | GET | DELETE,
        "channel/index/waiting-by-time": SEARCH,
        "prescriptions": GET | CHECK,
        "runs": GET | UPDATE,
        "runs/index/open-by-start": SEARCH,
        "runs/index/by-end": SEARCH,
    },
    WORKFLOW_ANALYTICS: {
        "statistics": GET | SEARCH | ADD,
        "slots": GET | GET_MANY | SEARCH,
        "slots/index/by-start": SEARCH,
        "reservations": GET_MANY,
        "reservations/index/unsettled-by-time": SEARCH,
        "requests": GET,
        "requests/index/open-by-expiry": SEARCH,
        "directory": GET | SEARCH,
        "directory/index/by-entry": SEARCH,
        "runs/index/by-end": SEARCH,
        "messages/index/by-due-day": SEARCH,
    },
    WHATSAPP_WEBHOOK: {
        "reservations": GET | UPDATE,
        "messages": GET | GET_MANY | SEARCH | UPDATE,
        "messages/index/by-message-id": SEARCH,
        "consents": UPDATE,
        "channel": GET | GET_MANY | UPDATE | DELETE,
    },
}

# Which ones call no other API, which put events on the bus, and whose runs which ones stop.
WITHOUT_SECRETS: set[Workflow | Endpoint] = {
    DAILY_SLOT_GENERATION,
    EXPIRED_SLOTS_CLEANUP,
    NIGHTLY_FAN_OUT,
    WORKFLOW_ANALYTICS,
}
PUBLISHERS: set[Workflow | Endpoint] = {
    APPOINTMENT_REMINDERS,
    RESERVATION_REQUESTS,
    REQUEST_DECISIONS,
    DAILY_SLOT_GENERATION,
    EXPIRED_SLOTS_CLEANUP,
    APPOINTMENT_RESCHEDULING,
    MEDICATION_REMINDERS,
    NIGHTLY_FAN_OUT,
}
STOPS: dict[Workflow | Endpoint, Workflow] = {
    REQUEST_DECISIONS: RESERVATION_REQUESTS,
    APPOINTMENT_CANCELLATION: APPOINTMENT_REMINDERS,
    APPOINTMENT_RESCHEDULING: APPOINTMENT_REMINDERS,
    MEDICATION_REMINDERS: MEDICATION_REMINDERS,
}


every_function = pytest.mark.parametrize("served", [*WORKFLOWS, *ENDPOINTS], ids=lambda served: served.name)


def statements(stack: Synthesised) -> list[dict[str, Any]]:
    return [it for role in stack.all("AWS::IAM::Role") for it in stack.statements_of(role)]


def function_statements(stack: Synthesised, served: Workflow | Endpoint) -> list[dict[str, Any]]:
    function = stack.named("AWS::Lambda::Function", f"citas-{stack.stage}-{served.name}")
    return stack.statements_of(stack.behind(function.properties["Role"]))


def allowed_by(stack: Synthesised, served: Workflow | Endpoint, service: str) -> dict[str, list[Any]]:
    """The resources of each action of a service that a workflow's function may do."""
    found: dict[str, list[Any]] = {}
    for statement in function_statements(stack, served):
        for action in listed(statement["Action"]):
            if action.startswith(service):
                found.setdefault(action, []).extend(listed(statement["Resource"]))
    return found


def table_or_index(stack: Synthesised, resource: Any) -> str:
    """``slots`` or ``slots/index/by-start``."""
    table, rest = resource["Fn::Join"][1] if "Fn::Join" in resource else (resource, "")
    name: str = stack.behind(table).properties["TableName"]
    return name.removeprefix(f"citas-{stack.stage}-") + rest


def joined(value: Any) -> str:
    """A text that CloudFormation puts together, with ``${…}`` for what it fills in."""
    if isinstance(value, str):
        return value
    if "Ref" in value:
        return f"${{{value['Ref']}}}"
    separator, parts = value["Fn::Join"]
    return str(separator).join(joined(part) for part in parts)


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


@every_function
def test_a_function_reaches_just_its_tables(stack: Synthesised, served: Workflow | Endpoint) -> None:
    allowed: dict[str, set[str]] = {}
    for statement in function_statements(stack, served):
        actions = [it for it in listed(statement["Action"]) if it.startswith("dynamodb:")]
        for resource in listed(statement["Resource"]) if actions else []:
            allowed.setdefault(table_or_index(stack, resource), set()).update(actions)
    assert allowed == TABLES_OF[served]


@every_function
def test_a_function_reads_just_the_secrets_of_the_apis_it_calls(
    stack: Synthesised, served: Workflow | Endpoint
) -> None:
    expected = set() if served in WITHOUT_SECRETS else {stack.config.whatsapp_secret_name}
    if served is APPOINTMENT_CANCELLATION:
        expected.add(stack.config.payments_secret_name)
    if served is WHATSAPP_WEBHOOK:
        expected = {stack.config.whatsapp_webhook_secret_name}
    found = allowed_by(stack, served, "secretsmanager:")
    assert set(found) <= {"secretsmanager:GetSecretValue"}
    secrets = found.get("secretsmanager:GetSecretValue", [])
    assert {stack.behind(secret).properties["Name"] for secret in secrets} == expected


@every_function
def test_a_function_that_puts_events_puts_them_on_the_stages_bus_alone(
    stack: Synthesised, served: Workflow | Endpoint
) -> None:
    found = allowed_by(stack, served, "events:")
    buses = {action: [stack.behind(it).properties["Name"] for it in on] for action, on in found.items()}
    bus = f"citas-{stack.stage}"
    assert buses == ({"events:PutEvents": [bus]} if served in PUBLISHERS else {})


@every_function
def test_a_function_stops_runs_only_of_the_workflow_that_its_own_makes_pointless(
    stack: Synthesised, served: Workflow | Endpoint
) -> None:
    found = allowed_by(stack, served, "states:")
    stopped = STOPS.get(served)
    if served is WORKFLOW_HEALTH:
        assert set(found) == {"states:DescribeExecution", "states:GetExecutionHistory"}
        for runs_of in found.values():
            names = [joined(it).rpartition("execution:")[2] for it in runs_of]
            assert sorted(names) == sorted(f"citas-{stack.stage}-{it.name}:*" for it in WATCHED)
    elif stopped is None:
        assert found == {}
    else:
        runs = (
            "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:"
            f"citas-{stack.stage}-{stopped.name}:*"
        )
        assert {action: [joined(it) for it in on] for action, on in found.items()} == {
            "states:DescribeExecution": [runs],
            "states:StopExecution": [runs],
        }


@every_function
def test_a_function_uses_the_key_only_through_the_services_it_needs_it_for(
    stack: Synthesised, served: Workflow | Endpoint
) -> None:
    used: dict[str, set[str]] = {}
    for statement in function_statements(stack, served):
        for action in listed(statement["Action"]):
            if action.startswith("kms:"):
                through = listed(statement["Condition"]["StringEquals"]["kms:ViaService"])
                used.setdefault(action, set()).update(joined(it).split(".")[0] for it in through)
    expected = {"dynamodb"} | (set() if served in WITHOUT_SECRETS else {"secretsmanager"})
    for action, services in used.items():
        # What a run carries is decrypted with the rights of who reads it; to stop it needs none.
        for_runs = served is WORKFLOW_HEALTH and action == "kms:Decrypt"
        assert services == expected | ({"states"} if for_runs else set())
    assert {"kms:Decrypt", "kms:GenerateDataKey"} <= set(used)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_state_machine_calls_its_own_function_alone(stack: Synthesised, workflow: Workflow) -> None:
    machine = stack.named("AWS::StepFunctions::StateMachine", f"citas-{stack.stage}-{workflow.name}")
    role = stack.behind(machine.properties["RoleArn"])
    [statement] = [it for it in stack.statements_of(role) if it["Action"] == "lambda:InvokeFunction"]
    assert stack.behind(statement["Resource"]).properties["Handler"] == workflow.handler


def rules_that_start_runs(stack: Synthesised) -> list[Resource]:
    by: list[Workflow | Schedule] = [*(workflow for workflow in WORKFLOWS if workflow.events), *SCHEDULES]
    names = {f"citas-{stack.stage}-{it.name}" for it in by}
    found = [rule for rule in stack.all("AWS::Events::Rule") if rule.properties["Name"] in names]
    assert len(found) == len(by)
    return found


def test_a_rule_starts_its_own_state_machine_alone(stack: Synthesised) -> None:
    for rule in rules_that_start_runs(stack):
        [target] = rule.properties["Targets"]
        role = stack.behind(target["RoleArn"])
        [statement] = [it for it in stack.statements_of(role) if it["Action"] == "states:StartExecution"]
        assert statement["Resource"] == target["Arn"]


def test_a_rule_needs_no_key_to_start_a_run(stack: Synthesised) -> None:
    for rule in rules_that_start_runs(stack):
        role = stack.behind(rule.properties["Targets"][0]["RoleArn"])
        assert [it["Action"] for it in stack.statements_of(role)] == ["states:StartExecution"]


@pytest.mark.parametrize(
    ("resource_type", "service"),
    [("AWS::Lambda::Function", "lambda"), ("AWS::StepFunctions::StateMachine", "states")],
)
def test_only_its_service_takes_on_a_role(stack: Synthesised, resource_type: str, service: str) -> None:
    for resource in stack.all(resource_type):
        role: Resource = stack.behind(resource.properties.get("Role") or resource.properties["RoleArn"])
        [trusted] = role.properties["AssumeRolePolicyDocument"]["Statement"]
        assert trusted["Principal"] == {"Service": f"{service}.amazonaws.com"}
