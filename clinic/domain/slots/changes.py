"""Compares a date's slots with those generated again: nothing held changes, and nothing comes twice (I5)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from clinic.domain.slots.generation import SlotTimes
from clinic.domain.slots.slot import Slot


@dataclass(frozen=True)
class SlotChanges:
    """What to write so that the slots of a date are those its rules make.

    Attributes:
        added: slots that are not there yet.
        changed: free slots whose length, buffer or capacity is another now; still of the revision known.
        removed: free slots that the rules no longer make.
        kept: how many stay as they are.
        made_before, changed_before: how many of these the same event's run has made, and changed, already.
    """

    added: tuple[Slot, ...]
    changed: tuple[Slot, ...]
    removed: tuple[Slot, ...]
    kept: int
    made_before: int = 0
    changed_before: int = 0

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Every slot that there is something to write of."""
        return (*self.added, *self.changed, *self.removed)


def slot_changes(
    wanted: Iterable[SlotTimes], known: Iterable[Slot], now: datetime, event_id: str | None = None
) -> SlotChanges:
    """Compare what the rules make with what is there.

    A slot that somebody holds or that was blocked by hand stays as it is, whatever the rules say now. One
    that has begun is left alone, and none that would have begun is added.

    Args:
        wanted: the date's slots by its rules.
        known: all slots of the date and its services that are there.
        now: the present instant.
        event_id: of which event the changes are made; None: nobody asks later.
    """
    by_id = {times.slot_id: times for times in wanted}
    at_hand = {slot.slot_id: slot for slot in known}
    touchable = {i: s for i, s in at_hand.items() if not s.holders and not s.is_blocked and now < s.start}
    changed, removed = [], []
    for slot_id, slot in touchable.items():
        times = by_id.get(slot_id)
        if times is None:
            removed.append(slot)
        elif _shape(times) != _shape(slot):
            changed.append(
                replace(
                    slot,
                    end=times.end,
                    buffer_until=times.buffer_until,
                    capacity=times.capacity,
                    changed_by=event_id,
                )
            )
    added = [
        replace(free_slot(times), made_by=event_id)
        for i, times in by_id.items()
        if i not in at_hand and now < times.start
    ]
    touched = {slot.slot_id for slot in (*changed, *removed)}
    kept = [slot for slot_id, slot in at_hand.items() if slot_id not in touched]
    made = [slot for slot in kept if event_id is not None and slot.made_by == event_id]
    reshaped = [slot for slot in kept if event_id is not None and slot.changed_by == event_id != slot.made_by]
    return SlotChanges(tuple(added), tuple(changed), tuple(removed), len(kept), len(made), len(reshaped))


def free_slot(times: SlotTimes) -> Slot:
    """A free slot, as its rules make it."""
    t = times
    return Slot(t.slot_id, t.profile_id, t.service_id, t.start, t.end, t.buffer_until, t.capacity)


def _shape(of: SlotTimes | Slot) -> tuple[datetime, datetime, int]:
    return of.end, of.buffer_until, of.capacity
