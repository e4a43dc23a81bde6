"""Retry, Catch and the states that send are in the definitions as the table of policies has them."""

import json
import tomllib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, WORKFLOWS, Workflow
from infra.definitions import policies, writing
from infra.definitions.policies import PolicyError, Table, read
from infra.definitions.sends import group_of
from tests.agreement.definitions import FOLDER, definition, states, tasks

TABLE = read()
every_workflow = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
# What of a group may differ beside names: what the send assigns, and what follows the message.
THEIR_OWN = {"Assign", "Comment", "Default"}


def written() -> dict[str, Any]:
    """The table as data."""
    return tomllib.loads(policies.TABLE.read_text(encoding="utf-8"))


def state_in(machine: dict[str, Any], name: str) -> dict[str, Any]:
    """A state of a definition, wherever it stands."""
    for own_name, state in machine["States"].items():
        if own_name == name:
            found: dict[str, Any] = state
            return found
        if "ItemProcessor" in state and name in json.dumps(state["ItemProcessor"]["States"]):
            return state_in(state["ItemProcessor"], name)
    raise AssertionError(name)


@every_workflow
def test_a_definition_is_as_the_table_has_it(workflow: Workflow) -> None:
    file = (FOLDER / workflow.definition_file).read_text(encoding="utf-8")
    assert file == writing.current(workflow, TABLE), f"{workflow.definition_file}: run `make format`"


@pytest.mark.parametrize("part", ["Retry", "Catch"])
@every_workflow
def test_what_was_changed_by_hand_is_written_again(workflow: Workflow, part: str) -> None:
    for name in [state.name for state in states(workflow) if part in state.definition]:
        changed = definition(workflow)
        state_in(changed, name)[part][0]["ErrorEquals"] = ["States.ALL"]
        lost = definition(workflow)
        del state_in(lost, name)[part]
        for machine in (changed, lost):
            assert writing.completed(machine, workflow, TABLE) == definition(workflow), name


@every_workflow
def test_a_catch_or_retry_that_the_table_does_not_have_is_taken_out(workflow: Workflow) -> None:
    for state in states(workflow):
        if state.definition["Type"] not in {"Task", "Map"}:
            continue
        more = definition(workflow)
        state_in(more, state.name)["Catch"] = [
            *state.catchers,
            {"ErrorEquals": ["States.ALL"], "Next": state.name},
        ]
        state_in(more, state.name)["Retry"] = [*state.retriers, {"ErrorEquals": ["States.ALL"]}]
        assert writing.completed(more, workflow, TABLE) == definition(workflow), state.name


def groups() -> list[tuple[Workflow, str]]:
    """The sends of all workflows."""
    return [(task.workflow, task.name) for task in tasks() if task.name.startswith("Send")]


def without_names(workflow: Workflow, send: str) -> tuple[list[dict[str, Any]], Any]:
    """A group's four states without what may differ, and apart what its first and last state assign."""
    machine = {state.name: state.definition for state in states(workflow)}
    group = [
        {key: value for key, value in machine[name].items() if key not in THEIR_OWN}
        for name in group_of(send)
    ]
    text = json.dumps(group).replace(workflow.function_substitution, "<Function>")
    text = text.replace(send.removeprefix("Send"), "<Message>")
    four: list[dict[str, Any]] = json.loads(text)
    for state in four:
        for retrier in state.get("Retry", []):
            del retrier["MaxAttempts"], retrier["MaxDelaySeconds"]
    return four, (machine[send].get("Assign"), machine[group_of(send)[3]].get("Assign"))


def test_all_messages_are_sent_alike() -> None:
    alike = [without_names(workflow, send) for workflow, send in groups()]
    assert len(alike) == 9
    assert all(four == alike[0][0] for four, _ in alike)
    assert all(of_the_send == of_its_failure for _, (of_the_send, of_its_failure) in alike)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("TimeoutSeconds", 1),
        ("Next", "SendReminder"),
        ("Arguments", {}),
        ("Output", "{% 1 %}"),
        ("Type", "Pass"),
    ],
)
def test_a_message_that_was_to_be_sent_in_another_way_is_sent_like_the_others(
    key: str, value: object
) -> None:
    for name in group_of("SendReminder"):
        changed = definition(APPOINTMENT_REMINDERS)
        state_in(changed, name)[key] = value
        again = writing.completed(changed, APPOINTMENT_REMINDERS, TABLE)
        assert again == definition(APPOINTMENT_REMINDERS), name


def remove(*path: str) -> Callable[[dict[str, Any]], None]:
    def change(table: dict[str, Any]) -> None:
        for key in path[:-1]:
            table = table[key]
        del table[path[-1]]

    return change


def put(value: object, *path: str) -> Callable[[dict[str, Any]], None]:
    def change(table: dict[str, Any]) -> None:
        for key in path[:-1]:
            table = table.setdefault(key, {})
        table[path[-1]] = value

    return change


OF_REMINDERS = ("states", "appointment-reminders")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (put({}, "retries"), "retries: expected one of retry"),
        (put({}, "retry", "often"), "retry.often: expected one of throttled"),
        (put({}, "states", "reminders"), "states.reminders: expected one of appointment-reminders"),
        (put([], "policies", "step", "errors"), "policies.step.errors: expected one of passing, rate_limits"),
        (
            put("call", *OF_REMINDERS, "PlanReminders"),
            "states.appointment-reminders.PlanReminders: expected one",
        ),
        (put("step", *OF_REMINDERS, "PlanAll"), "states.appointment-reminders.PlanAll: .* has no such state"),
        (
            remove(*OF_REMINDERS, "PlanReminders"),
            "states.appointment-reminders.PlanReminders: a Task needs a",
        ),
        (
            put("send", *OF_REMINDERS, "PlanReminders"),
            "appointment_reminders.asl.json: PlanReminders is named",
        ),
        (
            put({"catches": "some"}, "catch", "appointment-reminders", "PlanReminders"),
            "catch.appointment-reminders.PlanReminders.catches: expected one of retried, everything",
        ),
        (
            put({"catches": "everything"}, "catch", "appointment-reminders", "SendReminder"),
            "catch.appointment-reminders.SendReminder: a send has its own",
        ),
    ],
)
def test_a_table_that_does_not_fit_names_the_entry(
    change: Callable[[dict[str, Any]], None], says: str
) -> None:
    table = written()
    change(table)
    with pytest.raises(PolicyError, match=says):
        writing.completed(definition(APPOINTMENT_REMINDERS), APPOINTMENT_REMINDERS, Table(table))


@pytest.mark.parametrize("missing", group_of("SendReminder")[1:])
def test_a_send_without_one_of_its_states_is_refused(missing: str) -> None:
    machine = definition(APPOINTMENT_REMINDERS)
    del machine["States"]["RemindBeforeVisit"]["ItemProcessor"]["States"][missing]
    with pytest.raises(PolicyError, match=f"SendReminder needs a state {missing} beside it"):
        writing.completed(machine, APPOINTMENT_REMINDERS, TABLE)


def test_a_number_changed_in_the_table_changes_every_file() -> None:
    table = deepcopy(written())
    table["retry"]["passing"]["IntervalSeconds"] = 3
    changed = Table(table)
    stale = [w for w in WORKFLOWS if writing.current(w, changed) != writing.current(w, TABLE)]
    assert stale == list(WORKFLOWS)
