"""The protocols by which the run ledger is kept and read, and runs are asked about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.operations.run_history import HistoryEvent
from clinic.domain.operations.runs import Run, RunStatus


@dataclass(frozen=True)
class RunDescription:
    """What Step Functions says of a run when it is asked.

    Attributes:
        input_text, error, cause: as they are; they may hold a patient's data and go no further.
        is_redrivable: whether it can go on from where it failed.
    """

    status: RunStatus
    started_at: datetime
    stopped_at: datetime | None
    redrives: int
    input_text: str | None
    error: str | None
    cause: str | None
    is_redrivable: bool


class RunLedger(Protocol):
    """The run ledger. Every method may raise `StoreUnavailableError`."""

    def note(self, run: Run) -> bool:
        """Keep what was said of a run, unless something later is known; whether it was kept."""

    def run(self, workflow: str, started_at: datetime, name: str) -> Run | None:
        """A run as it is known now (a consistent read)."""

    def started(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """A workflow's runs that began from the one instant on and before the other, in that order."""

    def ended(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """A workflow's runs that ended from the one instant on and before the other, in that order."""

    def failed(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """Those of them that failed and have not been tried again."""

    def open(self, workflow: str, until: datetime) -> Iterator[Run]:
        """A workflow's runs that began before ``until`` and have not ended, the oldest first."""

    def count_open(self, workflow: str) -> int:
        """How many of a workflow's runs have not ended."""


class RunInspector(Protocol):
    """Step Functions, asked about single runs. Both methods may raise `RunsUnavailableError`."""

    def describe(self, run: str) -> RunDescription | None:
        """What it says of a run, by its ARN; None: it knows none, or has forgotten it after 90 days."""

    def history(self, run: str) -> Sequence[HistoryEvent]:
        """The newest thousand events of a run's history, without what they carry."""
