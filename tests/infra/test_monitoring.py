"""Dashboards and alarms: each names what is really there, and somebody is told."""

import json
import operator
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clinic.contracts.kpis import KPIS, Kpi
from clinic.contracts.metrics import METRICS
from clinic.contracts.workflows import WORKFLOWS, Workflow
from tests.infra.synthesised import Resource, Synthesised

ALARM, DASHBOARD = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"
OURS = "Citas"
# From AWS's lists of metrics and dimensions: Step Functions, Lambda, EventBridge, SQS, DynamoDB.
OF_AWS: dict[tuple[str, frozenset[str]], set[str]] = {
    ("AWS/States", frozenset({"StateMachineArn"})): {
        *("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed"),
        *("ExecutionsTimedOut", "ExecutionsAborted", "ExecutionThrottled", "ExecutionTime"),
    },
    ("AWS/Lambda", frozenset({"FunctionName"})): {
        *("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"),
    },
    ("AWS/Events", frozenset({"RuleName"})): {"Invocations", "FailedInvocations", "InvocationsSentToDlq"},
    ("AWS/Events", frozenset({"EventBusName", "RuleName"})): {
        *("Invocations", "FailedInvocations", "InvocationsSentToDlq"),
    },
    ("AWS/SQS", frozenset({"QueueName"})): {"ApproximateNumberOfMessagesVisible"},
    ("AWS/ApiGateway", frozenset({"ApiId"})): {"4xx", "5xx", "Count"},
    ("AWS/DynamoDB", frozenset({"TableName"})): {"ReadThrottleEvents", "WriteThrottleEvents"},
}


def body(dashboard: Resource) -> dict[str, Any]:
    """A dashboard's content, what is known only at deployment standing there by its logical id."""
    written = dashboard.properties["DashboardBody"]
    if isinstance(written, dict):
        (_, parts) = written["Fn::Join"]
        written = "".join(part if isinstance(part, str) else _placeholder(part) for part in parts)
    read: dict[str, Any] = json.loads(written)
    return read


def _placeholder(part: dict[str, Any]) -> str:
    (value,) = part.values()
    return str(value[0]) if isinstance(value, list) else str(value)


def drawn(widget: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Namespace, name and dimensions of each metric that a widget draws."""
    for line in widget["properties"].get("metrics", []):
        namespace, name, *rest = [part for part in line if isinstance(part, str)]
        yield namespace, name, dict(zip(rest[::2], rest[1::2], strict=True))


def named(stack: Synthesised) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every metric that a widget or an alarm names."""
    for dashboard in stack.all(DASHBOARD):
        for widget in body(dashboard)["widgets"]:
            yield from drawn(widget)
    for alarm in stack.all(ALARM):
        dimensions = {part["Name"]: part["Value"] for part in alarm.properties["Dimensions"]}
        yield alarm.properties["Namespace"], alarm.properties["MetricName"], dimensions


def test_every_metric_of_ours_that_is_named_is_in_the_list_with_exactly_its_dimensions(
    stack: Synthesised,
) -> None:
    known = {metric.name: {"service", "stage", *metric.dimensions} for metric in METRICS}
    found = [(name, dimensions) for namespace, name, dimensions in named(stack) if namespace == OURS]
    assert found
    for name, dimensions in found:
        assert set(dimensions) == known[name], name
        assert (dimensions["service"], dimensions["stage"]) == ("citas", stack.stage)
    workflows = {dimensions["workflow"] for _, dimensions in found if "workflow" in dimensions}
    assert workflows == {workflow.name for workflow in WORKFLOWS}


def test_every_metric_of_aws_that_is_named_is_one_that_aws_publishes(stack: Synthesised) -> None:
    found = [one for one in named(stack) if one[0] != OURS]
    assert {namespace for namespace, _, _ in found} == {namespace for namespace, _ in OF_AWS}
    for namespace, name, dimensions in found:
        assert name in OF_AWS[namespace, frozenset(dimensions)], (namespace, name)


def test_every_metric_of_ours_is_drawn_somewhere(stack: Synthesised) -> None:
    assert {name for namespace, name, _ in named(stack) if namespace == OURS} == {m.name for m in METRICS}


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_each_kpi_is_drawn_against_its_target(stack: Synthesised, kpi: Kpi) -> None:
    widgets = body(stack.named(DASHBOARD, f"citas-{stack.stage}-kpis"))["widgets"]
    (widget,) = [w for w in widgets if w["properties"]["title"].startswith(f"{kpi.title} (")]
    ((namespace, name, _),) = drawn(widget)
    assert (namespace, name) == (OURS, kpi.metric.name)
    (line,) = widget["properties"]["annotations"]["horizontal"]
    assert line["value"] == kpi.target


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_each_kpis_alarm_rings_just_where_its_target_is_missed(stack: Synthesised, kpi: Kpi) -> None:
    alarm = stack.named(ALARM, f"citas-{stack.stage}-kpi-{kpi.name}").properties
    rings = {
        "GreaterThanThreshold": operator.gt,
        "GreaterThanOrEqualToThreshold": operator.ge,
        "LessThanThreshold": operator.lt,
        "LessThanOrEqualToThreshold": operator.le,
    }[alarm["ComparisonOperator"]]
    for figure in (0, kpi.target - 0.01, kpi.target, kpi.target + 0.01, 1000):
        assert rings(figure, alarm["Threshold"]) is not kpi.is_met(figure), figure
    assert alarm["MetricName"] == kpi.metric.name
    assert alarm["Statistic"] == kpi.statistic


def test_the_targets_are_those_that_were_promised() -> None:
    assert {kpi.name: kpi.target_text for kpi in KPIS} == {
        "execution-time": "< 30 s",
        "success-rate": "> 99.5 %",
        "reminder-delivery": "> 98 %",
        "slot-accuracy": "> 99 %",
        "expiration-handling": "< 300 s",
        "availability": "≥ 99.9 %",
        "error-recovery": "> 95 %",
        "message-success": "> 99 %",
        "state-consistency": "≥ 100 %",
    }


def test_every_alarm_tells_the_topic_that_it_rings_and_that_it_ends(stack: Synthesised) -> None:
    (topic,) = stack.all("AWS::SNS::Topic")
    for alarm in stack.all(ALARM):
        for kind in ("AlarmActions", "OKActions"):
            assert alarm.properties[kind] == [{"Ref": topic.logical_id}], alarm.properties["AlarmName"]
    assert "KmsMasterKeyId" in topic.properties


def test_each_queue_each_function_each_machine_and_each_table_has_its_alarm(stack: Synthesised) -> None:
    alarms = {alarm.properties["AlarmName"] for alarm in stack.all(ALARM)}

    def of(resource_type: str, name: str) -> set[str]:
        return {resource.properties[name] for resource in stack.all(resource_type)}

    assert {f"{name}-waiting" for name in of("AWS::SQS::Queue", "QueueName")} <= alarms
    assert {f"{name}-throttled" for name in of("AWS::Lambda::Function", "FunctionName")} <= alarms
    for name in of("AWS::DynamoDB::Table", "TableName"):
        assert {f"{name}-read-throttled", f"{name}-write-throttled"} <= alarms
    for name in of("AWS::StepFunctions::StateMachine", "StateMachineName"):
        assert {f"{name}-runs-throttled", f"{name}-timed-out"} <= alarms


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_each_workflow_has_a_dashboard_that_looks_at_its_own_parts(
    stack: Synthesised, workflow: Workflow
) -> None:
    name = f"citas-{stack.stage}-{workflow.name}"
    widgets = body(stack.named(DASHBOARD, name))["widgets"]
    machine = stack.named("AWS::StepFunctions::StateMachine", name)
    function = stack.named("AWS::Lambda::Function", name)
    found = [dimensions for widget in widgets for _, _, dimensions in drawn(widget)]
    assert {d["StateMachineArn"] for d in found if "StateMachineArn" in d} == {machine.logical_id}
    assert {d["FunctionName"] for d in found if "FunctionName" in d} == {function.logical_id}
    assert {d["RuleName"] for d in found if "RuleName" in d} == {name}


def test_an_alarm_without_a_figure_is_silent_but_for_availability(stack: Synthesised) -> None:
    loud = {
        alarm.properties["AlarmName"]
        for alarm in stack.all(ALARM)
        if alarm.properties["TreatMissingData"] != "notBreaching"
    }
    assert loud == {f"citas-{stack.stage}-kpi-availability"}


def test_every_alarm_has_its_paragraph_in_the_runbook_and_every_paragraph_an_alarm(
    stack: Synthesised, root: Path
) -> None:
    runbook = (root / "docs" / "runbook.md").read_text(encoding="utf-8")
    paragraphs = {line.removeprefix("### ").strip("`") for line in runbook.splitlines() if line[:4] == "### "}
    names = {
        alarm.properties["AlarmName"].removeprefix(f"citas-{stack.stage}-") for alarm in stack.all(ALARM)
    }
    explained = {
        paragraph: {name for name in names if _is_about(paragraph, name)} for paragraph in paragraphs
    }
    assert names - set().union(*explained.values()) == set()
    assert [paragraph for paragraph, about in explained.items() if not about] == []


def _is_about(paragraph: str, name: str) -> bool:
    """``<function>-throttled`` is the paragraph of every alarm that ends so."""
    _, is_pattern, end = paragraph.partition(">")
    return name.endswith(end) if is_pattern else name == paragraph
