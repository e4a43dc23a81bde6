"""The state machines are the files in ``state_machines/``, watched and traced without patient data."""

import json
import re
from pathlib import Path

import pytest

from clinic.contracts.workflows import WORKFLOWS, Workflow
from tests.infra.template.synthesised import Resource, Synthesised


@pytest.fixture(params=WORKFLOWS, ids=lambda workflow: workflow.name)
def workflow(request: pytest.FixtureRequest) -> Workflow:
    found: Workflow = request.param
    return found


@pytest.fixture
def machine(stack: Synthesised, workflow: Workflow) -> Resource:
    return stack.named("AWS::StepFunctions::StateMachine", f"citas-{stack.stage}-{workflow.name}")


def test_the_definition_is_the_file(machine: Resource, workflow: Workflow, root: Path) -> None:
    file = root / "state_machines" / workflow.definition_file
    assert json.loads(machine.properties["DefinitionString"]) == json.loads(file.read_text(encoding="utf-8"))


def test_every_substitution_is_provided_and_no_other(machine: Resource) -> None:
    wanted = set(re.findall(r"\$\{(\w+)}", machine.properties["DefinitionString"]))
    assert set(machine.properties["DefinitionSubstitutions"]) == wanted


def test_the_definition_calls_its_own_function(
    stack: Synthesised, machine: Resource, workflow: Workflow
) -> None:
    function = stack.behind(machine.properties["DefinitionSubstitutions"][workflow.function_substitution])
    assert function.properties["Handler"] == workflow.handler


def test_every_file_belongs_to_a_workflow(root: Path) -> None:
    files = {path.name for path in (root / "state_machines").glob("*.json")}
    assert files == {workflow.definition_file for workflow in WORKFLOWS}


def test_runs_are_logged_without_their_data(stack: Synthesised, machine: Resource) -> None:
    logging = machine.properties["LoggingConfiguration"]
    assert logging["Level"] == "ALL"
    assert logging["IncludeExecutionData"] is False
    [destination] = logging["Destinations"]
    group = stack.behind(destination["CloudWatchLogsLogGroup"]["LogGroupArn"])
    assert group.properties["LogGroupName"].startswith("/aws/vendedlogs/states/")


def test_runs_may_last_months_and_are_not_traced(machine: Resource) -> None:
    assert "TracingConfiguration" not in machine.properties
    assert machine.properties["StateMachineType"] == "STANDARD"
