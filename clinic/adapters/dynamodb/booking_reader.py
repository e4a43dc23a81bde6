"""A doctor's book in DynamoDB, read over a stretch of time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist

from clinic.adapters.dynamodb.base import bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.reservations import (
    DynamoUnsettledVisits,
    ReservationModel,
    reservation_from_row,
)
from clinic.adapters.dynamodb.slots import DAY_PREFIX, DaySheetModel, SlotModel, sheet_from_row, slot_from_row
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.slots.slot import DaySheet
from clinic.services.operations.consistency import CountedSlot

_LAST_DAY = f"{DAY_PREFIX}9999-12-31"


@dataclass(frozen=True)
class DynamoBookingReader:
    """Fulfils `clinic.services.operations.consistency.BookReader`."""

    slots: type[SlotModel]
    sheets: type[DaySheetModel]
    kept: type[ReservationModel]

    @classmethod
    def open(cls, connection: Connection, slots_table: str, reservations_table: str) -> Self:
        """The book in these tables."""
        return cls(
            bind(SlotModel, slots_table, connection),
            bind(DaySheetModel, slots_table, connection),
            bind(ReservationModel, reservations_table, connection),
        )

    def slots_from(self, profile_id: str, begin: datetime) -> list[CountedSlot]:
        """The slots that start then or later."""
        with store_errors(f"slots of {profile_id}"):
            rows = self.slots.by_start.query(profile_id, self.slots.start >= begin)
            return [CountedSlot(slot_from_row(row), int(row.reserved_count)) for row in rows]

    def counted(self, profile_id: str, slot_id: str) -> int | None:
        """How many places of a slot are said to be held."""
        with store_errors(f"slot {slot_id}"):
            try:
                return int(self.slots.get(profile_id, slot_id, consistent_read=True).reserved_count)
            except DoesNotExist:
                return None

    def sheets_from(self, profile_id: str, day: date) -> list[DaySheet]:
        """The sheets of that UTC day and of all later ones."""
        with store_errors(f"sheets of {profile_id}"):
            rows = self.sheets.query(
                profile_id,
                self.sheets.slot_id.between(f"{DAY_PREFIX}{day}", _LAST_DAY),
                consistent_read=True,
            )
            return [
                sheet_from_row(profile_id, date.fromisoformat(row.slot_id.removeprefix(DAY_PREFIX)), row)
                for row in rows
            ]

    def unsettled(self, profile_id: str, begin: datetime, limit: int) -> list[Reservation]:
        """The doctor's visits whose place is not settled, that begin then or later."""
        return DynamoUnsettledVisits(self.kept).of_doctor(profile_id, begin, limit)

    def reservations(self, reservation_ids: Collection[str]) -> list[Reservation]:
        """Those of these reservations that there are."""
        with store_errors("reservations"):
            rows = self.kept.batch_get(sorted(set(reservation_ids)), consistent_read=True)
            return [reservation_from_row(row) for row in rows]
