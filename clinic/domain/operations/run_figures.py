"""Adds up runs in figures that can be added to each other, so that a day is the sum of its hours."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from clinic.domain.errors import is_refusal
from clinic.domain.operations.runs import Run, RunStatus

UNKNOWN_ERROR = "unknown"


@dataclass(frozen=True)
class RunFigures:
    """Figures of runs that have ended.

    Attributes:
        succeeded, failed: how many ended well, and how many failed or ran out of time.
        stopped: how many somebody stopped; they count neither as success nor as failure.
        refused: how many refused their event; likewise.
        busy: how long all those together were busy of which it is known, and how many those are.
        errors: how many failed, or refused their event, with each error.
    """

    succeeded: int = 0
    failed: int = 0
    stopped: int = 0
    refused: int = 0
    busy: timedelta = timedelta()
    measured: int = 0
    errors: Mapping[str, int] = field(default_factory=dict)

    def __add__(self, other: "RunFigures") -> "RunFigures":
        return RunFigures(
            succeeded=self.succeeded + other.succeeded,
            failed=self.failed + other.failed,
            stopped=self.stopped + other.stopped,
            refused=self.refused + other.refused,
            busy=self.busy + other.busy,
            measured=self.measured + other.measured,
            errors=dict(Counter(self.errors) + Counter(other.errors)),
        )

    @classmethod
    def of(cls, run: Run) -> "RunFigures":
        """One run's; an open one counts nothing."""
        if run.status.is_open:
            return cls()
        refused = run.status.is_failed and is_refusal(run.error)
        return cls(
            succeeded=int(run.status is RunStatus.SUCCEEDED),
            failed=int(run.status.is_failed and not refused),
            refused=int(refused),
            stopped=int(run.status is RunStatus.ABORTED),
            busy=run.busy or timedelta(),
            measured=int(run.busy is not None),
            errors={run.error or UNKNOWN_ERROR: 1} if run.status.is_failed else {},
        )

    @property
    def executions(self) -> int:
        """How many ended, however they did."""
        return self.succeeded + self.failed + self.stopped + self.refused

    @property
    def success_rate(self) -> float | None:
        """In percent, of those that succeeded or failed; None if there are none."""
        settled = self.succeeded + self.failed
        return 100 * self.succeeded / settled if settled else None

    @property
    def average_execution_time(self) -> float | None:
        """Seconds for which a run was busy on average; None if that is known of none."""
        return self.busy.total_seconds() / self.measured if self.measured else None


def figures_of(runs: Iterable[Run]) -> RunFigures:
    """What runs add up to."""
    return sum((RunFigures.of(run) for run in runs), RunFigures())
