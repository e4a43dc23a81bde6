"""What the definitions read: ids, instants and statuses; never a patient's data."""

import json
import re

import jsonata
import pytest

from clinic.contracts.events import AppointmentCreated
from clinic.contracts.steps import (
    DeliveryResult,
    FailedIntent,
    IntentReference,
    ReminderPlanResult,
    StepModel,
)
from clinic.contracts.workflows import WORKFLOWS, Workflow
from tests.agreement.definitions import definition, expressions, states, tasks

every_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)

IDS_AND_STATUSES = {
    *("intentId", "reservationId", "version", "kind", "status", "outcome"),
    *("dueAt", "retryAt", "confirmation", "reminders", "confirmationStatus"),
}
ERRORS = {"error", "errorOutput.Error"}
CONTEXT = {"context.State.Name", "context.Execution.Id"}
WHAT_A_STEP_ANSWERS = {
    "PlanReminders": ReminderPlanResult,
    "SendConfirmation": DeliveryResult,
    "RecordConfirmationFailure": DeliveryResult,
    "SendReminder": DeliveryResult,
    "RecordReminderFailure": DeliveryResult,
}
WHAT_A_STEP_TAKES = {
    "SendConfirmation": IntentReference,
    "RecordConfirmationFailure": FailedIntent,
    "SendReminder": IntentReference,
    "RecordReminderFailure": FailedIntent,
}


def paths(expression: str) -> set[str]:
    """The paths an expression reads, without ``$states.input`` and the like before them."""
    found = re.findall(r"\$((?!exists\b)[A-Za-z_][\w.]*)", expression)
    prefixes = ("states.input", "states.result.Payload", "states.result", "states")
    short = set()
    for path in found:
        for prefix in prefixes:
            if path == prefix or path.startswith(f"{prefix}."):
                short.add(path.removeprefix(prefix).removeprefix("."))
                break
        else:
            short.add(path)
    return short


def names(model: type[StepModel]) -> set[str]:
    return {str(field.alias) for field in model.model_fields.values()}


@every_workflow
def test_an_expression_reads_ids_instants_and_statuses_or_all_of_an_input(workflow: Workflow) -> None:
    read = set().union(*map(paths, expressions(definition(workflow))))
    assert read - {""} <= IDS_AND_STATUSES | ERRORS | CONTEXT


@every_workflow
def test_no_definition_names_a_field_of_a_patient(workflow: Workflow) -> None:
    fields = {str(field.alias) for field in AppointmentCreated.model_fields.values()}
    known = {"reservationId"}
    text = json.dumps(definition(workflow))
    assert [field for field in fields - known if re.search(rf"\b{field}\b", text)] == []


def test_only_the_first_task_gets_the_whole_event() -> None:
    whole = [
        t.name for t in tasks() if t.definition["Arguments"]["Payload"]["input"] == "{% $states.input %}"
    ]
    assert whole == ["PlanReminders"]


@pytest.mark.parametrize(("name", "model"), WHAT_A_STEP_TAKES.items())
def test_a_task_sends_exactly_what_its_step_takes(name: str, model: type[StepModel]) -> None:
    (task,) = [task for task in tasks() if task.name == name]
    assert set(task.definition["Arguments"]["Payload"]["input"]) == names(model)


@pytest.mark.parametrize(("name", "model"), WHAT_A_STEP_ANSWERS.items())
def test_what_is_read_of_an_answer_is_in_it(name: str, model: type[StepModel]) -> None:
    (task,) = [task for task in tasks() if task.name == name]
    after = {key: task.definition.get(key) for key in ("Assign", "Output")}
    read = {
        path.removeprefix("states.result.Payload").removeprefix(".")
        for expression in expressions(after)
        for path in re.findall(r"\$(states\.result[\w.]*)", expression)
    }
    assert read - {""} <= names(model)


@every_workflow
def test_every_expression_is_one_jsonata_can_read(workflow: Workflow) -> None:
    found = list(expressions(definition(workflow)))
    assert found
    for expression in found:
        assert re.fullmatch(r"\{% .+ %\}", expression), expression
        jsonata.Jsonata(expression.removeprefix("{%").removesuffix("%}"))


@every_workflow
def test_every_variable_is_assigned_before_the_map_reads_it(workflow: Workflow) -> None:
    assigned = {name for state in states(workflow) for name in state.definition.get("Assign", {})}
    read = {
        path
        for expression in expressions(definition(workflow))
        for path in re.findall(r"\$((?!states\b|exists\b)[A-Za-z_]\w*)", expression)
    }
    assert read == assigned
