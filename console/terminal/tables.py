"""Reads the stack's tables into the rows of OUT.json."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from clinic.domain.instants import from_text
from clinic.domain.statistics import StatisticKind
from console.audit.evidence import Delivery, Sheet
from console.output.bookings import RequestRow, ReservationRow, SlotRow, StatisticRow
from console.output.people import ConsentRow, PrescriptionRow
from console.output.rows import MessageRow
from console.run.item_rows import message_row, plain, run_name
from console.run.stack import Stack

_STATISTICS = frozenset(StatisticKind)
# Day sheets lie in the slots' table, under these where slots have their ids.
SHEET_PREFIX = "day#"


def message_rows(stack: Stack, deliveries: Sequence[Delivery]) -> list[MessageRow]:
    """Every intent, by the instant it is due, with what WhatsApp took of it."""
    texts = {delivery.intent_id: delivery.text for delivery in reversed(deliveries)}
    times = Counter(delivery.intent_id for delivery in deliveries)
    found = [message_row(row) for row in _rows(stack, "MessagesTable")]
    found = [
        row.model_copy(update={"text": texts.get(row.intent_id), "times_accepted": times[row.intent_id]})
        for row in found
    ]
    return sorted(found, key=lambda row: (row.due_at, row.intent_id))


def reservation_rows(stack: Stack) -> list[ReservationRow]:
    """Every reservation, by id."""
    found = [
        ReservationRow.model_validate(row | {"runs": sorted(map(run_name, row.get("runs", ())))})
        for row in _rows(stack, "ReservationsTable")
    ]
    return sorted(found, key=lambda row: row.reservation_id)


def request_rows(stack: Stack) -> list[RequestRow]:
    """Every request, by id."""
    found = [
        RequestRow.model_validate(row | {"run": run_name(row["run"]) if row.get("run") else None})
        for row in _rows(stack, "RequestsTable")
        if "leads_to" not in row  # it only names a request
    ]
    return sorted(found, key=lambda row: row.request_id)


def prescription_rows(stack: Stack) -> list[PrescriptionRow]:
    """Every prescription, by id."""
    found = [
        PrescriptionRow.model_validate(
            row | {"earlier_runs": sorted(map(run_name, row.get("earlier_runs", ())))}
        )
        for row in _rows(stack, "PrescriptionsTable")
    ]
    return sorted(found, key=lambda row: row.prescription_id)


def consent_rows(stack: Stack) -> list[ConsentRow]:
    """What people have said, by person."""
    found = map(ConsentRow.model_validate, _rows(stack, "ConsentsTable"))
    return sorted(found, key=lambda row: row.person)


def slot_rows(stack: Stack) -> tuple[list[SlotRow], list[Sheet]]:
    """Every slot, by profile and start, and the day sheets."""
    slots, sheets = [], []
    for row in _rows(stack, "SlotsTable"):
        if row["slot_id"].startswith(SHEET_PREFIX):
            sheets.append(sheet_row(row))
        else:
            slots.append(SlotRow.model_validate(row))
    return (
        sorted(slots, key=lambda row: (row.profile_id, row.start, row.slot_id)),
        sorted(sheets, key=lambda sheet: (sheet.profile_id, sheet.day)),
    )


def kept_profiles(stack: Stack) -> frozenset[str]:
    """The doctors whom the directory keeps, by id."""
    rows = _rows(stack, "DirectoryTable")
    return frozenset(row["profile_id"] for row in rows if row["entry"] == "profile")


def statistic_rows(stack: Stack) -> list[StatisticRow]:
    """Every statistic, in the order in which things were done; not what analytics has added up of a day."""
    found = [
        StatisticRow.model_validate(row | {"at": row["happened_at"]})
        for row in _rows(stack, "StatisticsTable")
        if row["kind"] in _STATISTICS
    ]
    return sorted(found, key=lambda row: (row.at, row.kind, row.subject))


def sheet_row(row: Mapping[str, Any]) -> Sheet:
    """The day sheet in a row of the slots' table."""
    taken: Iterable[tuple[str, tuple[str, str]]] = row.get("taken", {}).items()
    return Sheet(
        profile_id=row["profile_id"],
        day=date.fromisoformat(row["slot_id"].removeprefix(SHEET_PREFIX)),
        taken={slot_id: (from_text(start), from_text(end)) for slot_id, (start, end) in taken},
    )


def _rows(stack: Stack, output: str) -> Iterator[dict[str, Any]]:
    """Every row of the table that the stack's output names, as plain Python values."""
    return map(plain, stack.items(output))
