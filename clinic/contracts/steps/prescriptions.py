"""Calls and answers of the steps of prescriptions."""

from clinic.contracts.fields import Identifier, Instant
from clinic.contracts.steps.base import StepModel


class PrescriptionReference(StepModel):
    """A step input that names one prescription."""

    prescription_id: Identifier


class PlannedBatch(PrescriptionReference):
    """What `ContinuePrescription` takes: the version's doses are planned until ``after``."""

    version: int
    after: Instant


class PlannedDose(StepModel):
    """A dose the run has to wait for; ``due_at`` is an instant in UTC with ``Z``."""

    intent_id: str
    kind: str
    due_at: str


class PrescriptionResult(StepModel):
    """What `ApplyPrescription` returns.

    Attributes:
        outcome: ``planned``, ``nothing_ahead``, ``already_planned``, ``changed``, ``resumed``,
            ``stale_event``, ``prescription_stopped``, ``already_stopped``, ``prescription_changed``,
            ``continued`` or ``already_continued``.
        planned: how many doses the run keeps time for.
        planned_until: those that are due until then have been planned (UTC with ``Z``).
        is_more_to_come: whether others are due after it.
        has_earlier_runs: whether runs may still keep time for what is over.
    """

    prescription_id: str
    version: int
    outcome: str
    planned: int
    planned_until: str
    doses: tuple[PlannedDose, ...] = ()
    is_more_to_come: bool = False
    has_earlier_runs: bool = False


class StoppedDoseRuns(StepModel):
    """What `StopEarlierRuns` returns: how many runs there were to stop."""

    prescription_id: str
    runs_stopped: int


class ContinuationResult(StepModel):
    """What `ContinuePrescription` returns.

    Attributes:
        outcome: ``continued``, ``already_continued``, ``prescription_stopped`` or ``prescription_changed``.
        is_continued: whether a fresh run goes on.
    """

    prescription_id: str
    outcome: str
    is_continued: bool
