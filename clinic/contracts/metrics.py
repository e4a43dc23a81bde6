"""The metrics Citas publishes: one list for the code that emits them, and for dashboards and alarms.

All are in the namespace of `Env.METRICS_NAMESPACE` and carry the dimensions ``service`` (always ``citas``,
whichever function emits it, so that a metric is one series) and ``stage``. No dimension names a person, a
profile or a run: those belong into log lines.
"""

from dataclasses import dataclass
from enum import StrEnum

SERVICE_NAME = "citas"
SERVICE = "service"
STAGE = "stage"
WORKFLOW = "workflow"
TYPE = "type"


class Unit(StrEnum):
    """CloudWatch's unit of a metric."""

    COUNT = "Count"
    SECONDS = "Seconds"
    PERCENT = "Percent"


@dataclass(frozen=True)
class Metric:
    """A metric's name, unit, and the dimensions it has beside ``service`` and ``stage``: exactly these."""

    name: str
    unit: Unit
    dimensions: tuple[str, ...] = ()


# One for each run that has ended; `workflow` is its workflow's name.
WORKFLOW_EXECUTIONS = Metric("WorkflowExecutions", Unit.COUNT, (WORKFLOW,))
WORKFLOW_FAILURES = Metric("WorkflowFailures", Unit.COUNT, (WORKFLOW,))
# How long a run was at work, its waits left out.
WORKFLOW_BUSY_TIME = Metric("WorkflowBusyTime", Unit.SECONDS, (WORKFLOW,))
# Runs in which a step failed for a passing reason, and those of them that ended well.
RUNS_DISTURBED = Metric("RunsDisturbed", Unit.COUNT)
RUNS_RECOVERED = Metric("RunsRecovered", Unit.COUNT)

# Of reminders, follow-ups and doses; `type` is one of few values: `24h`, `2h`, `follow_up_24h`, `dose`.
REMINDERS_SENT = Metric("RemindersSent", Unit.COUNT, (TYPE,))
REMINDERS_FAILED = Metric("RemindersFailed", Unit.COUNT, (TYPE,))
REMINDERS_DELIVERED = Metric("RemindersDelivered", Unit.COUNT, (TYPE,))
# Of all messages.
MESSAGES_SENT = Metric("MessagesSent", Unit.COUNT)
MESSAGES_FAILED = Metric("MessagesFailed", Unit.COUNT)
MESSAGES_UNREACHABLE = Metric("MessagesUnreachable", Unit.COUNT)
MESSAGES_DELIVERED = Metric("MessagesDelivered", Unit.COUNT)
TEMPLATES_STOPPED = Metric("TemplatesStopped", Unit.COUNT)

SLOTS_GENERATED = Metric("SlotsGenerated", Unit.COUNT)
# What the rules call for on the dates looked at, and how many of these are missing or too many afterwards.
SLOTS_EXPECTED = Metric("SlotsExpected", Unit.COUNT)
SLOTS_WRONG = Metric("SlotsWrong", Unit.COUNT)
# From a request's time being up until it was ended.
EXPIRATION_DELAY = Metric("ExpirationDelay", Unit.SECONDS)

# What the health check finds, every five minutes.
HEALTH_CHECKS = Metric("HealthChecks", Unit.COUNT)
HEALTH_CHECKS_PASSED = Metric("HealthChecksPassed", Unit.COUNT)
ACTIVE_RUNS = Metric("ActiveRuns", Unit.COUNT)
FAILED_RUNS = Metric("FailedRuns", Unit.COUNT)
OVERDUE_INTENTS = Metric("OverdueIntents", Unit.COUNT)
UNDELIVERED_EVENTS = Metric("UndeliveredEvents", Unit.COUNT)
OLDEST_STUCK_RUN = Metric("OldestStuckRun", Unit.SECONDS)
CONSISTENCY_VIOLATIONS = Metric("ConsistencyViolations", Unit.COUNT)

METRICS: tuple[Metric, ...] = (
    WORKFLOW_EXECUTIONS,
    WORKFLOW_FAILURES,
    WORKFLOW_BUSY_TIME,
    RUNS_DISTURBED,
    RUNS_RECOVERED,
    REMINDERS_SENT,
    REMINDERS_FAILED,
    REMINDERS_DELIVERED,
    MESSAGES_SENT,
    MESSAGES_FAILED,
    MESSAGES_UNREACHABLE,
    MESSAGES_DELIVERED,
    TEMPLATES_STOPPED,
    SLOTS_GENERATED,
    SLOTS_EXPECTED,
    SLOTS_WRONG,
    EXPIRATION_DELAY,
    HEALTH_CHECKS,
    HEALTH_CHECKS_PASSED,
    ACTIVE_RUNS,
    FAILED_RUNS,
    OVERDUE_INTENTS,
    UNDELIVERED_EVENTS,
    OLDEST_STUCK_RUN,
    CONSISTENCY_VIOLATIONS,
)
