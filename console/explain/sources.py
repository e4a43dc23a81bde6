"""Where a subject's record and messages are read: a run's result, or a deployed stage."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from pydantic import ValidationError

from clinic.contracts.tables import CHANNEL, MESSAGES, PRESCRIPTIONS, REQUESTS, RESERVATIONS, TableSpec
from clinic.domain.instants import from_text
from clinic.domain.messages.intent import SUBJECT_SEPARATOR
from console.inputs.json_text import parse_json, read_bytes
from console.inputs.problems import describe, shorten
from console.operate.run_rows import failed_runs
from console.operate.stage import Stage
from console.output.bookings import RequestRow, ReservationRow
from console.output.people import PrescriptionRow
from console.output.result import RunResult
from console.output.rows import MessageRow
from console.run.item_rows import message_row, run_name
from console.terminal.errors import InputError

Record: TypeAlias = ReservationRow | RequestRow | PrescriptionRow
# What an event's id of a subject is called.
_ID_FIELDS = {
    "reservation": "reservation_id",
    "request": "request_id",
    "prescription": "prescription_id",
}


@dataclass(frozen=True)
class Failure:
    """An event about a subject that did not end in a run that succeeded.

    Attributes:
        at: when the event came, or its run began (UTC).
        what: the event's detail-type, or the run's workflow.
        run: the run's name; None: no run began.
        reason: the error and its text: ids and fields alone.
    """

    at: datetime
    what: str
    run: str | None
    reason: str


class Source(Protocol):
    """Where things are looked up."""

    @property
    def name(self) -> str:
        """What a person calls it."""

    def record(self, subject: str) -> Record | None:
        """The subject's own record; None if there is none, or if it has none."""

    def request_for(self, reservation_id: str) -> str | None:
        """The id of the request that leads to this reservation, where it is another one."""

    def messages(self, subject: str) -> list[MessageRow]:
        """Every message intent of the subject."""

    def failures(self, subject: str) -> list[Failure]:
        """What failed about it and was not tried again since, the oldest first."""

    def stopped_until(self, template: str, language: str) -> datetime | None:
        """Until when nothing is sent with the template, as WhatsApp has refused it; None: it may be."""


class ResultSource:
    """A run's result."""

    def __init__(self, path: str) -> None:
        """Read it.

        Raises:
            InputError: it can't be read, or is no such result.
        """
        self.name = "standard input" if path == "-" else path
        value = parse_json(read_bytes(path), self.name)
        if not isinstance(value, dict) or "format_version" not in value:
            raise InputError([f"{self.name}: expected what citas run --json writes"])
        try:
            result = RunResult.model_validate(value)
        except ValidationError as error:
            raise InputError(shorten(describe(error, RunResult, self.name))) from None
        self._records: dict[str, Record] = {
            **{f"reservation#{row.reservation_id}": row for row in result.reservations},
            **{f"request#{row.request_id}": row for row in result.requests},
            **{f"prescription#{row.prescription_id}": row for row in result.prescriptions},
        }
        self._requests = {row.reservation_id: row.request_id for row in result.requests}
        self._messages = result.messages
        self._failed = {row.event_id: row for row in result.events_failed if row.event_id is not None}
        self._events = [row for row in result.events if row.event_id in self._failed]
        self._runs = {row.event_id: row.name for row in result.executions if row.event_id is not None}

    def record(self, subject: str) -> Record | None:
        """The subject's own record."""
        return self._records.get(subject)

    def request_for(self, reservation_id: str) -> str | None:
        """The id of the request that leads to it, where it is another one."""
        found = self._requests.get(reservation_id)
        return found if found != reservation_id else None

    def messages(self, subject: str) -> list[MessageRow]:
        """Every message intent of the subject."""
        return [row for row in self._messages if row.subject == subject]

    def failures(self, subject: str) -> list[Failure]:
        """What failed about it, the oldest first."""
        kind, _, name = subject.partition(SUBJECT_SEPARATOR)
        return [
            Failure(row.at, row.detail_type, self._runs.get(row.event_id), self._failed[row.event_id].reason)
            for row in self._events
            if kind in _ID_FIELDS and getattr(row, _ID_FIELDS[kind]) == name
        ]

    def stopped_until(self, template: str, language: str) -> datetime | None:  # noqa: ARG002 - as the port has it
        """A result does not hold it."""
        return None


_TABLES: dict[str, tuple[TableSpec, type[Record]]] = {
    "reservation": (RESERVATIONS, ReservationRow),
    "request": (REQUESTS, RequestRow),
    "prescription": (PRESCRIPTIONS, PrescriptionRow),
}


class StageSource:
    """A deployed stage's tables. Nothing is written."""

    def __init__(self, stage: Stage) -> None:
        self.name = stage.name
        self._stage = stage

    def record(self, subject: str) -> Record | None:
        """The subject's own record, as it stands now.

        Raises:
            StageError: AWS did not say.
        """
        kind, _, name = subject.partition(SUBJECT_SEPARATOR)
        if kind not in _TABLES:
            return None
        table, model = _TABLES[kind]
        row = self._stage.item(table, name)
        return model.model_validate(_columns(row)) if row is not None else None

    def request_for(self, reservation_id: str) -> str | None:
        """The id of the request that leads to it, where it is another one.

        Raises:
            StageError: AWS did not say.
        """
        row = self._stage.item(REQUESTS, f"reservation{SUBJECT_SEPARATOR}{reservation_id}")
        found = str(row["leads_to"]) if row is not None else None
        return found if found != reservation_id else None

    def failures(self, subject: str) -> list[Failure]:
        """What failed about it and was not tried again since, the oldest first.

        Raises:
            StageError: AWS did not say.
        """
        kind, _, name = subject.partition(SUBJECT_SEPARATOR)
        if kind not in _ID_FIELDS:
            return []
        found = [run for run in failed_runs(self._stage) if run.subjects.get(f"{kind}Id") == name]
        return [
            Failure(
                run.started_at,
                run.workflow,
                run.name,
                f"{run.error}: {run.reason}" if run.reason else str(run.error),
            )
            for run in sorted(found, key=lambda run: run.started_at)
        ]

    def stopped_until(self, template: str, language: str) -> datetime | None:
        """Until when nothing is sent with the template.

        Raises:
            StageError: AWS did not say.
        """
        row = self._stage.item(CHANNEL, f"template{SUBJECT_SEPARATOR}{template}{SUBJECT_SEPARATOR}{language}")
        return from_text(row["open_until"]) if row is not None and row.get("times") else None

    def messages(self, subject: str) -> list[MessageRow]:
        """Every message intent of the subject that the ledger still holds.

        Raises:
            StageError: AWS did not say.
        """
        return [message_row(row) for row in self._stage.query(MESSAGES, subject)]


def _columns(row: dict[str, Any]) -> dict[str, Any]:
    """A record's columns; runs by their names."""
    return row if "runs" not in row else {**row, "runs": sorted(map(run_name, row["runs"]))}
