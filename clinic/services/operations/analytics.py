"""Use case: what days have come to, and what a stretch of days adds up to."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from clinic.contracts.metrics import MESSAGE_DELIVERY_RATE, REMINDER_DELIVERY_RATE
from clinic.contracts.workflows import WATCHED
from clinic.domain.messages.intent import Intent
from clinic.domain.operations.clinic_figures import ClinicFigures, of_intent, of_statistic, total
from clinic.domain.operations.run_figures import RunFigures, figures_of
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.operations.ports import RunLedger
from clinic.services.ports import Meter


@dataclass(frozen=True)
class DayFigures:
    """What a UTC day has come to.

    Attributes:
        runs: of each workflow's runs that ended on it.
        clinic: of what was due or happened on it.
    """

    runs: Mapping[str, RunFigures] = field(default_factory=dict)
    clinic: ClinicFigures = field(default_factory=ClinicFigures)

    def __add__(self, other: "DayFigures") -> "DayFigures":
        names = [*self.runs, *(name for name in other.runs if name not in self.runs)]
        nothing = RunFigures()
        return DayFigures(
            {name: self.runs.get(name, nothing) + other.runs.get(name, nothing) for name in names},
            self.clinic + other.clinic,
        )


class DueIntents(Protocol):
    """The message ledger by when a message is due."""

    def due_between(self, since: datetime, until: datetime) -> Iterator[Intent]:
        """Those due from the one instant on and before the other. May raise `StoreUnavailableError`."""


class DoneThings(Protocol):
    """Records of what was done. Every method may raise `StoreUnavailableError`."""

    def of_day(self, day: date) -> Iterable[Statistic]:
        """What was done on a UTC day."""

    def roll_up(self, day: date) -> DayFigures | None:
        """What a day was found to come to, if it was added up."""

    def keep_roll_up(self, day: date, figures: DayFigures, now: datetime) -> None:
        """Keep what a day comes to, in place of what was found before."""


class FullSlots(Protocol):
    """The slots kept here."""

    def full(self, profile_id: str, slot_ids: Collection[str]) -> frozenset[str]:
        """Those of them that have no place to give. May raise `StoreUnavailableError`."""


# A day is added up anew until the third after it: a receipt may come late, a failed run be tried again, and
# a place that was given up be given to somebody else.
ROLLED_UP_FOR = timedelta(days=3)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class WorkflowActivity:
    """How much a workflow did; ``success_rate``: in percent, None if no run succeeded or failed."""

    name: str
    executions: int
    success_rate: float | None


@dataclass(frozen=True)
class ErrorShare:
    """How often runs failed with an error; ``percentage``: of all that failed."""

    error_type: str
    count: int
    percentage: float


@dataclass(frozen=True)
class Analytics:
    """What a stretch of time adds up to."""

    since: date
    until: date
    figures: DayFigures

    @property
    def runs(self) -> RunFigures:
        """Those of all workflows together."""
        return sum(self.figures.runs.values(), RunFigures())

    @property
    def clinic(self) -> ClinicFigures:
        """The clinic's view."""
        return self.figures.clinic

    @property
    def total_executions(self) -> int:
        """How many runs ended."""
        return self.runs.executions

    @property
    def success_rate(self) -> float | None:
        """Percent of the runs that ended well; None: none ended."""
        return self.runs.success_rate

    @property
    def average_execution_time(self) -> float | None:
        """Seconds for which a run was busy."""
        return self.runs.average_execution_time

    @property
    def most_active_workflows(self) -> Sequence[WorkflowActivity]:
        """Those that did anything, the most active first."""
        activities = [
            WorkflowActivity(name, figures.executions, figures.success_rate)
            for name, figures in self.figures.runs.items()
            if figures.executions
        ]
        return sorted(activities, key=lambda it: (-it.executions, it.name))

    @property
    def error_breakdown(self) -> Sequence[ErrorShare]:
        """The errors that runs failed with or refused their events with, the most frequent first."""
        errors = self.runs.errors
        shares = [
            ErrorShare(name, count, 100 * count / sum(errors.values())) for name, count in errors.items()
        ]
        return sorted(shares, key=lambda it: (-it.count, it.error_type))


@dataclass(frozen=True)
class WorkflowAnalytics:
    """Adds up the run ledger, the message ledger and the records of what was done."""

    store: RunLedger
    intents: DueIntents
    done: DoneThings
    slots: FullSlots
    meter: Meter

    def days_to_roll_up(self, now: datetime) -> Sequence[date]:
        """The UTC days whose figures may still change, the oldest first."""
        today = now.astimezone(UTC).date()
        return [today - _DAY * back for back in range(ROLLED_UP_FOR.days - 1, -1, -1)]

    def roll_up(self, day: date, now: datetime) -> DayFigures:
        """Add a day up anew and keep it; again: the same, unless something has changed since.

        Raises:
            StoreUnavailableError: something did not answer; call again.
        """
        figures = self.add_up(day, now)
        self.done.keep_roll_up(day, figures, now)
        return figures

    def add_up(self, day: date, now: datetime) -> DayFigures:
        """What a day comes to by the ledgers, as they stand now.

        Raises:
            StoreUnavailableError: something did not answer; call again.
        """
        since = _begin(day)
        until = since + _DAY
        done = list(self.done.of_day(day))
        refilled = self._refilled(done)
        return DayFigures(
            {it.name: figures_of(self.store.ended(it.name, since, until)) for it in WATCHED},
            total(of_intent(intent, now) for intent in self.intents.due_between(since, until))
            + total(of_statistic(statistic, refilled) for statistic in done),
        )

    def between(self, since: date, until: date, now: datetime) -> Analytics:
        """What the days from the one to the other, both included, add up to.

        A day that was never added up, and today, are added up on the spot.

        Raises:
            StoreUnavailableError: something did not answer; call again.
        """
        today = now.astimezone(UTC).date()
        figures = DayFigures()
        for number in range((until - since).days + 1):
            day = since + _DAY * number
            kept = self.done.roll_up(day) if day < today else None
            figures += kept if kept is not None else self.add_up(day, now)
        return Analytics(since, until, figures)

    def publish_delivery(self, now: datetime) -> None:
        """Publish how many of the last day's reminders and messages that were wanted have arrived.

        Raises:
            StoreUnavailableError: something did not answer; call again.
        """
        due = total(of_intent(intent, now) for intent in self.intents.due_between(now - _DAY, now))
        if (rate := due.reminder_delivery_rate) is not None:
            self.meter.add(REMINDER_DELIVERY_RATE, rate)
        if (rate := due.message_delivery_rate) is not None:
            self.meter.add(MESSAGE_DELIVERY_RATE, rate)

    def _refilled(self, done: Sequence[Statistic]) -> frozenset[str]:
        freed: dict[str, set[str]] = defaultdict(set)
        for it in done:
            if it.kind is StatisticKind.CANCELLATION and it.values.get("slot_id"):
                freed[str(it.values.get("profile_id", ""))].add(str(it.values["slot_id"]))
        full = [self.slots.full(profile_id, slot_ids) for profile_id, slot_ids in freed.items()]
        return frozenset().union(*full)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
