"""The state machines' definitions, taken apart for tests."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from clinic.contracts.workflows import WORKFLOWS, Workflow
from lambdas.runtime import StepFunction

FOLDER = Path(__file__).parents[2] / "state_machines"


@dataclass(frozen=True)
class State:
    """One state, wherever in its definition it stands."""

    workflow: Workflow
    name: str
    definition: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.workflow.name}/{self.name}"

    @property
    def retriers(self) -> list[dict[str, Any]]:
        """Its Retry, in order."""
        return list(self.definition.get("Retry", []))

    @property
    def catchers(self) -> list[dict[str, Any]]:
        """Its Catch, in order."""
        return list(self.definition.get("Catch", []))


def definition(workflow: Workflow) -> dict[str, Any]:
    """A workflow's definition as it lies in its file."""
    read: dict[str, Any] = json.loads((FOLDER / workflow.definition_file).read_text(encoding="utf-8"))
    return read


def states(workflow: Workflow) -> list[State]:
    """All its states, those within a Map or Parallel too."""
    return list(_states(workflow, definition(workflow)))


def tasks() -> list[State]:
    """The Task states of all workflows."""
    return [s for workflow in WORKFLOWS for s in states(workflow) if s.definition["Type"] == "Task"]


def steps(workflow: Workflow) -> StepFunction:
    """The workflow's handler."""
    handler: StepFunction = import_module(workflow.module).handler
    return handler


def names_in(matchers: list[dict[str, Any]]) -> set[str]:
    """The error names that Retry or Catch match."""
    return {name for matcher in matchers for name in matcher["ErrorEquals"]}


def expressions(part: Any) -> Iterator[str]:
    """Every JSONata expression in a part of a definition."""
    if isinstance(part, dict):
        for value in part.values():
            yield from expressions(value)
    elif isinstance(part, list):
        for value in part:
            yield from expressions(value)
    elif isinstance(part, str) and part.startswith("{%"):
        yield part


def _states(workflow: Workflow, machine: dict[str, Any]) -> Iterator[State]:
    for name, state in machine["States"].items():
        yield State(workflow, name, state)
        for inner in [state.get("ItemProcessor"), *state.get("Branches", [])]:
            if inner:
                yield from _states(workflow, inner)
