"""Dashboards: the KPIs against their targets, and a technical one for each workflow."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from clinic.contracts import metrics
from clinic.contracts.kpis import KPIS, Kpi
from clinic.contracts.workflows import Workflow
from infra.config import StageConfig
from infra.constructs.metrics import of_function, of_queue, of_rule, of_runs, ours
from infra.constructs.watched import Watched
from infra.constructs.workflow import WorkflowConstruct

_HOUR = Duration.hours(1)
_THIRD, _HALF, _WHOLE = 8, 12, 24
_HEIGHT = 6
REMINDER_TYPES = ("confirmation", "24h", "2h", "follow_up_24h", "follow_up_48h", "follow_up_1week", "dose")


class Dashboards(Construct):
    """One for people who ask how the clinic is served, and one for each workflow for those who mend it."""

    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig, watched: Watched) -> None:
        super().__init__(scope, construct_id)
        self._config = config
        self._watched = watched
        cloudwatch.Dashboard(
            self,
            "Kpis",
            dashboard_name=config.named("kpis"),
            default_interval=Duration.days(7),
            widgets=[*self._kpis(), *self._clinic(), *self._health()],
        )
        if config.workflow_dashboards:
            for workflow, construct in watched.workflows.items():
                cloudwatch.Dashboard(
                    self,
                    "".join(word.capitalize() for word in workflow.name.split("-")),
                    dashboard_name=config.named(workflow),
                    default_interval=Duration.days(1),
                    widgets=self._workflow(workflow, construct),
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

        runs = [
            ours(
                metrics.WORKFLOW_EXECUTIONS,
                self._config,
                statistic="Sum",
                period=_HOUR,
                label=name,
                workflow=name,
            )
            for name in self._watched.workflow_names
        ]
        return [
            [
                _graph("Runs that ended", runs, _HALF, stacked=True),
                _graph(
                    "Runs now",
                    [gauge(metrics.ACTIVE_RUNS, "active"), gauge(metrics.FAILED_RUNS, "failed")],
                    _HALF,
                ),
            ],
            [
                _graph(
                    "Waiting",
                    [
                        gauge(metrics.OVERDUE_INTENTS, "overdue messages"),
                        gauge(metrics.UNDELIVERED_EVENTS, "undelivered events"),
                        *(
                            of_queue("ApproximateNumberOfMessagesVisible", queue.queue_name)
                            for queue in self._watched.queues.values()
                        ),
                    ],
                    _HALF,
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
                    ],
                    _HALF,
                ),
            ],
        ]

    def _workflow(self, workflow: Workflow, construct: WorkflowConstruct) -> list[list[cloudwatch.IWidget]]:
        machine, function = construct.state_machine, construct.function
        bus = self._watched.bus if workflow.schedule is None else None
        rule = self._config.named(workflow)
        busy = [
            ours(
                metrics.WORKFLOW_BUSY_TIME,
                self._config,
                statistic=statistic,
                label=f"busy time, {statistic}",
                workflow=workflow.name,
            )
            for statistic in ("Average", "p95")
        ]
        counted = [
            ours(metric, self._config, statistic="Sum", label=label, workflow=workflow.name)
            for metric, label in (
                (metrics.WORKFLOW_EXECUTIONS, "ended, by our own count"),
                (metrics.WORKFLOW_FAILURES, "failed, by our own count"),
            )
        ]
        ended = ("Started", "Succeeded", "Failed", "TimedOut", "Aborted")
        return [
            [
                _graph(
                    "Runs",
                    [*(of_runs(f"Executions{name}", machine) for name in ended), *counted],
                    _THIRD,
                ),
                _graph("Busy time (s)", busy, _THIRD),
                _graph("Runs throttled", [of_runs("ExecutionThrottled", machine)], _THIRD),
            ],
            [
                _graph(
                    "Steps",
                    [of_function(name, function) for name in ("Invocations", "Errors", "Throttles")],
                    _THIRD,
                ),
                _graph(
                    "Steps: duration (ms)",
                    [of_function("Duration", function, statistic) for statistic in ("Average", "p95")],
                    _THIRD,
                ),
                _graph(
                    "Steps at once",
                    [of_function("ConcurrentExecutions", function, "Maximum")],
                    _THIRD,
                ),
            ],
            [
                _graph(
                    "Events handed over",
                    [
                        of_rule(name, rule, bus)
                        for name in ("Invocations", "FailedInvocations", "InvocationsSentToDlq")
                    ],
                    _HALF,
                ),
                cloudwatch.LogQueryWidget(
                    title="Steps that failed",
                    width=_HALF,
                    height=_HEIGHT,
                    log_group_names=[f"/aws/lambda/{self._config.named(workflow)}"],
                    query_lines=[
                        "fields @timestamp, step, error, execution",
                        "filter message = 'step_failed'",
                        "sort @timestamp desc",
                        "limit 50",
                    ],
                ),
            ],
        ]


def _graph(
    title: str, left: Sequence[cloudwatch.IMetric], width: int, *, stacked: bool = False
) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, width=width, height=_HEIGHT, left=list(left), stacked=stacked)
