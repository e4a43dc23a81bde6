"""A doctor's book in memory, read over a stretch of time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from clinic.adapters.dynamodb.book import DynamoBook
from clinic.adapters.dynamodb.models import connect
from clinic.contracts.tables import RESERVATIONS, SLOTS
from clinic.domain.consistency import Finding
from clinic.domain.reservations import Reservation
from clinic.domain.slots import DaySheet
from clinic.services.consistency import ConsistencyCheck
from clinic.services.consistency_port import BookReader, CountedSlot
from clinic.services.records_port import Records
from tests.fakes.records import MemoryRecords
from tests.fakes.slots import MemoryOffers
from tests.fakes.workflow_ports import MemoryMeter, MemoryStatistics


@dataclass
class BookOfRecords:
    """The slots, sheets and reservations that lie among the records in memory.

    Attributes:
        counts: what is said of how many places are held, where it is not the truth.
        meanwhile: happens once, right after the slots were read.
        while_counting: happens once, when the count of a single slot is read.
    """

    records: MemoryRecords
    counts: dict[str, int] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None
    while_counting: Callable[[], None] | None = None

    def slots_from(self, profile_id: str, begin: datetime) -> list[CountedSlot]:
        own = [s for s in self.records.slots.values() if s.profile_id == profile_id and s.start >= begin]
        found = [CountedSlot(slot, self._count(slot.slot_id)) for slot in own]
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return found

    def counted(self, profile_id: str, slot_id: str) -> int | None:
        while_counting, self.while_counting = self.while_counting, None
        if while_counting is not None:
            while_counting()
        return self._count(slot_id) if slot_id in self.records.slots else None

    def sheets_from(self, profile_id: str, day: date) -> list[DaySheet]:
        return [s for s in self.records.sheets.values() if s.profile_id == profile_id and s.day >= day]

    def reservations(self, reservation_ids: Collection[str]) -> list[Reservation]:
        found = map(self.records.reservation, reservation_ids)
        return [reservation for reservation in found if reservation is not None]

    def _count(self, slot_id: str) -> int:
        return self.counts.get(slot_id, self.records.slots[slot_id].reserved_count)


def complaints(records: Records, profile_id: str, now: datetime) -> tuple[Finding, ...]:
    """What the nightly check finds in a book, in memory or on DynamoDB."""
    if isinstance(records, MemoryRecords):
        book: BookReader = BookOfRecords(records)
    else:
        book = DynamoBook.open(connect(), SLOTS.name, RESERVATIONS.name)
    check = ConsistencyCheck(MemoryOffers(), records, book, MemoryStatistics(), MemoryMeter())
    return check.check(profile_id, now).findings
