"""Calls and answers of the steps that watch the other workflows."""

from clinic.contracts.fields import CalendarDate
from clinic.contracts.steps.base import IntentReference, StepModel


class HealthResult(StepModel):
    """What `CheckHealth` returns; the figures are `clinic.services.operations.health.Health`'s.

    Attributes:
        average_execution_time: in seconds; None if no run ended.
        success_rate: in percent; None likewise.
        overdue: messages to be delivered: nobody looks after them, or WhatsApp failed them in passing.
        oldest_stuck_run: for how many seconds it has been open; 0 if there is none.
        receipts_taken_up: words of WhatsApp's that had waited for their intent.
    """

    is_well: bool
    total_workflows: int
    active_workflows: int
    failed_workflows: int
    average_execution_time: float | None = None
    success_rate: float | None = None
    overdue: tuple[IntentReference, ...] = ()
    undelivered_events: int = 0
    oldest_stuck_run: float = 0
    receipts_taken_up: int = 0


class RollUpPlanResult(StepModel):
    """What `PlanRollUps` returns: UTC days."""

    days: tuple[CalendarDate, ...]


class CheckConsistencyInput(StepModel):
    """What `CheckConsistency` takes: where its page of profiles begins; empty: at the first."""

    cursor: str


class CheckConsistencyResult(StepModel):
    """What `CheckConsistency` returns.

    Attributes:
        held: how many slots with a holder were looked at.
        wrong: the first few that don't agree with their sheet or their reservations.
        cursor: where the next page begins; empty: this was the last one.
    """

    held: int
    wrong: tuple[str, ...]
    cursor: str


class RollUpDayInput(StepModel):
    """What `RollUpDay` takes."""

    day: CalendarDate


class RollUpDayResult(StepModel):
    """What `RollUpDay` returns: how many runs ended on the day."""

    day: CalendarDate
    executions: int
