"""Slots and day sheets in DynamoDB: each change is one transaction on the revisions that were read."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactGet, TransactWrite

from clinic.adapters.dynamodb.faults import store_errors
from clinic.adapters.dynamodb.models import DaySheetModel, SlotModel, bind
from clinic.domain import instants
from clinic.domain.slots import Booking, DaySheet, Slot

DAY_PREFIX = "day#"


@dataclass(frozen=True)
class DynamoCalendar:
    """Fulfils `clinic.services.ports.Calendar`."""

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

    def booking(self, profile_id: str, slot_id: str) -> Booking | None:
        """The slot with the sheets of its days."""
        with store_errors(f"slot {slot_id}"):
            try:
                slot = _slot(self.slots.get(profile_id, slot_id, consistent_read=True))
            except DoesNotExist:
                return None
            with TransactGet(connection=self.connection) as transaction:
                row = transaction.get(self.slots, profile_id, slot_id)
                days = [transaction.get(self.sheets, profile_id, f"{DAY_PREFIX}{day}") for day in slot.days]
            return Booking(
                _slot(row.get()),
                tuple(_sheet(profile_id, day, found) for day, found in zip(slot.days, days, strict=True)),
            )

    def commit(self, before: Booking, after: Booking) -> None:
        """Write what differs."""
        with store_errors(f"slot {after.slot.slot_id}"), TransactWrite(connection=self.connection) as writes:
            writes.save(self._slot_row(after.slot), condition=self.slots.revision == before.slot.revision)
            for seen, sheet in zip(before.sheets, after.sheets, strict=True):
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
