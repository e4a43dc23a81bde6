"""docs/deploy.md says what a stage costs while nothing happens: counts as they are in the template."""

import re
from pathlib import Path

import pytest

from infra.config import Stage
from tests.infra.constructs.test_monitoring import DASHBOARD, body, drawn
from tests.infra.template.synthesised import Resource, Synthesised


@pytest.fixture
def bill(root: Path) -> dict[str, tuple[float, float, float]]:
    """What is paid for: how much of it in dev, in prod, and the price of one."""
    text = (root / "docs" / "deploy.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", text, re.MULTILINE)
    return {what: (float(dev), float(prod), float(price)) for what, dev, prod, price in rows}


@pytest.fixture
def column(stack: Synthesised) -> int:
    return 0 if stack.stage is Stage.DEV else 1


def is_paid_for(dashboard: Resource) -> bool:
    """Three with up to 50 metrics are free."""
    return len({str(one) for widget in body(dashboard)["widgets"] for one in drawn(widget)}) > 50


def test_the_counts_are_those_of_the_template(
    stack: Synthesised, bill: dict[str, tuple[float, float, float]], column: int
) -> None:
    counted = {
        "alarms": len(stack.all("AWS::CloudWatch::Alarm")),
        "dashboards of more than 50 metrics": sum(is_paid_for(it) for it in stack.all(DASHBOARD)),
        "encryption keys": len(stack.all("AWS::KMS::Key")),
        "secrets": len(stack.all("AWS::SecretsManager::Secret")),
    }
    assert {what: bill[what][column] for what in counted} == counted


def test_the_sums_are_right(bill: dict[str, tuple[float, float, float]], column: int, root: Path) -> None:
    text = (root / "docs" / "deploy.md").read_text(encoding="utf-8")
    (sums,) = re.findall(
        r"^\| \*\*a month\*\* \| \*\*([\d.]+)\*\* \| \*\*([\d.]+)\*\* \| {2}\|$", text, re.MULTILINE
    )
    expected = sum(row[column] * row[2] for row in bill.values())
    assert float(sums[column]) == pytest.approx(expected, abs=0.05)


def test_the_budget_is_what_the_stage_says_and_tells_the_topic_before_it_is_spent(stack: Synthesised) -> None:
    (budget,) = stack.all("AWS::Budgets::Budget")
    assert budget.properties["Budget"]["BudgetLimit"] == {
        "Amount": stack.config.monthly_budget,
        "Unit": "USD",
    }
    assert budget.properties["Budget"]["TimeUnit"] == "MONTHLY"
    (topic,) = stack.all("AWS::SNS::Topic")
    told = budget.properties["NotificationsWithSubscribers"]
    assert {(it["Notification"]["NotificationType"], it["Notification"]["Threshold"]) for it in told} == {
        ("ACTUAL", 80),
        ("FORECASTED", 100),
    }
    for notification in told:
        assert notification["Subscribers"] == [
            {"SubscriptionType": "SNS", "Address": {"Ref": topic.logical_id}}
        ]
