"""Slots, offers and the bus in memory: each write checks what the real ones' conditions check."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from clinic.contracts.events.base import BusEvent
from clinic.domain.errors import CitasError, ConcurrentChangeError
from clinic.domain.slots.changes import SlotChanges
from clinic.domain.slots.slot import Slot
from clinic.services.slots.generation import MOST_CHANGES
from clinic.services.slots.ports import DoctorSchedule, ProfilePage

Key = tuple[str, str]


@dataclass
class MemoryDoctorSchedules:
    """What the directory says, by profile id."""

    known: dict[str, DoctorSchedule] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)

    def schedule(self, profile_id: str) -> DoctorSchedule | None:
        return self.known.get(profile_id)

    def active_profiles(self, page_size: int, cursor: str = "") -> ProfilePage:
        ids = sorted(i for i in {*self.known, *self.unreadable} if i > cursor)
        page = ids[:page_size]
        known = [self.known[i].profile for i in page if i in self.known]
        return ProfilePage(
            tuple(profile for profile in known if profile.is_active),
            tuple(self.unreadable[i] for i in page if i in self.unreadable),
            page[-1] if len(page) == page_size else "",
            tuple(profile for profile in known if not profile.is_active),
        )


@dataclass
class MemorySlotStore:
    """Slots by profile and id.

    Attributes:
        index: what the index still shows, if it lags behind.
        meanwhile: what others do right before each of the next writes.
        written: the size of each write that succeeded.
    """

    rows: dict[Key, Slot] = field(default_factory=dict)
    index: dict[Key, Slot] | None = None
    meanwhile: list[Callable[[], None]] = field(default_factory=list)
    written: list[int] = field(default_factory=list)

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        shown = self.rows if self.index is None else self.index
        found = [s for (owner, _), s in shown.items() if owner == profile_id and begin <= s.start < end]
        return sorted(found, key=lambda slot: (slot.start, slot.slot_id))[:limit]

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        return [self.rows[profile_id, i] for i in sorted(set(slot_ids)) if (profile_id, i) in self.rows]

    def write(self, changes: SlotChanges) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        assert len(changes.slots) <= MOST_CHANGES
        for slot in changes.added:
            self._require(self._key(slot) not in self.rows)
        for slot in (*changes.changed, *changes.removed):
            there = self.rows.get(self._key(slot))
            self._require(there is not None and there.revision == slot.revision and not there.holders)
        for slot in changes.added:
            self.rows[self._key(slot)] = slot
        for slot in changes.changed:
            self.rows[self._key(slot)] = replace(slot, revision=slot.revision + 1)
        for slot in changes.removed:
            del self.rows[self._key(slot)]
        if changes.slots:
            self.written.append(len(changes.slots))

    def put(self, slot: Slot) -> None:
        """What somebody else wrote."""
        self.rows[self._key(slot)] = slot

    def take(self, slot_id: str, reservation_id: str = "r-1", profile_id: str = "dr-1") -> None:
        """Somebody books the slot."""
        slot = self.rows[profile_id, slot_id]
        self.put(replace(slot, booked=slot.booked | {reservation_id}, revision=slot.revision + 1))

    @property
    def slots(self) -> list[Slot]:
        """All of them, by start."""
        return sorted(self.rows.values(), key=lambda slot: (slot.start, slot.slot_id))

    @staticmethod
    def _key(slot: Slot) -> Key:
        return slot.profile_id, slot.slot_id

    @staticmethod
    def _require(condition: bool) -> None:
        if not condition:
            raise ConcurrentChangeError("changed by somebody else")


@dataclass
class MemoryBus:
    """Takes every event; ``script`` says what the next calls raise, and after how many events."""

    taken: list[BusEvent] = field(default_factory=list)
    script: list[tuple[int, CitasError | BaseException] | None] = field(default_factory=list)

    def publish(self, events: Sequence[BusEvent]) -> None:
        fault = self.script.pop(0) if self.script else None
        if fault:
            self.taken += events[: fault[0]]
            raise fault[1]
        self.taken += events
