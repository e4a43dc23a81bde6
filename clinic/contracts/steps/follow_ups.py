"""Calls and answers of the steps of follow-ups."""

from clinic.contracts.fields import Identifier
from clinic.contracts.steps.base import StepModel


class PlannedFollowUp(StepModel):
    """A follow-up the run has to wait for; ``due_at`` is an instant in UTC with ``Z``."""

    intent_id: str
    kind: str
    due_at: str


class SkippedFollowUp(StepModel):
    """A follow-up that is not sent, and why."""

    kind: str
    reason: str


class FollowUpPlanResult(StepModel):
    """What `PlanFollowUps` returns.

    Attributes:
        outcome: what the event meant: ``planned``, ``already_planned``, ``corrected``, ``no_show``,
            ``stale_event`` or ``reservation_closed``.
        skipped: those whose time had passed when the event became known.
    """

    reservation_id: Identifier
    version: int
    outcome: str
    follow_ups: tuple[PlannedFollowUp, ...] = ()
    skipped: tuple[SkippedFollowUp, ...] = ()
