"""Slots and day sheets in DynamoDB: each change is one transaction on the revisions that were read."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain import instants
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.slots.changes import SlotChanges
from clinic.domain.slots.generation import first_day
from clinic.domain.slots.slot import Booking, DaySheet, Slot

DAY_PREFIX = "day#"
# Starts are kept in whole minutes: before an instant means up to a microsecond before it.
_A_MOMENT = timedelta(microseconds=1)


class ByStartIndex(GlobalSecondaryIndex["SlotModel"]):
    """A profile's slots by start; day sheets have none and are not in it."""

    class Meta:
        """As `clinic.contracts.tables.SLOTS` has it."""

        index_name = "by-start"
        projection = AllProjection()

    profile_id = UnicodeAttribute(hash_key=True)
    start = InstantAttribute(range_key=True)


class SlotModel(Model):
    """A slot's row of the slots table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "slots"

    by_start = ByStartIndex()

    profile_id = UnicodeAttribute(hash_key=True)
    slot_id = UnicodeAttribute(range_key=True)
    service_id = UnicodeAttribute()
    start = InstantAttribute()
    end = InstantAttribute()
    buffer_until = InstantAttribute()
    capacity = NumberAttribute()
    pending: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    booked: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    reserved_count = NumberAttribute(default=0)
    status = UnicodeAttribute()
    is_blocked = BooleanAttribute(default=False)
    made_by = UnicodeAttribute(null=True)
    changed_by = UnicodeAttribute(null=True)
    revision = NumberAttribute(default=0)


class DaySheetModel(Model):
    """A day sheet's row of the slots table, under ``day#<date>`` where slots have their ids."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "slots"

    profile_id = UnicodeAttribute(hash_key=True)
    slot_id = UnicodeAttribute(range_key=True)
    taken: MapAttribute[str, Any] = MapAttribute(default=dict)
    revision = NumberAttribute(default=0)


@dataclass(frozen=True)
class DynamoCalendar:
    """Slots and their days' sheets, as `clinic.services.unit_of_work.BookingStore` needs them."""

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


@dataclass(frozen=True)
class DynamoSlotStore:
    """Fulfils `clinic.services.slots.ports.SlotStore`, and `FullSlots` of the analytics."""

    connection: Connection
    slots: type[SlotModel]

    @classmethod
    def open(cls, connection: Connection, slots_table: str) -> Self:
        """The slots in this table."""
        return cls(connection, bind(SlotModel, slots_table, connection))

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        """The slots that start in ``[begin, end)``, by start."""
        if begin >= end:
            return []
        with store_errors(f"slots of {profile_id}"):
            rows = self.slots.by_start.query(
                profile_id, self.slots.start.between(begin, end - _A_MOMENT), limit=limit
            )
            return [slot_from_row(row) for row in rows]

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        """Those of these slots that exist."""
        with store_errors(f"slots of {profile_id}"):
            keys = [(profile_id, slot_id) for slot_id in sorted(set(slot_ids))]
            return [slot_from_row(row) for row in self.slots.batch_get(keys, consistent_read=True)]

    def full(self, profile_id: str, slot_ids: Collection[str]) -> frozenset[str]:
        """Those that have no place to give."""
        found = self.as_they_stand(profile_id, slot_ids)
        return frozenset(slot.slot_id for slot in found if slot.reserved_count >= slot.capacity)

    def write(self, changes: SlotChanges) -> None:
        """Write all of the changes in one transaction."""
        if not changes.slots:
            return
        with (
            store_errors(f"slots of {changes.slots[0].profile_id}"),
            TransactWrite(connection=self.connection) as writes,
        ):
            for slot in changes.added:
                writes.save(slot_to_row(self.slots, slot), condition=self.slots.slot_id.does_not_exist())
            for slot in changes.changed:
                row = slot_to_row(self.slots, replace(slot, revision=slot.revision + 1))
                writes.save(row, condition=self._free_as_seen(slot))
            for slot in changes.removed:
                writes.delete(self.slots(slot.profile_id, slot.slot_id), condition=self._free_as_seen(slot))

    def _free_as_seen(self, slot: Slot) -> Condition:
        condition: Condition = (self.slots.revision == slot.revision) & (self.slots.reserved_count == 0)
        return condition


def slot_to_row(model: type[SlotModel], slot: Slot) -> SlotModel:
    """The row of a slot."""
    return model(
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
        made_by=slot.made_by,
        changed_by=slot.changed_by,
    )


def slot_from_row(row: SlotModel) -> Slot:
    """The slot in a row."""
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
        made_by=row.made_by,
        changed_by=row.changed_by,
    )


def sheet_from_row(profile_id: str, day: date, row: DaySheetModel) -> DaySheet:
    """The sheet in a row."""
    taken = {
        slot_id: (instants.from_text(start), instants.from_text(end))
        for slot_id, (start, end) in row.taken.as_dict().items()
    }
    return DaySheet(profile_id, day, taken, int(row.revision))


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
