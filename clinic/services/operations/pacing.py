"""How fast somebody is asked who answers only so many questions a second."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clinic.domain.operations.run_history import HistoryEvent
from clinic.services.operations.ports import RunDescription, RunInspector


class Timer(Protocol):
    """Time that passes while a function runs; what instant it is, it does not say."""

    def elapsed(self) -> float:
        """Seconds since some instant that stays the same."""

    def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""


@dataclass
class Pace:
    """Keeps questions of one call of a function apart.

    A call begins with a pause: the one before may have asked at its very end, in this process or in another.
    So calls that follow each other ask no faster together than each of them, and so many at once so many
    times that.

    Attributes:
        per_second: how many questions, at most.
    """

    per_second: float
    timer: Timer
    _next: float = field(default=0.0, init=False)

    def begin(self) -> None:
        """A call of the function has begun."""
        self._next = self.timer.elapsed() + 1 / self.per_second

    def keep(self) -> None:
        """Wait until the next question may be asked."""
        early = self._next - self.timer.elapsed()
        if early > 0:
            self.timer.wait(early)
        self._next = self.timer.elapsed() + 1 / self.per_second


@dataclass(frozen=True)
class PacedInspector:
    """A `RunInspector` that is asked at a pace."""

    inspector: RunInspector
    pace: Pace

    def describe(self, run: str) -> RunDescription | None:
        """What it says of a run, by its ARN."""
        self.pace.keep()
        return self.inspector.describe(run)

    def history(self, run: str) -> Sequence[HistoryEvent]:
        """The newest events of a run's history."""
        self.pace.keep()
        return self.inspector.history(run)
