"""What analytics reads and writes, as protocols."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from clinic.domain.clinic_figures import ClinicFigures
from clinic.domain.intents import Intent
from clinic.domain.run_figures import RunFigures
from clinic.domain.statistics import Statistic


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
