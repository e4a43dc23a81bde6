"""Slots and day sheets in DynamoDB: each change is one transaction on the revisions that were read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactGet, TransactWrite

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import bind
from clinic.adapters.dynamodb.slot_models import DaySheetModel, SlotModel
from clinic.adapters.dynamodb.slot_rows import slot_from_row, slot_to_row
from clinic.domain import instants
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.slots.generation import first_day
from clinic.domain.slots.slot import Booking, DaySheet, Slot

DAY_PREFIX = "day#"


@dataclass(frozen=True)
class DynamoCalendar:
    """Slots and their days' sheets, as `clinic.services.unit_of_work.Records` needs them."""

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
            slot_to_row(self.slots, slot).save(condition=self.slots.slot_id.does_not_exist())

    def bookings(self, profile_id: str, *wanted: str | Slot) -> tuple[Booking | None, ...]:
        """A doctor's slots with the sheets of their days, as they all stand together now."""
        given = [slot for slot in wanted if isinstance(slot, Slot)]
        made = {slot.slot_id: slot for slot in given if not slot.is_own_time}
        slot_ids = [*made, *(slot_id for slot_id in wanted if isinstance(slot_id, str))]
        # An id made here says on which day its slot begins; other slots say it once they are read.
        days = {day for slot_id in slot_ids if (day := first_day(slot_id))}
        days |= {day for slot in given for day in slot.days}
        with store_errors(f"slots of {profile_id}"):
            slots, sheets = self._together(profile_id, slot_ids, days)
            if missing := {day for slot in slots.values() for day in slot.days} - days:
                slots, sheets = self._together(profile_id, slot_ids, days | missing)
        if any(day not in sheets for slot in slots.values() for day in slot.days):
            raise ConcurrentChangeError(f"slots of {profile_id} were given other times meanwhile")

        def booking(of: str | Slot) -> Booking | None:
            if isinstance(of, Slot) and of.is_own_time:
                return Booking.of_visit(of, tuple(sheets[day] for day in of.days))
            slot_id = of if isinstance(of, str) else of.slot_id
            slot = slots.get(slot_id) or made.get(slot_id)
            if slot is None:
                return None
            return Booking(slot, tuple(sheets[day] for day in slot.days), is_stored=slot_id in slots)

        return tuple(map(booking, wanted))

    def _together(
        self, profile_id: str, slot_ids: Sequence[str], days: Collection[date]
    ) -> tuple[dict[str, Slot], dict[date, DaySheet]]:
        with TransactGet(connection=self.connection) as transaction:
            rows = {i: transaction.get(self.slots, profile_id, i) for i in dict.fromkeys(slot_ids)}
            pages = {
                day: transaction.get(self.sheets, profile_id, f"{DAY_PREFIX}{day}") for day in sorted(days)
            }
        slots = {slot_id: slot for slot_id, row in rows.items() if (slot := _slot(row))}
        return slots, {day: _sheet(profile_id, day, page) for day, page in pages.items()}

    def write(self, writes: TransactWrite, changes: Sequence[tuple[Booking, Booking]]) -> None:
        """Add what differs to a transaction, on the condition that it is still as it was read."""
        sheets: dict[tuple[str, date], tuple[DaySheet, DaySheet]] = {}
        for before, after in changes:
            if after.slot != before.slot and not after.slot.is_own_time:
                writes.save(slot_to_row(self.slots, after.slot), condition=self._slot_as_seen(before))
            for seen, sheet in zip(before.sheets, after.sheets, strict=True):
                sheets[sheet.profile_id, sheet.day] = (seen, sheet)  # once, though two slots touch it
        for seen, sheet in sheets.values():
            if sheet != seen:
                writes.save(self._sheet_row(sheet), condition=self._as_seen(seen))

    def _slot_as_seen(self, booking: Booking) -> Condition:
        slot = booking.slot
        if not booking.is_stored:
            is_new: Condition = self.slots.slot_id.does_not_exist()
            return is_new
        # Its times and places too: a slot that was removed and made again begins at revision 0 again.
        condition: Condition = (
            (self.slots.revision == slot.revision)
            & (self.slots.end == slot.end)
            & (self.slots.buffer_until == slot.buffer_until)
            & (self.slots.capacity == slot.capacity)
        )
        return condition

    def _as_seen(self, sheet: DaySheet) -> Condition:
        condition: Condition = (
            self.sheets.revision == sheet.revision if sheet.revision else self.sheets.slot_id.does_not_exist()
        )
        return condition

    def _sheet_row(self, sheet: DaySheet) -> DaySheetModel:
        return self.sheets(
            profile_id=sheet.profile_id,
            slot_id=f"{DAY_PREFIX}{sheet.day}",
            taken={
                slot_id: [instants.to_text(i) for i in stretch] for slot_id, stretch in sheet.taken.items()
            },
            revision=sheet.revision,
        )


def _slot(found: Any) -> Slot | None:
    try:
        return slot_from_row(found.get())
    except DoesNotExist:  # removed between the two reads
        return None


def _sheet(profile_id: str, day: date, found: Any) -> DaySheet:
    try:
        row: DaySheetModel = found.get()
    except DoesNotExist:
        return DaySheet(profile_id, day)
    return sheet_from_row(profile_id, day, row)


def sheet_from_row(profile_id: str, day: date, row: DaySheetModel) -> DaySheet:
    """The sheet in a row."""
    taken = {
        slot_id: (instants.from_text(start), instants.from_text(end))
        for slot_id, (start, end) in row.taken.as_dict().items()
    }
    return DaySheet(profile_id, day, taken, int(row.revision))
