"""Places in a doctor's day: slots, who holds them, and what may not overlap.

A slot is a stretch of time for one service of one doctor with one place or several (FHIR: Slot). Taking its
first place also takes the doctor's time, buffer included, on the *day sheet*; taking further places of the
same slot does not. Both change together or not at all, so two services of one doctor never overlap.

A visit that was agreed elsewhere takes the doctor's time by itself, without a slot: an entry of its own on
the sheets. It is handled like a slot of one place that only the sheets know. One that lasts longer than its
slot takes what follows in the same way.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from clinic.domain.errors import SlotNotAvailableError, SlotNotHeldError

# An entry of the sheets that is no slot's; no id has such a sign.
_VISIT = "visit#"


class SlotStatus(StrEnum):
    """What a caller sees of a slot."""

    AVAILABLE = "available"
    PENDING_APPROVAL = "pending_approval"
    BOOKED = "booked"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Slot:
    """A stretch of a doctor's time. All instants are UTC.

    Attributes:
        buffer_until: until when the doctor is taken up by it; ``end`` or later.
        capacity: how many reservations it can hold.
        pending, booked: the reservations that hold a place, by id: waiting for approval, and approved.
        is_blocked: closed by hand; who holds a place keeps it.
        revision: rises by one with each change.
        made_by, changed_by: the event whose run made it, and whose run last gave it another shape, if one
            did: a step that runs again still knows what it has made.
    """

    slot_id: str
    profile_id: str
    service_id: str
    start: datetime
    end: datetime
    buffer_until: datetime
    capacity: int
    pending: frozenset[str] = frozenset()
    booked: frozenset[str] = frozenset()
    is_blocked: bool = False
    revision: int = 0
    made_by: str | None = field(default=None, compare=False)
    changed_by: str | None = field(default=None, compare=False)

    @property
    def is_own_time(self) -> bool:
        """Whether it is no slot, but the time that a visit takes by itself."""
        return self.slot_id.startswith(_VISIT)

    @property
    def holders(self) -> frozenset[str]:
        """Every reservation that holds a place."""
        return self.pending | self.booked

    @property
    def reserved_count(self) -> int:
        """How many places are held; never more than ``capacity``."""
        return len(self.holders)

    @property
    def status(self) -> SlotStatus:
        """What a caller sees of it."""
        if self.is_blocked:
            return SlotStatus.BLOCKED
        if self.reserved_count < self.capacity:
            return SlotStatus.AVAILABLE
        return SlotStatus.PENDING_APPROVAL if self.pending else SlotStatus.BOOKED

    @property
    def days(self) -> tuple[date, ...]:
        """The UTC days it touches, whose sheets record it."""
        last = (self.buffer_until - timedelta(microseconds=1)).date()
        return tuple(
            self.start.date() + timedelta(days=n) for n in range((last - self.start.date()).days + 1)
        )

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Whether the doctor's time for it meets a stretch; touching ends don't."""
        return self.start < end and start < self.buffer_until


def own_time(profile_id: str, reservation_id: str, start: datetime, end: datetime) -> Slot:
    """The time that a visit without a slot takes."""
    return Slot(f"{_VISIT}{reservation_id}", profile_id, "", start, end, end, 1)


def visit_of(entry: str) -> str | None:
    """The reservation whose own time an entry of the sheets is; None: a slot's."""
    return entry.removeprefix(_VISIT) if entry.startswith(_VISIT) else None


@dataclass(frozen=True)
class DaySheet:
    """The doctor's time that is taken on one UTC day.

    Attributes:
        taken: entry to the stretch it takes: for each slot with a holder its id, and each visit's own time.
        revision: rises by one with each change; 0 for a day that nobody has written yet.
    """

    profile_id: str
    day: date
    taken: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    revision: int = 0

    def obstacles(self, slot: Slot) -> tuple[str, ...]:
        """The other entries that take some of the same time."""
        return tuple(
            other
            for other, stretch in sorted(self.taken.items())
            if other != slot.slot_id and slot.overlaps(*stretch)
        )

    def with_slot(self, slot: Slot) -> Self:
        """The sheet once the slot has a holder."""
        taken = {**self.taken, slot.slot_id: (slot.start, slot.buffer_until)}
        return replace(self, taken=taken, revision=self.revision + 1)

    def without_slot(self, slot: Slot) -> Self:
        """The sheet once the slot's last holder is gone."""
        taken = {other: stretch for other, stretch in self.taken.items() if other != slot.slot_id}
        return replace(self, taken=taken, revision=self.revision + 1)


@dataclass(frozen=True)
class Booking:
    """A slot and the sheets of its days, as they stand together.

    Attributes:
        is_stored: the slot is kept already; one that is not is written by whoever takes its first place.
    """

    slot: Slot
    sheets: tuple[DaySheet, ...]
    is_stored: bool = True

    @classmethod
    def of_visit(cls, time: Slot, sheets: tuple[DaySheet, ...]) -> Self:
        """A visit's own time; the visit holds it if the sheets say so."""
        stretch, reservation_id = (time.start, time.buffer_until), visit_of(time.slot_id)
        is_held = any(sheet.taken.get(time.slot_id) == stretch for sheet in sheets)
        booked = frozenset({reservation_id}) if is_held and reservation_id else frozenset[str]()
        return cls(replace(time, booked=booked), sheets, is_stored=False)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """The other entries of the sheets that take some of the same time."""
        return tuple(sorted({found for sheet in self.sheets for found in sheet.obstacles(self.slot)}))

    def occupy(self, reservation_id: str) -> Self:
        """Give a visit that was agreed elsewhere its own time, whatever else takes some of it."""
        if reservation_id in self.slot.holders:
            return self
        return self._with(replace(self.slot, booked=frozenset({reservation_id})))

    def hold(self, reservation_id: str, now: datetime, *, is_approved: bool) -> Self:
        """Give the reservation a place; one that it holds already stays as it is.

        Raises:
            SlotNotAvailableError: it is blocked, full or has begun, or the doctor is busy with another slot.
        """
        slot = self.slot
        if reservation_id in slot.holders:
            return self
        self._require(not slot.is_blocked, "is blocked")
        self._require(now < slot.start, "has begun")
        self._require(slot.reserved_count < slot.capacity, "is full")
        obstacle = next(iter(self.obstacles), None)
        self._require(obstacle is None, f"meets {obstacle}, which is taken")
        side = "booked" if is_approved else "pending"
        holders = getattr(slot, side) | {reservation_id}
        return self._with(replace(slot, revision=slot.revision + 1, **{side: holders}))

    def approve(self, reservation_id: str) -> Self:
        """Turn a pending place into a booked one.

        Raises:
            SlotNotHeldError: the reservation holds no place (any more).
        """
        slot = self.slot
        if reservation_id in slot.booked:
            return self
        if reservation_id not in slot.pending:
            raise SlotNotHeldError(f"slot {slot.slot_id} is not held for {reservation_id}")
        return self._with(
            replace(
                slot,
                pending=slot.pending - {reservation_id},
                booked=slot.booked | {reservation_id},
                revision=slot.revision + 1,
            )
        )

    def release(self, reservation_id: str) -> Self:
        """Take the reservation's place back; nobody else's. Releasing again changes nothing."""
        slot = self.slot
        if reservation_id not in slot.holders:
            return self
        return self._with(
            replace(
                slot,
                pending=slot.pending - {reservation_id},
                booked=slot.booked - {reservation_id},
                revision=slot.revision + 1,
            )
        )

    def expire(self, reservation_id: str) -> Self:
        """Take a place back that is still waiting for approval. Expiring again changes nothing.

        Raises:
            SlotNotHeldError: it has been approved meanwhile.
        """
        if reservation_id in self.slot.booked:
            raise SlotNotHeldError(f"slot {self.slot.slot_id} is no longer pending for {reservation_id}")
        return self.release(reservation_id)

    def on(self, sheets: Mapping[date, DaySheet]) -> Self:
        """The same on newer sheets of its days, by day."""
        return replace(self, sheets=tuple(sheets.get(sheet.day, sheet) for sheet in self.sheets))

    def _with(self, slot: Slot) -> Self:
        sheets = self.sheets
        if bool(slot.holders) != bool(self.slot.holders):
            sheets = tuple(
                sheet.with_slot(slot) if slot.holders else sheet.without_slot(slot) for sheet in sheets
            )
        return replace(self, slot=slot, sheets=sheets)

    def _require(self, condition: bool, otherwise: str) -> None:
        if not condition:
            raise SlotNotAvailableError(f"slot {self.slot.slot_id} {otherwise}")


def rearranged(
    seen: Sequence[Booking], steps: Iterable[tuple[int, Callable[[Booking], Booking]]]
) -> tuple[Booking, ...]:
    """Give up and take places of one doctor's, as one step: all of it or nothing.

    Each step finds the sheets as those before it have left them. So what a visit gives up counts as free, and
    it may move to a slot that overlaps its old one.

    Args:
        seen: slots and visits' own times, as they stood together.
        steps: what happens, each with the index of the booking that it happens to.

    Returns:
        The same afterwards; a sheet that several touch is the same in each.

    Raises:
        SlotNotAvailableError, SlotNotHeldError: a step can't be taken.
    """
    after = list(seen)
    sheets: dict[date, DaySheet] = {}
    for number, step in steps:
        after[number] = step(after[number].on(sheets))
        sheets |= {sheet.day: sheet for sheet in after[number].sheets}
    return tuple(booking.on(sheets) for booking in after)
