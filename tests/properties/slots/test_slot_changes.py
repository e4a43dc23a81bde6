"""Generating a date's slots again, after any change of rules and any bookings: I5."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.slots.changes import SlotChanges, slot_changes
from clinic.domain.slots.generation import SlotTimes
from clinic.domain.slots.slot import Slot

NOON = datetime(2026, 11, 30, 18, tzinfo=UTC)

lengths = st.sampled_from([timedelta(minutes=20), timedelta(minutes=30)])
buffers = st.sampled_from([timedelta(0), timedelta(minutes=5)])


@st.composite
def times(draw: st.DrawFn) -> SlotTimes:
    start = NOON + timedelta(minutes=10 * draw(st.integers(-2, 4)))
    end = start + draw(lengths)
    service = draw(st.sampled_from(["s-1", "s-2"]))
    return SlotTimes("dr-1", service, start, end, end + draw(buffers), draw(st.integers(1, 2)))


days = st.lists(times(), max_size=14, unique_by=lambda made: made.slot_id)


@st.composite
def slots(draw: st.DrawFn) -> list[Slot]:
    """What an earlier generation left, and what people made of it."""
    found = []
    for made in draw(days):
        slot = Slot(
            made.slot_id, "dr-1", made.service_id, made.start, made.end, made.buffer_until, made.capacity
        )
        holders = frozenset(f"r-{n}" for n in range(draw(st.integers(0, made.capacity))))
        is_blocked = draw(st.sampled_from([False, False, False, True]))
        pending, booked = draw(st.sampled_from([(holders, frozenset()), (frozenset(), holders)]))
        found.append(replace(slot, is_blocked=is_blocked, pending=pending, booked=booked))
    return found


def applied(changes: SlotChanges, known: list[Slot]) -> list[Slot]:
    """The slots once the changes are written."""
    gone = {slot.slot_id for slot in (*changes.removed, *changes.changed)}
    return [*(slot for slot in known if slot.slot_id not in gone), *changes.changed, *changes.added]


@given(days, slots())
def test_doing_it_again_changes_nothing(wanted: list[SlotTimes], known: list[Slot]) -> None:
    after = applied(slot_changes(wanted, known, NOON), known)
    again = slot_changes(wanted, after, NOON)
    assert (again.added, again.changed, again.removed, again.kept) == ((), (), (), len(after))


@given(days, slots())
def test_what_is_held_or_blocked_or_has_begun_stays_as_it_is(
    wanted: list[SlotTimes], known: list[Slot]
) -> None:
    after = applied(slot_changes(wanted, known, NOON), known)
    for slot in known:
        if slot.holders or slot.is_blocked or slot.start <= NOON:
            assert slot in after


@given(days, slots())
def test_what_is_free_and_lies_ahead_is_just_what_the_rules_make(
    wanted: list[SlotTimes], known: list[Slot]
) -> None:
    after = applied(slot_changes(wanted, known, NOON), known)
    untouchable = {slot.slot_id for slot in known if slot.holders or slot.is_blocked}
    free = {
        (slot.slot_id, slot.end, slot.buffer_until, slot.capacity)
        for slot in after
        if slot.start > NOON and slot.slot_id not in untouchable
    }
    assert free == {
        (made.slot_id, made.end, made.buffer_until, made.capacity)
        for made in wanted
        if made.start > NOON and made.slot_id not in untouchable
    }


@given(days, slots())
def test_nothing_is_added_that_would_have_begun(wanted: list[SlotTimes], known: list[Slot]) -> None:
    changes = slot_changes(wanted, known, NOON)
    assert all(slot.start > NOON for slot in (*changes.added, *changes.changed, *changes.removed))


@given(days, slots())
def test_no_slot_is_there_twice(wanted: list[SlotTimes], known: list[Slot]) -> None:
    ids = [slot.slot_id for slot in applied(slot_changes(wanted, known, NOON), known)]
    assert len(ids) == len(set(ids))
