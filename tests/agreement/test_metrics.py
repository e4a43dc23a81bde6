"""Every metric in the list is emitted: no dashboard draws, and no alarm watches, what nobody publishes."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.contracts import metrics
from clinic.contracts.metrics import METRICS, Metric

ROOT = Path(__file__).parents[2]
EMITTERS = ("clinic/services", "clinic/adapters", "lambdas")
NAMES = {id(value): name for name, value in vars(metrics).items() if isinstance(value, Metric)}

# What nobody publishes yet.
NOT_YET: frozenset[str] = frozenset()


def used_names(source: str) -> Iterator[str]:
    """The names that a source uses, its imports left out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            yield node.id


def emitted() -> set[str]:
    """The names of the metrics that some module does more with than import them."""
    files = [path for folder in EMITTERS for path in (ROOT / folder).rglob("*.py")]
    used = {name for path in files for name in used_names(path.read_text(encoding="utf-8"))}
    return used & set(NAMES.values())


def test_the_list_holds_every_metric_there_is() -> None:
    assert {id(metric) for metric in METRICS} == set(NAMES)


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_published_by_somebody(metric: Metric) -> None:
    name = NAMES[id(metric)]
    assert (name in emitted()) is (name not in NOT_YET), f"{name}: update NOT_YET, or emit it"
