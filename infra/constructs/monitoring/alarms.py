"""Alarms tell an operator, through one SNS topic. docs/runbook.md has a paragraph for each.

No alarm uses metric arithmetic: the metrics are such that one statistic of one of them is the figure. Each
costs what CloudWatch asks for one, so a stage may do without those of figures and of load.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from clinic.contracts.kpis import AVAILABILITY, KPIS, Kpi
from clinic.contracts.metrics import (
    BOOKING_CONFLICTS,
    FAILED_RUNS,
    OLDEST_STUCK_RUN,
    OVERDUE_INTENTS,
    PATIENTS_NOT_TOLD,
    TEMPLATES_STOPPED,
)
from clinic.contracts.schedules import SCHEDULES, schedules_of
from clinic.contracts.workflows import WATCHED
from infra.config import StageConfig
from infra.constructs.key import DataKey
from infra.constructs.monitoring.metrics import (
    FIVE_MINUTES,
    of_api,
    of_function,
    of_queue,
    of_rule,
    of_runs,
    of_table,
    ours,
)
from infra.constructs.monitoring.monitored_parts import MonitoredParts

_ABOVE = cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
_BELOW = cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD
_AT_LEAST = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
_AT_MOST = cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD
_KPI_PERIOD = Duration.hours(6)
_HOUR = Duration.hours(1)


@dataclass(frozen=True)
class AlarmSpec:
    """One alarm.

    Attributes:
        name: without the stage, kebab-case.
        means: what an operator reads in the notification.
        periods: how many of the metric's periods in a row have to be bad.
        is_silence_bad: whether no value at all counts as bad.
    """

    name: str
    means: str
    metric: cloudwatch.Metric
    comparison: cloudwatch.ComparisonOperator
    threshold: float
    periods: int = 1
    is_silence_bad: bool = False


class Alarms(Construct):
    """The topic, and an alarm for what fails, waits or is silent; for figures and load if so configured."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: StageConfig,
        key: DataKey,
        watched: MonitoredParts,
    ) -> None:
        super().__init__(scope, construct_id)
        alarms = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:{config.named('*')}"
        key.allow_publishing("Alarms", "cloudwatch.amazonaws.com", alarms)
        self.topic = sns.Topic(
            self,
            "Topic",
            topic_name=config.named("alarms"),
            display_name=f"Citas {config.stage}",
            master_key=key.key,
            enforce_ssl=True,
        )
        self.topic.apply_removal_policy(RemovalPolicy.DESTROY)
        # A topic with a policy has no default one, and an alarm's action grants nothing.
        self.topic.add_to_resource_policy(
            publishing_from("Alarms", "cloudwatch.amazonaws.com", alarms, self.topic.topic_arn)
        )
        action = actions.SnsAction(self.topic)
        for spec in _specs(config, watched):
            alarm = cloudwatch.Alarm(
                self,
                "".join(word.capitalize() for word in spec.name.split("-")),
                alarm_name=config.named(spec.name),
                alarm_description=f"{spec.means} See {spec.name} in docs/runbook.md.",
                metric=spec.metric,
                comparison_operator=spec.comparison,
                threshold=spec.threshold,
                evaluation_periods=spec.periods,
                treat_missing_data=(
                    cloudwatch.TreatMissingData.BREACHING
                    if spec.is_silence_bad
                    else cloudwatch.TreatMissingData.NOT_BREACHING
                ),
            )
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)


def publishing_from(sid: str, service: str, sources: str, topic: str) -> iam.PolicyStatement:
    """What a topic's policy says so that a service may publish for these of this account's resources."""
    return iam.PolicyStatement(
        sid=f"{sid}OfThisStage",
        principals=[iam.ServicePrincipal(service)],
        actions=["sns:Publish"],
        resources=[topic],
        conditions={
            "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": sources},
        },
    )


def _specs(config: StageConfig, watched: MonitoredParts) -> Iterator[AlarmSpec]:
    yield from _of_health(config)
    yield from _of_schedules(config, watched)
    yield from _of_watchers(watched)
    yield from _of_doors(watched)
    if config.all_alarms:
        for kpi in KPIS:
            yield _of_kpi(kpi, config)
        yield from _of_load(watched)


def _of_doors(watched: MonitoredParts) -> Iterator[AlarmSpec]:
    for name, queue in watched.queues.items():
        yield AlarmSpec(
            f"{name}-waiting",
            "Something could not be handled and waits in a dead-letter queue.",
            of_queue("ApproximateNumberOfMessagesVisible", queue.queue_name),
            _ABOVE,
            0,
        )
    for name, api_id in watched.apis.items():
        yield AlarmSpec(
            f"{name}-failing",
            "The endpoint answers with errors of its own; whoever calls will call again.",
            of_api("5xx", api_id),
            _ABOVE,
            0,
            periods=3,
        )
        yield AlarmSpec(
            f"{name}-refusing",
            "The endpoint refuses many calls: a wrong secret, or somebody who guesses.",
            of_api("4xx", api_id),
            _ABOVE,
            50,
            periods=3,
        )


def _of_load(watched: MonitoredParts) -> Iterator[AlarmSpec]:
    yield from _of_runs(watched)
    for name, function in watched.all_functions.items():
        yield AlarmSpec(
            f"{name}-throttled",
            "The function has had no free place for a quarter of an hour: its work is late.",
            of_function("Throttles", function),
            _ABOVE,
            100,
            periods=3,
        )
    for table, construct in watched.tables.items():
        # What an index refuses is not in its table's figure.
        for index in (None, *(index.name for index in table.indexes)):
            name = table.name if index is None else f"{table.name}-{index}"
            for kind in ("Read", "Write"):
                yield AlarmSpec(
                    f"{name}-{kind.lower()}-throttled",
                    "DynamoDB throttles it: a partition of it is too hot, or the account's limit is met.",
                    of_table(f"{kind}ThrottleEvents", construct.table_name, index),
                    _ABOVE,
                    10,
                    periods=3,
                )


def _of_kpi(kpi: Kpi, config: StageConfig) -> AlarmSpec:
    if kpi.is_ceiling:
        comparison = _ABOVE if kpi.is_reached_at else _AT_LEAST
    else:
        comparison = _BELOW if kpi.is_reached_at else _AT_MOST
    return AlarmSpec(
        f"kpi-{kpi.name}",
        f"{kpi.title} misses its target, {kpi.target_text}, over six hours.",
        ours(kpi.metric, config, statistic=kpi.statistic, period=_KPI_PERIOD),
        comparison,
        kpi.target,
        # Whoever does not check at all is not available.
        is_silence_bad=kpi is AVAILABILITY,
    )


def _of_health(config: StageConfig) -> Iterator[AlarmSpec]:
    yield AlarmSpec(
        "failed-runs",
        "Runs have failed and wait to be looked at and retried.",
        ours(FAILED_RUNS, config, statistic="Maximum"),
        _ABOVE,
        0,
    )
    yield AlarmSpec(
        "overdue-intents",
        "Messages are due, and nobody has sent them for a quarter of an hour.",
        ours(OVERDUE_INTENTS, config, statistic="Maximum"),
        _ABOVE,
        0,
        periods=3,
    )
    yield AlarmSpec(
        "stuck-runs",
        "A run has been at work, not waiting, for over an hour.",
        ours(OLDEST_STUCK_RUN, config, statistic="Maximum"),
        _ABOVE,
        3600,
    )
    yield AlarmSpec(
        "templates-stopped",
        "WhatsApp refuses a template: its messages wait, the others go on.",
        ours(TEMPLATES_STOPPED, config, statistic="Sum"),
        _ABOVE,
        0,
    )
    yield AlarmSpec(
        "patients-not-told",
        "A patient got no word of a cancellation, a new time or a refused request: somebody has to phone.",
        ours(PATIENTS_NOT_TOLD, config, statistic="Sum"),
        _ABOVE,
        0,
    )
    yield AlarmSpec(
        "booking-conflicts",
        "A visit that was agreed elsewhere takes a doctor's time that was taken: two patients will come.",
        ours(BOOKING_CONFLICTS, config, statistic="Sum"),
        _ABOVE,
        0,
    )


def _of_schedules(config: StageConfig, watched: MonitoredParts) -> Iterator[AlarmSpec]:
    """That what a schedule starts runs at all, where it is on."""
    for schedule in filter(config.is_on, SCHEDULES):
        period = _HOUR if schedule.silent_after >= timedelta(hours=1) else FIVE_MINUTES
        if len(schedules_of(schedule.workflow)) == 1:
            machine = watched.workflows[schedule.workflow].state_machine
            metric = of_runs("ExecutionsSucceeded", machine, period=period)
            means = f"{schedule.title} should have run by now, and no run of it has ended well."
        else:
            # Runs of one state machine are counted together; one that fails is in `failed-runs`.
            metric = of_rule("Invocations", config.named(schedule.name), None, period)
            means = f"{schedule.title} should have begun by now, and its rule has started no run."
        yield AlarmSpec(
            f"{schedule.name}-silent",
            means,
            metric,
            _BELOW,
            1,
            periods=int(schedule.silent_after.total_seconds() // period.to_seconds()),
            is_silence_bad=True,
        )


def _of_watchers(watched: MonitoredParts) -> Iterator[AlarmSpec]:
    """That nothing fails unseen of those who watch the others."""
    for workflow, construct in watched.workflows.items():
        if workflow not in WATCHED:
            yield AlarmSpec(
                f"{workflow.name}-runs-failed",
                f"A run of {workflow.title} has failed, which watches the others and is watched by nobody.",
                of_runs("ExecutionsFailed", construct.state_machine),
                _ABOVE,
                0,
            )


def _of_runs(watched: MonitoredParts) -> Iterator[AlarmSpec]:
    for workflow, construct in watched.workflows.items():
        machine = construct.state_machine
        yield AlarmSpec(
            f"{workflow.name}-runs-throttled",
            "Step Functions throttles the state machine: its runs are late.",
            of_runs("ExecutionThrottled", machine),
            _ABOVE,
            0,
            periods=3,
        )
        yield AlarmSpec(
            f"{workflow.name}-timed-out",
            "A run lasted longer than Step Functions lets it.",
            of_runs("ExecutionsTimedOut", machine),
            _ABOVE,
            0,
        )
