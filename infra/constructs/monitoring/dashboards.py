"""The dashboard: KPIs against their targets, the clinic's figures, and the workflows' parts side by side."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from clinic.contracts import metrics
from clinic.contracts.kpis import KPIS, Kpi
from clinic.contracts.schedules import SCHEDULES
from infra.config import StageConfig
from infra.constructs.monitoring.metrics import of_function, of_queue, of_rule, of_runs, ours
from infra.constructs.monitoring.monitored_parts import MonitoredParts

_HOUR = Duration.hours(1)
_QUARTER, _THIRD, _HALF, _WHOLE = 6, 8, 12, 24
_HEIGHT = 6
REMINDER_TYPES = ("confirmation", "24h", "2h", "follow_up_24h", "follow_up_48h", "follow_up_1week", "dose")


class Dashboards(Construct):
    """One, for people who ask how the clinic is served and, further down, for those who mend it."""

    def __init__(
        self, scope: Construct, construct_id: str, *, config: StageConfig, watched: MonitoredParts
    ) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self._watched = watched
        cloudwatch.Dashboard(
            self,
            "Kpis",
            dashboard_name=config.named("kpis"),
            default_interval=Duration.days(7),
            widgets=[
                *self._kpis(),
                *self._clinic(),
                *self._health(),
                *(self._workflows() if config.workflow_widgets else ()),
            ],
        )

    def _kpis(self) -> list[list[cloudwatch.IWidget]]:
        drawn: list[cloudwatch.IWidget] = [self._kpi(kpi) for kpi in KPIS]
        return [drawn[n : n + 3] for n in range(0, len(drawn), 3)]

    def _kpi(self, kpi: Kpi) -> cloudwatch.GraphWidget:
        is_percent = kpi.metric.unit is metrics.Unit.PERCENT
        axis = cloudwatch.YAxisProps(min=80, max=100) if is_percent else cloudwatch.YAxisProps(min=0)
        return cloudwatch.GraphWidget(
            title=f"{kpi.title} ({kpi.target_text})",
            width=_THIRD,
            height=_HEIGHT,
            left=[ours(kpi.metric, self._config, statistic=kpi.statistic, period=_HOUR, label=kpi.title)],
            left_annotations=[
                cloudwatch.HorizontalAnnotation(
                    value=kpi.target,
                    label=f"target {kpi.target_text}",
                    color=cloudwatch.Color.GREEN,
                    fill=cloudwatch.Shading.BELOW if kpi.is_ceiling else cloudwatch.Shading.ABOVE,
                )
            ],
            left_y_axis=axis,
        )

    def _clinic(self) -> list[list[cloudwatch.IWidget]]:
        def by_type(metric: metrics.Metric) -> list[cloudwatch.IMetric]:
            return [
                ours(metric, self._config, statistic="Sum", period=_HOUR, label=kind, type=kind)
                for kind in REMINDER_TYPES
            ]

        def total(metric: metrics.Metric, label: str) -> cloudwatch.Metric:
            return ours(metric, self._config, statistic="Sum", period=_HOUR, label=label)

        return [
            [
                _graph("Reminders sent", by_type(metrics.REMINDERS_SENT), _THIRD, stacked=True),
                _graph("Reminders delivered", by_type(metrics.REMINDERS_DELIVERED), _THIRD, stacked=True),
                _graph("Reminders failed", by_type(metrics.REMINDERS_FAILED), _THIRD, stacked=True),
            ],
            [
                _graph(
                    "Messages",
                    [
                        total(metrics.MESSAGES_SENT, "sent"),
                        total(metrics.MESSAGES_DELIVERED, "delivered"),
                        total(metrics.MESSAGES_FAILED, "failed"),
                        total(metrics.MESSAGES_UNREACHABLE, "unreachable"),
                    ],
                    _HALF,
                ),
                _graph(
                    "Slots",
                    [total(metrics.SLOTS_GENERATED, "generated"), total(metrics.SLOTS_WRONG, "wrong")],
                    _HALF,
                ),
            ],
        ]

    def _health(self) -> list[list[cloudwatch.IWidget]]:
        def gauge(metric: metrics.Metric, label: str) -> cloudwatch.Metric:
            return ours(metric, self._config, statistic="Maximum", label=label)

        return [
            [
                _graph(
                    "Runs now",
                    [gauge(metrics.ACTIVE_RUNS, "active"), gauge(metrics.FAILED_RUNS, "failed")],
                    _THIRD,
                ),
                _graph(
                    "Waiting",
                    [
                        gauge(metrics.OVERDUE_INTENTS, "overdue messages"),
                        *(
                            of_queue("ApproximateNumberOfMessagesVisible", queue.queue_name)
                            for queue in self._watched.queues.values()
                        ),
                    ],
                    _THIRD,
                ),
                _graph(
                    "Trouble",
                    [
                        gauge(metrics.OLDEST_STUCK_RUN, "oldest stuck run (s)"),
                        ours(
                            metrics.TEMPLATES_STOPPED,
                            self._config,
                            statistic="Sum",
                            label="templates stopped",
                        ),
                        ours(
                            metrics.PATIENTS_NOT_TOLD,
                            self._config,
                            statistic="Sum",
                            label="patients not told",
                        ),
                        ours(
                            metrics.BOOKING_CONFLICTS,
                            self._config,
                            statistic="Sum",
                            label="booking conflicts",
                        ),
                    ],
                    _THIRD,
                ),
            ],
        ]

    def _workflows(self) -> list[list[cloudwatch.IWidget]]:
        """One line for each workflow in each graph: which one is unlike the others is seen at a glance."""
        return [
            [
                _graph("Runs that ended", self._counted(metrics.WORKFLOW_EXECUTIONS), _QUARTER, stacked=True),
                _graph("Runs that failed", self._counted(metrics.WORKFLOW_FAILURES), _QUARTER, stacked=True),
                _graph("Events refused", self._counted(metrics.EVENTS_REFUSED), _QUARTER, stacked=True),
                _graph("Busy time, p95 (s)", self._counted(metrics.WORKFLOW_BUSY_TIME, "p95"), _QUARTER),
            ],
            [
                _graph(f"Step Functions: {words}", self._runs(*names), _QUARTER)
                for words, names in (
                    ("started", ("ExecutionsStarted",)),
                    ("failed or timed out", ("ExecutionsFailed", "ExecutionsTimedOut")),
                    ("stopped", ("ExecutionsAborted",)),
                    ("throttled", ("ExecutionThrottled",)),
                )
            ],
            [
                _graph(f"Lambda: {words}", self._functions(name, statistic), _QUARTER)
                for words, name, statistic in (
                    ("steps", "Invocations", "Sum"),
                    ("errors", "Errors", "Sum"),
                    ("throttled", "Throttles", "Sum"),
                    ("duration, p95 (ms)", "Duration", "p95"),
                )
            ],
            [
                _graph("Lambda: at once", self._functions("ConcurrentExecutions", "Maximum"), _THIRD),
                _graph("EventBridge: not handed over", self._rules("FailedInvocations"), _THIRD),
                _graph("EventBridge: to the dead letters", self._rules("InvocationsSentToDlq"), _THIRD),
            ],
            [
                cloudwatch.LogQueryWidget(
                    title="Steps that failed",
                    width=_WHOLE,
                    height=_HEIGHT,
                    log_group_names=[
                        f"/aws/lambda/{self._config.named(it)}" for it in self._watched.workflows
                    ],
                    query_lines=[
                        "fields @timestamp, service, step, error, execution",
                        "filter message = 'step_failed'",
                        "sort @timestamp desc",
                        "limit 50",
                    ],
                ),
            ],
        ]

    def _counted(self, metric: metrics.Metric, statistic: str = "Sum") -> list[cloudwatch.IMetric]:
        return [
            ours(metric, self._config, statistic=statistic, period=_HOUR, label=name, workflow=name)
            for name in self._watched.workflow_names
        ]

    def _runs(self, *names: str) -> list[cloudwatch.IMetric]:
        return [
            of_runs(name, construct.state_machine).with_(label=workflow.name)
            for name in names
            for workflow, construct in self._watched.workflows.items()
        ]

    def _functions(self, name: str, statistic: str) -> list[cloudwatch.IMetric]:
        return [
            of_function(name, function, statistic).with_(label=serves)
            for serves, function in self._watched.all_functions.items()
        ]

    def _rules(self, name: str) -> list[cloudwatch.IMetric]:
        of_events = {it.name: self._watched.bus for it in self._watched.workflows if it.events}
        rules: dict[str, str | None] = {**of_events, **{it.name: None for it in SCHEDULES}}
        return [of_rule(name, self._config.named(rule), bus).with_(label=rule) for rule, bus in rules.items()]


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], width: int, *, stacked: bool = False
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=width, height=_HEIGHT, left=list(left), stacked=stacked)
