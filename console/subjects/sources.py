"""Where a subject's record and messages are read: a run's result, or a deployed stage."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

from pydantic import ValidationError

from clinic.contracts.tables import MESSAGES, PRESCRIPTIONS, REQUESTS, RESERVATIONS, TableSpec
from clinic.domain.intents import SUBJECT_SEPARATOR
from console.errors import InputError
from console.inputs.json_text import parse_json, read_bytes
from console.inputs.problems import describe, shorten
from console.items import message_row, plain, run_name
from console.output.bookings import RequestRow, ReservationRow
from console.output.people import PrescriptionRow
from console.output.result import RunResult
from console.output.rows import MessageRow
from console.stage import Stage

Record: TypeAlias = ReservationRow | RequestRow | PrescriptionRow


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
        self._client = stage.client("dynamodb")

    def record(self, subject: str) -> Record | None:
        """The subject's own record, as it stands now.

        Raises:
            StageError: AWS did not say.
        """
        kind, _, name = subject.partition(SUBJECT_SEPARATOR)
        if kind not in _TABLES:
            return None
        table, model = _TABLES[kind]
        item = self._item(table, name)
        return model.model_validate(_columns(item)) if item is not None else None

    def request_for(self, reservation_id: str) -> str | None:
        """The id of the request that leads to it, where it is another one.

        Raises:
            StageError: AWS did not say.
        """
        item = self._item(REQUESTS, f"reservation{SUBJECT_SEPARATOR}{reservation_id}")
        found = str(plain(item)["leads_to"]) if item is not None else None
        return found if found != reservation_id else None

    def _item(self, table: TableSpec, key: str) -> Mapping[str, Any] | None:
        with self._stage.asking():
            answer = self._client.get_item(
                TableName=self._stage.named(table),
                Key={table.partition_key: {"S": key}},
                ConsistentRead=True,
            )
        item: Mapping[str, Any] | None = answer.get("Item")
        return item

    def messages(self, subject: str) -> list[MessageRow]:
        """Every message intent of the subject that the ledger still holds.

        Raises:
            StageError: AWS did not say.
        """
        with self._stage.asking():
            pages = self._client.get_paginator("query").paginate(
                TableName=self._stage.named(MESSAGES),
                KeyConditionExpression="#subject = :subject",
                ExpressionAttributeNames={"#subject": MESSAGES.partition_key},
                ExpressionAttributeValues={":subject": {"S": subject}},
                ConsistentRead=True,
            )
            items = [item for page in pages for item in page["Items"]]
        return [message_row(plain(item)) for item in items]


def _columns(item: Mapping[str, Any]) -> dict[str, Any]:
    """A record's columns; runs by their names."""
    row = plain(item)
    if "runs" in row:
        row["runs"] = sorted(map(run_name, row["runs"]))
    return row
