"""A run of a workflow, as the run ledger keeps it: how it went, never what it carried.

Step Functions says what a run has come to whenever its status changes, at least once and in any order
(``RUNNING`` may come after ``SUCCEEDED``). Each word on a run has a rank, and the highest counts: so the same
words in any order, and any of them twice, come to the same row.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

_PHASES = 3


class RunStatus(StrEnum):
    """What Step Functions says of an execution."""

    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    TIMED_OUT = "TIMED_OUT"
    ABORTED = "ABORTED"
    PENDING_REDRIVE = "PENDING_REDRIVE"

    @property
    def is_open(self) -> bool:
        """Whether it runs, or will again without anybody's doing."""
        return self in {RunStatus.RUNNING, RunStatus.PENDING_REDRIVE}

    @property
    def is_failed(self) -> bool:
        """Whether it ended without having done its work; one that somebody stopped (``ABORTED``) has not."""
        return self in {RunStatus.FAILED, RunStatus.TIMED_OUT}


@dataclass(frozen=True)
class Retry:
    """How a failed run was tried again.

    Attributes:
        at: when that was decided.
        run: the ARN that goes on: its own if it was redriven; None until Step Functions has taken it.
    """

    at: datetime
    run: str | None = None


@dataclass(frozen=True)
class Run:
    """One row of the run ledger. All instants are UTC.

    Attributes:
        arn: the execution's.
        redrives: how many times it was redriven.
        error: the name of the error it failed with.
        reason: the error's text, where Citas itself wrote it: it carries ids only.
        event_id: the event that started it.
        subjects: the ids in that event, by their field's name: ``{"reservationId": "r-17"}``.
        busy: how long its steps took, without Wait states and the pauses between tries; None while it runs.
        transitions: states entered and tries repeated; None while it runs.
        has_stumbled: whether a try of a step failed, however the run ended.
        retry: how it was tried again, if it was.
    """

    workflow: str
    name: str
    arn: str
    status: RunStatus
    started_at: datetime
    stopped_at: datetime | None = None
    redrives: int = 0
    error: str | None = None
    reason: str | None = None
    event_id: str | None = None
    subjects: Mapping[str, str] = field(default_factory=dict)
    busy: timedelta | None = None
    transitions: int | None = None
    has_stumbled: bool = False
    retry: Retry | None = None

    @property
    def rank(self) -> int:
        """How late in a run's life this is: an end comes after its beginning, a redrive after both."""
        if self.status is RunStatus.RUNNING:
            phase = 0
        else:
            phase = 2 if self.status is RunStatus.PENDING_REDRIVE else 1
        return self.redrives * _PHASES + phase


def latest(known: Run | None, said: Run) -> Run:
    """What is known of a run once something was said of it; how it was retried is never said, only known."""
    if known is None:
        return said
    return replace(said, retry=known.retry) if known.rank < said.rank else known
