"""Slots and day sheets in DynamoDB: each change is one transaction on the revisions that were read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactGet, TransactWrite

from clinic.adapters.dynamodb.faults import store_errors
from clinic.adapters.dynamodb.models import bind
from clinic.adapters.dynamodb.slot_models import DaySheetModel, SlotModel
from clinic.domain import instants
from clinic.domain.slots import Booking, DaySheet, Slot

DAY_PREFIX = "day#"


@dataclass(frozen=True)
class DynamoCalendar:
    """Slots and their days' sheets, as `clinic.services.records_port.Records` needs them."""

    connection: Connection
    slots: type[SlotModel]
    sheets: type[DaySheetModel]

    @classmethod
    def open(cls, connection: Connection, slots_table: str) -> Self:
        """The calendar in this table."""
        return cls(
            connection, bind(SlotModel, slots_table, connection), bind(DaySheetModel, slots_table, connection)
        )

    def put_slot(self, slot: Slot) -> None:
        """Write a slot that is not there yet.

        Raises:
            ConcurrentChangeError: it is.
        """
        with store_errors(f"slot {slot.slot_id}"):
            self._slot_row(slot).save(condition=self.slots.slot_id.does_not_exist())

    def bookings(self, profile_id: str, *slot_ids: str) -> tuple[Booking | None, ...]:
        """A doctor's slots with the sheets of their days, as they all stand together now."""
        with store_errors(f"slots of {profile_id}"):
            # A slot's times never change, so they may be read first: they say which sheets to read with it.
            known = {
                row.slot_id: _slot(row) for row in self.slots.batch_get([(profile_id, i) for i in slot_ids])
            }
            days = sorted({day for slot in known.values() for day in slot.days})
            if not known:
                return tuple(None for _ in slot_ids)
            with TransactGet(connection=self.connection) as transaction:
                rows = {slot_id: transaction.get(self.slots, profile_id, slot_id) for slot_id in known}
                pages = {day: transaction.get(self.sheets, profile_id, f"{DAY_PREFIX}{day}") for day in days}
            sheets = {day: _sheet(profile_id, day, page) for day, page in pages.items()}
            slots = {slot_id: _slot(row.get()) for slot_id, row in rows.items()}
        return tuple(
            Booking(slots[i], tuple(sheets[day] for day in slots[i].days)) if i in slots else None
            for i in slot_ids
        )

    def write(self, writes: TransactWrite, changes: Sequence[tuple[Booking, Booking]]) -> None:
        """Add what differs to a transaction, on the condition that it is still as it was read."""
        sheets: dict[tuple[str, date], tuple[DaySheet, DaySheet]] = {}
        for before, after in changes:
            if after.slot != before.slot:
                seen_revision = self.slots.revision == before.slot.revision
                writes.save(self._slot_row(after.slot), condition=seen_revision)
            for seen, sheet in zip(before.sheets, after.sheets, strict=True):
                sheets[sheet.profile_id, sheet.day] = (seen, sheet)  # once, though two slots touch it
        for seen, sheet in sheets.values():
            if sheet != seen:
                writes.save(self._sheet_row(sheet), condition=self._as_seen(seen))

    def _as_seen(self, sheet: DaySheet) -> Condition:
        condition: Condition = (
            self.sheets.revision == sheet.revision if sheet.revision else self.sheets.slot_id.does_not_exist()
        )
        return condition

    def _slot_row(self, slot: Slot) -> SlotModel:
        return self.slots(
            profile_id=slot.profile_id,
            slot_id=slot.slot_id,
            service_id=slot.service_id,
            start=slot.start,
            end=slot.end,
            buffer_until=slot.buffer_until,
            capacity=slot.capacity,
            pending=sorted(slot.pending),
            booked=sorted(slot.booked),
            reserved_count=slot.reserved_count,
            status=slot.status.value,
            is_blocked=slot.is_blocked,
            revision=slot.revision,
        )

    def _sheet_row(self, sheet: DaySheet) -> DaySheetModel:
        return self.sheets(
            profile_id=sheet.profile_id,
            slot_id=f"{DAY_PREFIX}{sheet.day}",
            taken={
                slot_id: [instants.to_text(i) for i in stretch] for slot_id, stretch in sheet.taken.items()
            },
            revision=sheet.revision,
        )


def _slot(row: SlotModel) -> Slot:
    return Slot(
        slot_id=row.slot_id,
        profile_id=row.profile_id,
        service_id=row.service_id,
        start=row.start,
        end=row.end,
        buffer_until=row.buffer_until,
        capacity=int(row.capacity),
        pending=frozenset(row.pending),
        booked=frozenset(row.booked),
        is_blocked=row.is_blocked,
        revision=int(row.revision),
    )


def _sheet(profile_id: str, day: date, found: Any) -> DaySheet:
    try:
        row: DaySheetModel = found.get()
    except DoesNotExist:
        return DaySheet(profile_id, day)
    taken = {
        slot_id: (instants.from_text(start), instants.from_text(end))
        for slot_id, (start, end) in row.taken.as_dict().items()
    }
    return DaySheet(profile_id, day, taken, int(row.revision))
