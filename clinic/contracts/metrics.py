"""The metrics Citas publishes: one list for the code that emits them, and for dashboards and alarms.

All are in the namespace of `Env.METRICS_NAMESPACE` and carry the dimensions ``service`` (always ``citas``,
whichever function emits it, so that a metric is one series) and ``stage``. No dimension names a person, a
profile or a run: those belong into log lines.
"""

from dataclasses import dataclass
from enum import StrEnum

NAMESPACE = "Citas"
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
# Runs that refused their event: the publisher's to mend, and no failure of the run.
EVENTS_REFUSED = Metric("EventsRefused", Unit.COUNT, (WORKFLOW,))
# How long a run was at work, its waits left out; of each workflow, and of all.
WORKFLOW_BUSY_TIME = Metric("WorkflowBusyTime", Unit.SECONDS, (WORKFLOW,))
BUSY_TIME = Metric("BusyTime", Unit.SECONDS)
# 100 for each run that ended well, 0 for each that failed: its average is the success rate.
RUN_SUCCESS = Metric("RunSuccess", Unit.PERCENT)
# Likewise of the runs in which a step failed for a passing reason: the share that ended well all the same.
RUN_RECOVERY = Metric("RunRecovery", Unit.PERCENT)

# Of reminders, follow-ups and doses; `type` is one of few values: `24h`, `2h`, `follow_up_24h`, `dose`.
REMINDERS_SENT = Metric("RemindersSent", Unit.COUNT, (TYPE,))
REMINDERS_FAILED = Metric("RemindersFailed", Unit.COUNT, (TYPE,))
REMINDERS_DELIVERED = Metric("RemindersDelivered", Unit.COUNT, (TYPE,))
# Of all messages. Somebody who can't be reached, or does not want to be, is no failure.
MESSAGES_SENT = Metric("MessagesSent", Unit.COUNT)
MESSAGES_FAILED = Metric("MessagesFailed", Unit.COUNT)
MESSAGES_UNREACHABLE = Metric("MessagesUnreachable", Unit.COUNT)
MESSAGES_DELIVERED = Metric("MessagesDelivered", Unit.COUNT)
# Of cancellations, moves and refused requests that the patient got no word of, for whatever reason.
PATIENTS_NOT_TOLD = Metric("PatientsNotTold", Unit.COUNT)
TEMPLATES_STOPPED = Metric("TemplatesStopped", Unit.COUNT)
# Of the reminders, and of all messages, that were due in the day before and wanted then, whether they left or
# not: how many have arrived (`clinic.domain.messages.arrivals`).
REMINDER_DELIVERY_RATE = Metric("ReminderDeliveryRate", Unit.PERCENT)
MESSAGE_DELIVERY_RATE = Metric("MessageDeliveryRate", Unit.PERCENT)

SLOTS_GENERATED = Metric("SlotsGenerated", Unit.COUNT)
# Right after slots were made: how many are missing, misshapen or too many; and the share that is right.
SLOTS_WRONG = Metric("SlotsWrong", Unit.COUNT)
SLOT_ACCURACY = Metric("SlotAccuracy", Unit.PERCENT)
# Visits that were agreed elsewhere, at a time of their doctor's that was taken.
BOOKING_CONFLICTS = Metric("BookingConflicts", Unit.COUNT)
# From a request's time being up until it was ended.
EXPIRATION_DELAY = Metric("ExpirationDelay", Unit.SECONDS)

# What the health check finds, every five minutes; 100 if all is well, else 0: its average is the uptime.
HEALTH_CHECK = Metric("HealthCheck", Unit.PERCENT)
ACTIVE_RUNS = Metric("ActiveRuns", Unit.COUNT)
FAILED_RUNS = Metric("FailedRuns", Unit.COUNT)
OVERDUE_INTENTS = Metric("OverdueIntents", Unit.COUNT)
OLDEST_STUCK_RUN = Metric("OldestStuckRun", Unit.SECONDS)
# Of the slots, sheets and reservations that were held against each other: 100 if they agree, else 0.
STATE_CONSISTENCY = Metric("StateConsistency", Unit.PERCENT)

METRICS: tuple[Metric, ...] = (
    WORKFLOW_EXECUTIONS,
    WORKFLOW_FAILURES,
    EVENTS_REFUSED,
    WORKFLOW_BUSY_TIME,
    BUSY_TIME,
    RUN_SUCCESS,
    RUN_RECOVERY,
    REMINDERS_SENT,
    REMINDERS_FAILED,
    REMINDERS_DELIVERED,
    MESSAGES_SENT,
    MESSAGES_FAILED,
    MESSAGES_UNREACHABLE,
    MESSAGES_DELIVERED,
    PATIENTS_NOT_TOLD,
    TEMPLATES_STOPPED,
    REMINDER_DELIVERY_RATE,
    MESSAGE_DELIVERY_RATE,
    SLOTS_GENERATED,
    SLOTS_WRONG,
    SLOT_ACCURACY,
    BOOKING_CONFLICTS,
    EXPIRATION_DELAY,
    HEALTH_CHECK,
    ACTIVE_RUNS,
    FAILED_RUNS,
    OVERDUE_INTENTS,
    OLDEST_STUCK_RUN,
    STATE_CONSISTENCY,
)
