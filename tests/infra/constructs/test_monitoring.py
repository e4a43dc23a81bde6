"""Dashboards and alarms: each names what is really there, and somebody is told."""

import json
import operator
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clinic.contracts.endpoints import ENDPOINTS
from clinic.contracts.kpis import KPIS, Kpi
from clinic.contracts.listeners import LISTENERS
from clinic.contracts.metrics import METRICS
from clinic.contracts.schedules import ANALYTICS, HEALTH, NIGHTLY, SCHEDULES, Schedule, schedules_of
from clinic.contracts.tables import TABLES
from clinic.contracts.workflows import (
    WATCHED,
    WORKFLOWS,
    Workflow,
)
from infra.config import Stage
from tests.infra.template.synthesised import Resource, Synthesised

FUNCTIONS = [*(it.name for it in WORKFLOWS), *(it.name for it in ENDPOINTS), *(it.name for it in LISTENERS)]
# What stands before the rest of an alarm's name, by what the runbook calls it.
PARTS: dict[str, list[str]] = {
    "schedule": [it.name for it in SCHEDULES],
    "workflow": [it.name for it in WORKFLOWS],
    "function": FUNCTIONS,
    "endpoint": [it.name for it in ENDPOINTS],
    "queue": ["undelivered-events", *(it.dead_letters for it in LISTENERS)],
    "table": [it.name for it in TABLES]
    + [f"{it.name}-{index.name}" for it in TABLES for index in it.indexes],
}
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
    ("AWS/DynamoDB", frozenset({"TableName", "GlobalSecondaryIndexName"})): {
        *("ReadThrottleEvents", "WriteThrottleEvents"),
    },
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
    assert workflows == (
        {workflow.name for workflow in WORKFLOWS} if stack.config.workflow_widgets else set()
    )


def test_every_metric_of_aws_that_is_named_is_one_that_aws_publishes(stack: Synthesised) -> None:
    found = [one for one in named(stack) if one[0] != OURS]
    if stack.config.all_alarms:
        assert {namespace for namespace, _, _ in found} == {namespace for namespace, _ in OF_AWS}
    for namespace, name, dimensions in found:
        assert name in OF_AWS[namespace, frozenset(dimensions)], (namespace, name)


def test_every_metric_of_ours_is_drawn_somewhere(prod: Synthesised) -> None:
    assert {name for namespace, name, _ in named(prod) if namespace == OURS} == {m.name for m in METRICS}


def test_a_stage_has_one_dashboard_and_that_of_dev_is_among_cloudwatchs_free_ones(stack: Synthesised) -> None:
    (dashboard,) = stack.all(DASHBOARD)
    metrics = {json.dumps(one) for widget in body(dashboard)["widgets"] for one in drawn(widget)}
    assert (len(metrics) <= 50) is (stack.stage is Stage.DEV)
    assert len(metrics) < 2500, "CloudWatch draws no more"


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_each_kpi_is_drawn_against_its_target(stack: Synthesised, kpi: Kpi) -> None:
    widgets = body(stack.named(DASHBOARD, f"citas-{stack.stage}-kpis"))["widgets"]
    (widget,) = [w for w in widgets if w["properties"]["title"].startswith(f"{kpi.title} (")]
    ((namespace, name, _),) = drawn(widget)
    assert (namespace, name) == (OURS, kpi.metric.name)
    (line,) = widget["properties"]["annotations"]["horizontal"]
    assert line["value"] == kpi.target


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_each_kpis_alarm_rings_just_where_its_target_is_missed(prod: Synthesised, kpi: Kpi) -> None:
    alarm = prod.named(ALARM, f"citas-prod-kpi-{kpi.name}").properties
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


def test_each_queue_of_dead_letters_has_its_alarm(stack: Synthesised) -> None:
    last = [it for it in stack.all("AWS::SQS::Queue") if "RedrivePolicy" not in it.properties]
    assert len(last) == 2
    for queue in last:
        stack.named(ALARM, f"{queue.properties['QueueName']}-waiting")


def test_in_prod_each_function_each_machine_and_each_table_with_its_indexes_has_its_alarms(
    prod: Synthesised,
) -> None:
    alarms = {alarm.properties["AlarmName"] for alarm in prod.all(ALARM)}

    def of(resource_type: str, name: str) -> set[str]:
        return {resource.properties[name] for resource in prod.all(resource_type)}

    assert {f"{name}-throttled" for name in of("AWS::Lambda::Function", "FunctionName")} <= alarms
    for name in of("AWS::StepFunctions::StateMachine", "StateMachineName"):
        assert {f"{name}-runs-throttled", f"{name}-timed-out"} <= alarms
    for table in prod.all("AWS::DynamoDB::Table"):
        indexes = [index["IndexName"] for index in table.properties.get("GlobalSecondaryIndexes", [])]
        watched = {
            (
                *(d["Value"] for d in alarm.properties["Dimensions"] if isinstance(d["Value"], str)),
                alarm.properties["MetricName"],
            )
            for alarm in prod.all(ALARM)
            if any(table.is_named_by(d["Value"]) for d in alarm.properties["Dimensions"])
        }
        assert watched == {
            (*place, f"{kind}ThrottleEvents")
            for place in [(), *((index,) for index in indexes)]
            for kind in ("Read", "Write")
        }


def test_dev_has_alarms_for_what_fails_waits_or_is_silent_and_for_nothing_else(
    dev: Synthesised, prod: Synthesised
) -> None:
    def names(stack: Synthesised) -> set[str]:
        return {it.properties["AlarmName"].removeprefix(f"citas-{stack.stage}-") for it in stack.all(ALARM)}

    of_figures_and_load = {
        name for name in names(prod) if name.startswith("kpi-") or name.endswith(("-throttled", "-timed-out"))
    }
    assert names(dev) == names(prod) - of_figures_and_load


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda workflow: workflow.name)
def test_the_dashboard_of_prod_looks_at_the_parts_of_each_workflow(
    prod: Synthesised, workflow: Workflow
) -> None:
    name = f"citas-prod-{workflow.name}"
    (dashboard,) = prod.all(DASHBOARD)
    machine = prod.named("AWS::StepFunctions::StateMachine", name)
    function = prod.named("AWS::Lambda::Function", name)
    found = [dimensions for widget in body(dashboard)["widgets"] for _, _, dimensions in drawn(widget)]
    assert machine.logical_id in {d.get("StateMachineArn") for d in found}
    assert function.logical_id in {d.get("FunctionName") for d in found}
    rules = {f"citas-prod-{it.name}" for it in schedules_of(workflow)} or {name}
    assert rules <= {d.get("RuleName") for d in found}
    assert workflow.name in {d.get("workflow") for d in found}


def minutes_until_silence_rings(alarm: Resource) -> float:
    """How long nothing has to be seen until the alarm rings, in minutes."""
    properties = alarm.properties
    assert properties["TreatMissingData"] == "breaching"
    assert (properties["ComparisonOperator"], properties["Threshold"]) == ("LessThanThreshold", 1)
    return float(properties["Period"] * properties["EvaluationPeriods"]) / 60


@pytest.mark.parametrize(
    ("schedule", "at_least", "at_most"),
    [
        (HEALTH, 10, 15),
        (ANALYTICS, 6 * 60 + 1, 7 * 60),
        *((schedule, 25 * 60, 27 * 60) for schedule in NIGHTLY),
    ],
    ids=lambda it: getattr(it, "name", None),
)
def test_what_should_run_by_a_schedule_and_does_not_rings_soon_after(
    stack: Synthesised, schedule: Schedule, at_least: float, at_most: float
) -> None:
    name = f"citas-{stack.stage}-{schedule.name}"
    alarm = stack.named(ALARM, f"{name}-silent")
    assert at_least <= minutes_until_silence_rings(alarm) <= at_most
    if schedule in NIGHTLY:  # which share a state machine
        assert (alarm.properties["Namespace"], alarm.properties["MetricName"]) == (
            "AWS/Events",
            "Invocations",
        )
        assert alarm.properties["Dimensions"] == [{"Name": "RuleName", "Value": name}]
        return
    machine = stack.named("AWS::StepFunctions::StateMachine", name)
    assert alarm.properties["MetricName"] == "ExecutionsSucceeded"
    assert [machine.is_named_by(d["Value"]) for d in alarm.properties["Dimensions"]] == [True]


def test_a_failed_run_of_those_who_watch_rings_at_once(stack: Synthesised) -> None:
    for workflow in WORKFLOWS:
        if workflow in WATCHED:
            continue  # the run ledger counts it, and the health check says so
        alarm = stack.named(ALARM, f"citas-{stack.stage}-{workflow.name}-runs-failed").properties
        assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("ExecutionsFailed", "Sum", 0)
        assert (alarm["Period"], alarm["EvaluationPeriods"]) == (300, 1)


def test_an_alarm_without_a_figure_is_silent_but_for_what_has_to_run(stack: Synthesised) -> None:
    loud = {
        alarm.properties["AlarmName"].removeprefix(f"citas-{stack.stage}-")
        for alarm in stack.all(ALARM)
        if alarm.properties["TreatMissingData"] != "notBreaching"
    }
    scheduled = {f"{schedule.name}-silent" for schedule in SCHEDULES}
    assert loud == scheduled | ({"kpi-availability"} if stack.config.all_alarms else set())


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
    if stack.config.all_alarms:
        assert [paragraph for paragraph, about in explained.items() if not about] == []


def _is_about(paragraph: str, name: str) -> bool:
    """``<table>-read-throttled`` is the paragraph of the alarm that each table has, and of no other."""
    pattern = re.fullmatch(r"<(\w+)>(.+)", paragraph)
    return name == paragraph if pattern is None else name in {it + pattern[2] for it in PARTS[pattern[1]]}
