"""Places in a doctor's day: slots, who holds them, and what may not overlap.

A slot is a stretch of time for one service of one doctor with one place or several (FHIR: Slot). Taking its
first place also takes the doctor's time, buffer included, on the *day sheet*; taking further places of the
same slot does not. Both change together or not at all, so two services of one doctor never overlap.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Self

from clinic.domain.errors import SlotNotAvailableError, SlotNotHeldError


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


@dataclass(frozen=True)
class DaySheet:
    """The doctor's time that is taken on one UTC day.

    Attributes:
        taken: slot id to the stretch it takes, for each slot with a holder.
        revision: rises by one with each change; 0 for a day that nobody has written yet.
    """

    profile_id: str
    day: date
    taken: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    revision: int = 0

    def obstacle(self, slot: Slot) -> str | None:
        """The id of another slot that takes some of the same time."""
        others = (
            other
            for other, stretch in sorted(self.taken.items())
            if other != slot.slot_id and slot.overlaps(*stretch)
        )
        return next(others, None)

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
        obstacle = next((found for sheet in self.sheets if (found := sheet.obstacle(slot))), None)
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


def move(
    held: Booking,
    wanted: Booking,
    reservation_id: str,
    now: datetime,
    *,
    new_reservation_id: str | None = None,
) -> tuple[Booking, Booking]:
    """Give up the place in one slot for a place in another, as one step: both or neither.

    The new place is approved if the old one was. The doctor's time of the old slot counts as free, so a
    visit may move to a slot that overlaps its old one.

    Args:
        new_reservation_id: who holds the new place; default the same reservation.

    Returns:
        The old slot and the new one afterwards; a sheet that both touch is the same in both, and where both
        are one slot, so are these.

    Raises:
        SlotNotHeldError: the reservation holds no place in the old slot.
        SlotNotAvailableError: the new slot has no place to give.
    """
    holder = new_reservation_id or reservation_id
    is_same = held.slot.slot_id == wanted.slot.slot_id
    if is_same and holder == reservation_id:
        return held, wanted
    if reservation_id not in held.slot.holders:
        raise SlotNotHeldError(f"slot {held.slot.slot_id} is not held for {reservation_id}")
    is_approved = reservation_id in held.slot.booked
    released = held.release(reservation_id)
    if is_same:
        taken = released.hold(holder, now, is_approved=is_approved)
        return taken, taken
    taken = replace(wanted, sheets=_newest(wanted.sheets, released.sheets)).hold(
        holder, now, is_approved=is_approved
    )
    return replace(released, sheets=_newest(released.sheets, taken.sheets)), taken


def _newest(sheets: tuple[DaySheet, ...], others: tuple[DaySheet, ...]) -> tuple[DaySheet, ...]:
    known = {(sheet.profile_id, sheet.day): sheet for sheet in others}
    return tuple(known.get((sheet.profile_id, sheet.day), sheet) for sheet in sheets)
