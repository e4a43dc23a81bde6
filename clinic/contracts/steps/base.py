"""State machines send this to their steps and get it back: ids, instants, statuses; no patient data."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from clinic.contracts.fields import Identifier


class StepModel(BaseModel):
    """Base of all step inputs and results."""

    # Deferred: a cold start builds what it meets, not what the other steps take.
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", defer_build=True
    )

    def to_payload(self) -> dict[str, Any]:
        """The JSON a state reads; what is not set is left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class StepCall(StepModel):
    """One call of a step: the state's name, the execution's ARN, and the state's input."""

    step: str
    execution: str
    input: Any


class IntentReference(StepModel):
    """A step input that names one intent."""

    intent_id: str


class FailedIntent(IntentReference):
    """A step input that names an intent and the error that ended its retries."""

    error: str


class UnfinishedRun(StepModel):
    """What `ReportUnfinished` takes.

    Attributes:
        error: the name of the error to fail with.
        reason: what is left, in words that carry ids only.
        redrives: how many times the run was redriven.
        started_over: how many of these it has started over for.
    """

    error: str
    reason: str
    redrives: int = 0
    started_over: int = 0


class StartedOver(StepModel):
    """What `ReportUnfinished` returns once the run was redriven."""

    started_over: int


class PlannedReminder(StepModel):
    """A reminder the run has to wait for; ``due_at`` is an instant in UTC with ``Z``."""

    intent_id: str
    kind: str
    due_at: str


class PlannedConfirmation(StepModel):
    """The confirmation to send now; without an id there is none."""

    intent_id: str | None = None


class ReminderPlanResult(StepModel):
    """What `PlanReminders` returns.

    Attributes:
        outcome: what the event meant: ``planned``, ``walk_in``, ``already_planned``, ``moved``,
            ``stale_event`` or ``reservation_closed``.
        has_conflict: whether the visit takes time that was taken, and nobody has been told yet.
    """

    reservation_id: Identifier
    version: int
    outcome: str
    confirmation: PlannedConfirmation = Field(default_factory=PlannedConfirmation)
    reminders: tuple[PlannedReminder, ...] = ()
    has_conflict: bool = False


class ConflictOf(StepModel):
    """What `AnnounceConflict` takes."""

    reservation_id: Identifier


class AnnouncedConflict(StepModel):
    """What `AnnounceConflict` returns: whether there still was something to tell."""

    reservation_id: str
    is_announced: bool


class PlannedNotice(StepModel):
    """A notice the run has to deliver."""

    intent_id: str
    kind: str


class DeliveryResult(StepModel):
    """What a send step returns.

    Attributes:
        status: the intent's status, or ``deferred``: ask again at ``retry_at``.
        reason: why, where there is something to say.
    """

    intent_id: str
    kind: str
    status: str
    reason: str | None = None
    retry_at: str | None = None
