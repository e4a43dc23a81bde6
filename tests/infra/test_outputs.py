"""A publisher, an operator and the local stack are told what they need of a deployment."""

from typing import Any

import pytest

from clinic.contracts.endpoints import ENDPOINTS
from clinic.contracts.listeners import LISTENERS
from clinic.contracts.tables import TABLES
from clinic.contracts.workflows import WORKFLOWS, Workflow
from tests.infra.template.synthesised import Synthesised


def output(stack: Synthesised, name: str) -> Any:
    return stack.template["Outputs"][name]["Value"]


@pytest.mark.parametrize("spec", TABLES, ids=lambda spec: spec.name)
def test_each_table_is_told(stack: Synthesised, spec: Any) -> None:
    table = stack.behind(output(stack, f"{spec.name.capitalize()}Table"))
    assert table.properties["TableName"] == f"citas-{stack.stage}-{spec.name}"


def test_the_bus_and_the_queue_are_told(stack: Synthesised) -> None:
    assert stack.behind(output(stack, "EventBusName")).type == "AWS::Events::EventBus"
    assert stack.behind(output(stack, "UndeliveredEventsQueueUrl")).type == "AWS::SQS::Queue"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_each_state_machine_is_told(stack: Synthesised, workflow: Workflow) -> None:
    title = "".join(word.capitalize() for word in workflow.name.split("-"))
    machine = stack.behind(output(stack, f"{title}Arn"))
    assert machine.properties["StateMachineName"] == f"citas-{stack.stage}-{workflow.name}"


def test_a_secrets_name_is_told_and_never_its_value(stack: Synthesised) -> None:
    assert output(stack, "WhatsAppSecretName") == f"citas/{stack.stage}/whatsapp"
    assert output(stack, "WhatsAppWebhookSecretName") == f"citas/{stack.stage}/whatsapp-webhook"
    assert output(stack, "PaymentsSecretName") == f"citas/{stack.stage}/payments"


def test_the_template_makes_nothing_but_what_is_described(stack: Synthesised) -> None:
    types = {resource["Type"] for resource in stack.template["Resources"].values()}
    assert not any(it.startswith(("Custom::", "AWS::CloudFormation::", "AWS::CDK::")) for it in types)
    functions = {it.properties["Handler"] for it in stack.all("AWS::Lambda::Function")}
    served = [it.handler for it in WORKFLOWS] + [it.handler for it in ENDPOINTS]
    assert functions == {*served, *(it.handler for it in LISTENERS)}
