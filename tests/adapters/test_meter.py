"""Metrics as lines of CloudWatch's embedded format."""

import json
from typing import Any

import pytest

from clinic.adapters.meter import EmfMeter
from clinic.contracts.metrics import METRICS, WORKFLOW_EXECUTIONS, Metric


@pytest.fixture
def meter() -> EmfMeter:
    return EmfMeter(namespace="Citas", stage="dev")


def line(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    (only,) = capsys.readouterr().out.splitlines()
    read: dict[str, Any] = json.loads(only)
    return read


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_a_metric_is_one_line_with_exactly_its_dimensions(
    meter: EmfMeter, metric: Metric, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "appointment-reminders")
    meter.add(metric, 3, **dict.fromkeys(metric.dimensions, "x"))
    written = line(capsys)
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == "Citas"
    assert directive["Metrics"] == [{"Name": metric.name, "Unit": metric.unit.value}]
    (dimensions,) = directive["Dimensions"]
    assert set(dimensions) == {"service", "stage", *metric.dimensions}
    assert {name: written[name] for name in ("service", "stage")} == {"service": "citas", "stage": "dev"}
    assert written[metric.name] == [3.0]


def test_values_do_not_leak_from_one_line_into_the_next(
    meter: EmfMeter, capsys: pytest.CaptureFixture[str]
) -> None:
    meter.add(WORKFLOW_EXECUTIONS, workflow="appointment-reminders")
    capsys.readouterr()
    meter.add(WORKFLOW_EXECUTIONS, workflow="request-expiration")
    written = line(capsys)
    assert (written["workflow"], written["WorkflowExecutions"]) == ("request-expiration", [1.0])


@pytest.mark.parametrize("dimensions", [{}, {"profile": "dr-1"}, {"workflow": "x", "profile": "dr-1"}])
def test_other_dimensions_than_the_metrics_own_are_refused(
    meter: EmfMeter, dimensions: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match="WorkflowExecutions has the dimensions workflow"):
        meter.add(WORKFLOW_EXECUTIONS, 1, **dimensions)
    assert capsys.readouterr().out == ""


def test_names_are_unique_and_say_what_they_count() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)
    assert all(name[0].isupper() and name.isalnum() for name in names)
