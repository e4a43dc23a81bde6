"""Working stand-ins for what workflows need beside messages and bookings, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from clinic.contracts.events.base import BusEvent
from clinic.contracts.metrics import Metric
from clinic.domain.statistics import Statistic


@dataclass
class MemoryEvents:
    """A bus that keeps what is put on it.

    Attributes:
        before, after: happen once, around the next publishing.
    """

    published: list[BusEvent] = field(default_factory=list)
    before: Callable[[], None] | None = None
    after: Callable[[], None] | None = None

    def publish(self, events: Sequence[BusEvent]) -> None:
        before, self.before = self.before, None
        if before is not None:
            before()
        self.published.extend(events)
        after, self.after = self.after, None
        if after is not None:
            after()


@dataclass
class MemoryRuns:
    """Runs of which some still run.

    Attributes:
        running: the ARNs of those.
        stopped: what was stopped, and why.
    """

    running: set[str] = field(default_factory=set)
    stopped: list[tuple[str, str]] = field(default_factory=list)

    def stop(self, run: str, cause: str) -> bool:
        was_running = run in self.running
        self.running.discard(run)
        if was_running:
            self.stopped.append((run, cause))
        return was_running


@dataclass
class MemoryStatistics:
    """Records of what was done; the same one twice is one."""

    kept: dict[tuple[str, str], Statistic] = field(default_factory=dict)

    def record(self, statistic: Statistic) -> bool:
        is_new = (statistic.kind, statistic.subject) not in self.kept
        self.kept[statistic.kind, statistic.subject] = statistic
        return is_new


@dataclass
class MemoryMeter:
    """Metrics that were added: name, value and own dimensions, in order."""

    added: list[tuple[str, float, dict[str, str]]] = field(default_factory=list)

    def add(self, metric: Metric, value: float = 1, **dimensions: str) -> None:
        if set(dimensions) != set(metric.dimensions):
            raise ValueError(f"{metric.name}: {sorted(dimensions)}")
        self.added.append((metric.name, value, dimensions))

    def total(self, metric: Metric, **dimensions: str) -> float:
        """The sum of a metric's values, of these dimensions alone if any are named."""
        return sum(
            value
            for name, value, own in self.added
            if name == metric.name and dimensions.items() <= own.items()
        )
