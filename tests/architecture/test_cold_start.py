"""Decision 0008: what makes a cold start short comes before what it is to make short."""

import ast
from importlib import import_module
from inspect import getsource

import pytest

from clinic.contracts.workflows import WORKFLOWS, Workflow

OURS = ("clinic", "lambdas")


def imported(source: str) -> list[str]:
    """The modules that a source imports when it is loaded, in order."""
    modules = []
    for node in ast.parse(source).body:
        if isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules.append(str(node.module))
    return modules


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_a_module_with_handlers_shortens_its_start_before_it_loads_anything_of_ours(
    workflow: Workflow,
) -> None:
    modules = imported(getsource(import_module(workflow.module)))
    assert next(name for name in modules if name.startswith(OURS)) == "lambdas.cold_start"
