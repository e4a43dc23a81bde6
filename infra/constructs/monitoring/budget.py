"""The account's budget: somebody is told before a month has cost more."""

from aws_cdk import Aws
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import StageConfig
from infra.constructs.key import DataKey
from infra.constructs.monitoring.alarms import publishing_from

_SERVICE = "budgets.amazonaws.com"
# What was spent, and what the month will come to, in percent of the budget.
_SPENT, _FORESEEN = 80, 100


class Budget(Construct):
    """Tells the topic, at most once a month for each of the two, and stops nothing.

    It looks at the whole account: a budget that looks at one stage's tag sees nothing until somebody has made
    the tag one for cost allocation.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, config: StageConfig, key: DataKey, topic: sns.Topic
    ) -> None:
        super().__init__(scope, construct_id)
        # A budget has no region.
        sources = f"arn:{Aws.PARTITION}:budgets::{Aws.ACCOUNT_ID}:*"
        key.allow_publishing("Budgets", _SERVICE, sources)
        allowed = topic.add_to_resource_policy(publishing_from("Budgets", _SERVICE, sources, topic.topic_arn))
        budget = budgets.CfnBudget(
            self,
            "Month",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=config.named("month"),
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=config.monthly_budget, unit="USD"),
            ),
            notifications_with_subscribers=[
                _told("ACTUAL", _SPENT, topic),
                _told("FORECASTED", _FORESEEN, topic),
            ],
        )
        # AWS tries the topic when the budget is made.
        if allowed.policy_dependable is not None:
            budget.node.add_dependency(allowed.policy_dependable)


def _told(kind: str, percent: int, topic: sns.Topic) -> budgets.CfnBudget.NotificationWithSubscribersProperty:
    return budgets.CfnBudget.NotificationWithSubscribersProperty(
        notification=budgets.CfnBudget.NotificationProperty(
            notification_type=kind,
            comparison_operator="GREATER_THAN",
            threshold=percent,
            threshold_type="PERCENTAGE",
        ),
        subscribers=[budgets.CfnBudget.SubscriberProperty(subscription_type="SNS", address=topic.topic_arn)],
    )
