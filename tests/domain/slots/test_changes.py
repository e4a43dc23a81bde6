"""Slots are generated again: what changes, one case each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from clinic.domain.slots.changes import slot_changes
from clinic.domain.slots.generation import SlotTimes
from clinic.domain.slots.slot import Slot

NINE = datetime(2026, 11, 30, 15, tzinfo=UTC)
NOW = NINE - timedelta(days=1)
HALF_PAST = NINE + timedelta(minutes=30)
MADE = SlotTimes("dr-1", "s-1", NINE, HALF_PAST, HALF_PAST, 1)
FREE = Slot(MADE.slot_id, "dr-1", "s-1", NINE, HALF_PAST, HALF_PAST, 1)


@pytest.mark.parametrize(
    "other",
    [
        replace(MADE, capacity=3),
        replace(MADE, buffer_until=HALF_PAST + timedelta(minutes=10)),
        replace(MADE, end=NINE + timedelta(minutes=20), buffer_until=NINE + timedelta(minutes=20)),
    ],
    ids=["capacity", "buffer", "length"],
)
def test_a_free_slot_takes_its_rules_new_shape_and_keeps_its_id(other: SlotTimes) -> None:
    (changed,) = slot_changes([other], [FREE], NOW).changed
    assert (changed.slot_id, changed.revision) == (FREE.slot_id, FREE.revision)
    assert (changed.end, changed.buffer_until, changed.capacity) == (
        other.end,
        other.buffer_until,
        other.capacity,
    )


def test_a_held_slot_keeps_its_old_shape() -> None:
    held = replace(FREE, booked=frozenset({"r-1"}))
    changes = slot_changes([replace(MADE, capacity=3)], [held], NOW)
    assert (changes.changed, changes.removed, changes.kept) == ((), (), 1)


def test_a_second_run_finds_all_as_it_should_be() -> None:
    changes = slot_changes([MADE], [FREE], NOW)
    assert (changes.added, changes.changed, changes.removed, changes.kept) == ((), (), (), 1)
