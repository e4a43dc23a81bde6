"""An event's name stands in its model alone; the rest of the code asks the model."""

import ast
from collections.abc import Iterator
from pathlib import Path

import clinic.contracts.workflows  # noqa: F401 - every event of a workflow is known once it is imported
from clinic.contracts.events.appointment_changes import FOR_OTHERS
from clinic.contracts.events.base import BusEvent
from clinic.contracts.workflows import WORKFLOWS
from tests.architecture.project import ROOT, files, name

CODE = ("clinic", "lambdas", "console", "infra", "local")
WHERE_THEY_STAND = "clinic/contracts/events/"


def models(of: type[BusEvent] = BusEvent) -> Iterator[type[BusEvent]]:
    """All models of events, without those that only hold what others share."""
    for model in of.__subclasses__():
        if "detail_type" in vars(model):
            yield model
        yield from models(model)


def literals(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_each_event_has_a_name_of_its_own() -> None:
    names = [model.detail_type for model in models() if model.__module__.startswith("clinic.")]
    assert sorted(names) == sorted(set(names))


def test_every_event_of_the_bus_is_taken_by_a_workflow_or_meant_for_others() -> None:
    used = {*FOR_OTHERS, *(event for workflow in WORKFLOWS for event in workflow.events)}
    of_the_bus = {model for model in models() if "/" in model.detail_type}
    assert {model for model in of_the_bus if model.__module__.startswith("clinic.")} == used


def test_no_code_but_the_contracts_spells_an_events_name() -> None:
    known = {model.detail_type for model in models() if "/" in model.detail_type}  # AWS's own are AWS's
    spelled = {
        f"{name(path)}: {text}"
        for path in files(".py")
        if path.relative_to(ROOT).parts[0] in CODE and not name(path).startswith(WHERE_THEY_STAND)
        for text in literals(path)
        if text in known
    }
    assert spelled == set()


def test_the_contracts_spell_every_name_once() -> None:
    known = [model.detail_type for model in models() if model.__module__.startswith("clinic.")]
    contracts = [path for path in files(".py") if name(path).startswith(WHERE_THEY_STAND)]
    spelled = [text for path in contracts for text in literals(path) if text in known]
    assert sorted(spelled) == sorted(known)
