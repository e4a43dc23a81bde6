"""Holding, approving and releasing in any order: I1, I2 and I3 after every step, against plain counting."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import combinations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clinic.domain.errors import SlotNotAvailableError, SlotNotHeldError
from clinic.domain.slots.slot import Booking, DaySheet, Slot, rearranged

MIDNIGHT = datetime(2026, 12, 1, tzinfo=UTC)
NOW = MIDNIGHT - timedelta(days=1)
# Three services of one doctor around midnight, in steps that overlap, touch and leave gaps.
SLOTS = {
    f"{service}-{n}": (MIDNIGHT + timedelta(minutes=minutes * n - 60), minutes, buffer, capacity)
    for service, minutes, buffer, capacity in (("a", 30, 0, 1), ("b", 20, 5, 2), ("c", 45, 15, 1))
    for n in range(4)
}
slot_ids = st.sampled_from(sorted(SLOTS))
reservation_ids = st.sampled_from([f"r-{n}" for n in range(4)])


class Places(RuleBasedStateMachine):
    """One doctor's slots; the oracle is a list of who holds what."""

    def __init__(self) -> None:
        super().__init__()
        self.slots = {
            slot_id: Slot(
                slot_id,
                "dr-1",
                slot_id[0],
                start,
                start + timedelta(minutes=minutes),
                start + timedelta(minutes=minutes + buffer),
                capacity,
            )
            for slot_id, (start, minutes, buffer, capacity) in SLOTS.items()
        }
        self.sheets: dict[date, DaySheet] = {}
        self.held: dict[tuple[str, str], bool] = {}

    def load(self, slot_id: str) -> Booking:
        slot = self.slots[slot_id]
        return Booking(slot, tuple(self.sheets.get(day, DaySheet("dr-1", day)) for day in slot.days))

    def store(self, after: Booking) -> None:
        self.slots[after.slot.slot_id] = after.slot
        self.sheets |= {sheet.day: sheet for sheet in after.sheets}

    def is_free(self, slot_id: str) -> bool:
        start, minutes, buffer, capacity = SLOTS[slot_id]
        end = start + timedelta(minutes=minutes + buffer)
        if sum(held == slot_id for held, _ in self.held) >= capacity:
            return False
        for other in {held for held, _ in self.held} - {slot_id}:
            begins, length, rest, _ = SLOTS[other]
            if start < begins + timedelta(minutes=length + rest) and begins < end:
                return False
        return True

    @rule(slot_id=slot_ids, reservation_id=reservation_ids, is_approved=st.booleans())
    def hold(self, slot_id: str, reservation_id: str, *, is_approved: bool) -> None:
        expected = (slot_id, reservation_id) in self.held or self.is_free(slot_id)
        try:
            self.store(self.load(slot_id).hold(reservation_id, NOW, is_approved=is_approved))
        except SlotNotAvailableError:
            assert not expected
        else:
            assert expected
            self.held.setdefault((slot_id, reservation_id), is_approved)

    @rule(slot_id=slot_ids, reservation_id=reservation_ids)
    def approve(self, slot_id: str, reservation_id: str) -> None:
        key = (slot_id, reservation_id)
        try:
            self.store(self.load(slot_id).approve(reservation_id))
        except SlotNotHeldError:
            assert key not in self.held
        else:
            assert key in self.held
            self.held[key] = True

    @rule(slot_id=slot_ids, reservation_id=reservation_ids)
    def release(self, slot_id: str, reservation_id: str) -> None:
        self.store(self.load(slot_id).release(reservation_id))
        self.held.pop((slot_id, reservation_id), None)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release_a_holder(self, data: st.DataObject) -> None:
        self.release(*data.draw(st.sampled_from(sorted(self.held))))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def approve_a_holder(self, data: st.DataObject) -> None:
        self.approve(*data.draw(st.sampled_from(sorted(self.held))))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), wanted=slot_ids)
    def move_a_holder(self, data: st.DataObject, wanted: str) -> None:
        slot_id, reservation_id = data.draw(st.sampled_from(sorted(self.held)))
        is_approved = self.held.pop((slot_id, reservation_id))
        holds_both = (wanted, reservation_id) in self.held
        expected = holds_both or self.is_free(wanted)
        seen = [self.load(slot_id), self.load(wanted)][: 1 if wanted == slot_id else 2]
        steps: list[tuple[int, Callable[[Booking], Booking]]] = [
            (0, lambda booking: booking.release(reservation_id)),
            (len(seen) - 1, lambda booking: booking.hold(reservation_id, NOW, is_approved=True)),
        ]
        try:
            for after in rearranged(seen, steps):
                self.store(after)
        except SlotNotAvailableError:
            assert not expected
            self.held[slot_id, reservation_id] = is_approved
        else:
            assert expected
            self.held.setdefault((wanted, reservation_id), True)

    @invariant()
    def i1_each_slot_counts_its_own_reservations(self) -> None:
        for slot in self.slots.values():
            holders = {reservation for slot_id, reservation in self.held if slot_id == slot.slot_id}
            assert slot.holders == holders
            assert 0 <= slot.reserved_count <= slot.capacity

    @invariant()
    def i2_no_two_slots_with_holders_overlap(self) -> None:
        taken = [slot for slot in self.slots.values() if slot.holders]
        assert not any(a.overlaps(b.start, b.buffer_until) for a, b in combinations(taken, 2))

    @invariant()
    def i3_the_sheets_show_just_the_slots_with_holders(self) -> None:
        shown = {slot_id for sheet in self.sheets.values() for slot_id in sheet.taken}
        assert shown == {slot_id for slot_id, _ in self.held}

    @invariant()
    def approved_places_are_told_from_pending_ones(self) -> None:
        for (slot_id, reservation_id), is_approved in self.held.items():
            assert (reservation_id in self.slots[slot_id].booked) is is_approved


TestPlaces = Places.TestCase
TestPlaces.settings = settings(max_examples=60, stateful_step_count=30)
