"""A doctor's book in memory, read over a stretch of time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.booking_reader import DynamoBookingReader
from clinic.contracts.tables import RESERVATIONS, SLOTS
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.operations.consistency import Finding
from clinic.domain.slots.slot import DaySheet
from clinic.services.operations.consistency import BookingReader, ConsistencyCheck, CountedSlot
from clinic.services.unit_of_work import BookingStore
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.stores.booking_store import MemoryBookingStore, MemoryUnsettledVisits
from tests.fakes.workflow_ports import MemoryMeter, MemoryStatistics


@dataclass
class StoredBookings:
    """The slots, sheets and reservations that lie among the records in memory.

    Attributes:
        counts: what is said of how many places are held, where it is not the truth.
        meanwhile: happens once, right after the slots were read.
        while_counting: happens once, when the count of a single slot is read.
    """

    booking_store: MemoryBookingStore
    counts: dict[str, int] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None
    while_counting: Callable[[], None] | None = None

    def slots_from(self, profile_id: str, begin: datetime) -> list[CountedSlot]:
        own = [
            s for s in self.booking_store.slots.values() if s.profile_id == profile_id and s.start >= begin
        ]
        found = [CountedSlot(slot, self._count(slot.slot_id)) for slot in own]
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return found

    def counted(self, profile_id: str, slot_id: str) -> int | None:
        while_counting, self.while_counting = self.while_counting, None
        if while_counting is not None:
            while_counting()
        return self._count(slot_id) if slot_id in self.booking_store.slots else None

    def sheets_from(self, profile_id: str, day: date) -> list[DaySheet]:
        return [s for s in self.booking_store.sheets.values() if s.profile_id == profile_id and s.day >= day]

    def unsettled(self, profile_id: str, begin: datetime, limit: int) -> list[Reservation]:
        return MemoryUnsettledVisits(self.booking_store).of_doctor(profile_id, begin, limit)

    def reservations(self, reservation_ids: Collection[str]) -> list[Reservation]:
        found = map(self.booking_store.reservation, reservation_ids)
        return [reservation for reservation in found if reservation is not None]

    def _count(self, slot_id: str) -> int:
        return self.counts.get(slot_id, self.booking_store.slots[slot_id].reserved_count)


def complaints(booking_store: BookingStore, profile_id: str, now: datetime) -> tuple[Finding, ...]:
    """What the nightly check finds in a book, in memory or on DynamoDB."""
    if isinstance(booking_store, MemoryBookingStore):
        book: BookingReader = StoredBookings(booking_store)
    else:
        book = DynamoBookingReader.open(connect(), SLOTS.name, RESERVATIONS.name)
    check = ConsistencyCheck(MemoryDoctorSchedules(), booking_store, book, MemoryStatistics(), MemoryMeter())
    return check.check(profile_id, now).findings
