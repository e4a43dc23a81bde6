"""States, step handlers and workflows are three lists of one thing."""

import ast
import inspect
import json
from importlib import import_module
from typing import Any

import pytest

from clinic.contracts.events.base import BusEvent
from clinic.contracts.schedules import SCHEDULES, trigger_of
from clinic.contracts.workflows import WORKFLOWS, Workflow
from clinic.domain.errors import InvalidEventError
from clinic.domain.instants import to_text
from lambdas.runtime import Call, step_name
from tests.agreement.definitions import FOLDER, State, definition, states, steps, tasks
from tests.fakes.examples import NOW

every_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
# In lambdas/messages.py and lambdas/unfinished.py.
SHARED = {"send_notice", "record_notice_failure", "report_unfinished"}
every_task = pytest.mark.parametrize("task", tasks(), ids=str)


def test_every_definition_belongs_to_a_workflow_and_every_workflow_has_one() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == {w.definition_file for w in WORKFLOWS}


def test_no_two_workflows_share_what_names_them() -> None:
    for attribute in ("name", "title", "module", "definition_file", "function_substitution"):
        assert len({getattr(workflow, attribute) for workflow in WORKFLOWS}) == len(WORKFLOWS)
    assert len({trigger_of(workflow) for workflow in WORKFLOWS}) == len(WORKFLOWS)
    rules = [*(it.name for it in WORKFLOWS if it.events), *(it.name for it in SCHEDULES)]
    assert len(set(rules)) == len(rules)


@every_workflow
def test_every_task_has_its_step_and_every_step_its_task(workflow: Workflow) -> None:
    called = [step_name(state.name) for state in states(workflow) if state.definition["Type"] == "Task"]
    assert sorted(called) == sorted(steps(workflow).steps)


@every_workflow
def test_steps_are_registered_and_written_in_the_order_the_workflow_runs_them(workflow: Workflow) -> None:
    called = [step_name(state.name) for state in states(workflow) if state.definition["Type"] == "Task"]
    tree = ast.parse(inspect.getsource(import_module(workflow.module)))
    written = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"]
    assert list(steps(workflow).steps) == called
    assert written == [name for name in called if name not in SHARED]


@every_workflow
def test_a_handler_is_named_by_its_string(workflow: Workflow) -> None:
    module, _, attribute = workflow.handler.rpartition(".")
    assert getattr(import_module(module), attribute) is steps(workflow)


@pytest.mark.parametrize(
    ("workflow", "event"),
    [(workflow, event) for workflow in WORKFLOWS for event in workflow.events],
    ids=lambda it: it.name if isinstance(it, Workflow) else it.detail_type,
)
def test_the_first_step_reads_every_event_that_starts_its_workflow(
    workflow: Workflow, event: type[BusEvent]
) -> None:
    first = next(iter(steps(workflow).steps.values()))
    received = {"id": "e-1", "time": to_text(NOW), "detail-type": event.detail_type, "detail": {}}
    nothing: Any = None  # it is refused before any use case is asked
    with pytest.raises(InvalidEventError, match=f"^{event.detail_type} is not valid: "):
        first(Call(received, NOW, "request-1", "run-1", nothing))


@every_workflow
def test_state_names_are_unique_throughout_a_definition(workflow: Workflow) -> None:
    names = [state.name for state in states(workflow)]
    assert len(set(names)) == len(names)


@every_workflow
def test_a_definition_is_jsonata_and_says_what_it_does(workflow: Workflow) -> None:
    machine = definition(workflow)
    assert machine["QueryLanguage"] == "JSONata"
    assert machine["Comment"].startswith(trigger_of(workflow))
    text = json.dumps(machine)
    assert not any(f'"{field}"' in text for field in ("InputPath", "ResultPath", "OutputPath", "Parameters"))


@every_workflow
def test_the_function_is_the_only_substitution(workflow: Workflow) -> None:
    text = (FOLDER / workflow.definition_file).read_text(encoding="utf-8")
    parts = text.split("${")[1:]
    assert {part.partition("}")[0] for part in parts} == {workflow.function_substitution}


@every_task
def test_a_task_sends_its_own_name_the_runs_name_and_an_input(task: State) -> None:
    arguments = task.definition["Arguments"]
    assert task.definition["Resource"] == "arn:aws:states:::lambda:invoke"
    assert arguments["FunctionName"] == f"${{{task.workflow.function_substitution}}}"
    assert set(arguments["Payload"]) == {"step", "execution", "input"}
    assert arguments["Payload"]["step"] == "{% $states.context.State.Name %}"
    assert arguments["Payload"]["execution"] == "{% $states.context.Execution.Id %}"


@every_task
def test_a_task_does_not_wait_forever(task: State) -> None:
    assert 30 < task.definition["TimeoutSeconds"] <= 60  # longer than a function may run


@every_workflow
def test_every_state_leads_on_or_ends(workflow: Workflow) -> None:
    for state in states(workflow):
        choices: list[dict[str, Any]] = state.definition.get("Choices", [])
        ways = {"Next", "End", "Default"} & set(state.definition)
        assert len(ways) == 1 or state.definition["Type"] in {"Succeed", "Fail"}, str(state)
        assert ("Default" in ways) is bool(choices), str(state)
