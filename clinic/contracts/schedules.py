"""The rules that start runs by the clock: one row for each of EventBridge's with a schedule."""

import re
from dataclasses import dataclass
from datetime import timedelta

from clinic.contracts.workflows import NIGHTLY_FAN_OUT, WORKFLOW_ANALYTICS, WORKFLOW_HEALTH, Workflow
from clinic.domain.slots.nightly import NightlyJob


@dataclass(frozen=True)
class Schedule:
    """A rule that starts runs of a workflow by the clock.

    Attributes:
        name: the rule's without the stage, and the key of its setting.
        title: what a person calls it.
        workflow: whose run it starts.
        cron: five fields, in UTC; those of a night say when its UTC day is planned, the settings
            ``slot_generation_at`` and ``slot_cleanup_at`` when it is each profile's turn.
        silent_after: how long nothing happens until somebody is told: a little more than one missing time.
        jobs: what of a night the run is to do; none: it does one thing alone.
    """

    name: str
    title: str
    workflow: Workflow
    cron: str
    silent_after: timedelta
    jobs: tuple[NightlyJob, ...] = ()

    @property
    def expression(self) -> str:
        """When it fires, as EventBridge says it."""
        return eventbridge_cron(self.cron)


_MIDNIGHT = "0 0 * * *"
_A_NIGHT_IS_MISSING = timedelta(hours=26)

PARKED_VISITS = Schedule(
    "parked-visits",
    "Visits that have come near",
    NIGHTLY_FAN_OUT,
    _MIDNIGHT,
    _A_NIGHT_IS_MISSING,
    (NightlyJob.PARKED_VISITS,),
)
SLOT_GENERATION = Schedule(
    "slot-generation",
    "Daily slot generation",
    NIGHTLY_FAN_OUT,
    _MIDNIGHT,
    _A_NIGHT_IS_MISSING,
    (NightlyJob.SLOT_GENERATION,),
)
SLOT_CLEANUP = Schedule(
    "slot-cleanup",
    "Expired slots cleanup",
    NIGHTLY_FAN_OUT,
    _MIDNIGHT,
    _A_NIGHT_IS_MISSING,
    (NightlyJob.SLOT_CLEANUP,),
)
HEALTH = Schedule(
    "workflow-health", "Workflow health check", WORKFLOW_HEALTH, "*/5 * * * *", timedelta(minutes=15)
)
ANALYTICS = Schedule(
    "workflow-analytics", "Analytics update", WORKFLOW_ANALYTICS, "0 */6 * * *", timedelta(hours=7)
)

NIGHTLY: tuple[Schedule, ...] = (PARKED_VISITS, SLOT_GENERATION, SLOT_CLEANUP)
SCHEDULES: tuple[Schedule, ...] = (*NIGHTLY, HEALTH, ANALYTICS)


def schedules_of(workflow: Workflow) -> tuple[Schedule, ...]:
    """Those that start this workflow."""
    return tuple(schedule for schedule in SCHEDULES if schedule.workflow is workflow)


def trigger_of(workflow: Workflow) -> str:
    """What starts a workflow, in words: its detail-types, or when its schedules fire."""
    expressions = dict.fromkeys(schedule.expression for schedule in schedules_of(workflow))
    return ", ".join(workflow.detail_types or expressions)


def eventbridge_cron(fields: str) -> str:
    """A crontab's five fields in EventBridge's form: ``*/5 * * * *`` → ``cron(0/5 * * * ? *)``.

    Raises:
        ValueError: there are not five of them, or they name both days and weekdays.
    """
    parts = fields.split()
    if len(parts) != 5 or "*" not in parts[2::2]:
        raise ValueError(f"schedule {fields!r}: expected five fields, days or weekdays being *")
    minute, hour, day, month, weekday = (re.sub(r"^\*/", "0/", part) for part in parts)
    if weekday == "*":
        return f"cron({minute} {hour} {day} {month} ? *)"
    # A crontab counts weekdays from 0, Sunday; EventBridge from 1.
    counted = re.sub(r"\d+", lambda found: str(int(found[0]) % 7 + 1), weekday)
    return f"cron({minute} {hour} ? {month} {counted} *)"
