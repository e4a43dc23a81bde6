"""Writes Retry, Catch and the states that send into the state machines' definitions."""

import json
from collections.abc import Iterator
from typing import Any

from clinic.contracts.workflows import WORKFLOWS, Workflow
from infra.definitions.policies import DEFINITIONS, SEND, Matcher, PolicyError, Table, read
from infra.definitions.sends import states_that_send

State = dict[str, Any]


def write() -> list[str]:
    """Bring all files up to date.

    Returns:
        The names of those that were not.

    Raises:
        PolicyError: the table and the definitions do not fit each other. No file is written.
    """
    table = read()
    texts = {workflow.definition_file: current(workflow, table) for workflow in WORKFLOWS}
    stale = [name for name, text in texts.items() if (DEFINITIONS / name).read_text(encoding="utf-8") != text]
    for name in stale:
        (DEFINITIONS / name).write_text(texts[name], encoding="utf-8")
    return stale


def current(workflow: Workflow, table: Table) -> str:
    """A workflow's file as the table wants it; all that is not written stays.

    Raises:
        PolicyError: the table and the definition do not fit each other.
    """
    file = DEFINITIONS / workflow.definition_file
    definition = completed(json.loads(file.read_text(encoding="utf-8")), workflow, table)
    return json.dumps(definition, indent=2, ensure_ascii=False) + "\n"


def completed(definition: State, workflow: Workflow, table: Table) -> State:
    """A definition with what is written.

    Raises:
        PolicyError: the table and the definition do not fit each other.
    """
    names = set(_names(definition))
    for section, states in (("states", table.states_of(workflow)), ("catch", table.caught_in(workflow))):
        if unknown := sorted(set(states) - names):
            where = f"{section}.{workflow.name}.{unknown[0]}"
            raise PolicyError(f"{where}: {workflow.definition_file} has no such state")
    return _machine(definition, workflow, table)


def _machine(machine: State, workflow: Workflow, table: Table) -> State:
    states: dict[str, State] = machine["States"]
    policies = table.states_of(workflow)
    sent = {
        name: state
        for send in states
        if policies.get(send) == SEND
        for name, state in states_that_send(workflow, send, states, table).items()
    }
    return {
        **machine,
        "States": {
            name: sent[name] if name in sent else _state(name, state, workflow, table)
            for name, state in states.items()
        },
    }


def _state(name: str, state: State, workflow: Workflow, table: Table) -> State:
    retry = table.retry(workflow, table.policy_of(workflow, name)) if state["Type"] == "Task" else []
    state = _with(state, "Retry", retry, before=("Assign", "Output", "Catch", "Next", "End"))
    state = _with(state, "Catch", table.catch(workflow, name, retry), before=("Next", "End"))
    if "ItemProcessor" in state:
        state["ItemProcessor"] = _machine(state["ItemProcessor"], workflow, table)
    if "Branches" in state:
        state["Branches"] = [_machine(branch, workflow, table) for branch in state["Branches"]]
    return state


def _with(state: State, key: str, matchers: list[Matcher], before: tuple[str, ...]) -> State:
    """The state with its Retry or Catch: where it stood, or before the first of some keys; none if empty."""
    if not matchers:
        return {name: value for name, value in state.items() if name != key}
    if key in state:
        return {**state, key: matchers}
    place = next((index for index, name in enumerate(state) if name in before), len(state))
    entries = list(state.items())
    return dict([*entries[:place], (key, matchers), *entries[place:]])


def _names(machine: State) -> Iterator[str]:
    for name, state in machine["States"].items():
        yield name
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            if inner:
                yield from _names(inner)
