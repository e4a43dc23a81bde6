"""Slots over a stretch of time, written again by rules, on moto's DynamoDB."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.slots import DynamoCalendar, DynamoSlotStore
from clinic.contracts.tables import SLOTS
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.slots.changes import SlotChanges
from clinic.domain.slots.generation import slot_id
from clinic.domain.slots.slot import Booking, Slot
from tests.fakes.stores.tables import create_tables

NINE = datetime(2026, 11, 30, 15, tzinfo=UTC)
NOW = NINE - timedelta(days=1)
HALF_AN_HOUR = timedelta(minutes=30)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoSlotStore]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield DynamoSlotStore.open(connect(), SLOTS.name)


@pytest.fixture
def calendar(store: DynamoSlotStore) -> DynamoCalendar:
    return DynamoCalendar.open(store.connection, SLOTS.name)


def slot(number: int, **changes: Any) -> Slot:
    start = NINE + number * HALF_AN_HOUR
    end = start + HALF_AN_HOUR
    return replace(Slot(slot_id("dr-1", "s-1", start), "dr-1", "s-1", start, end, end, 1), **changes)


def changes(
    added: tuple[Slot, ...] = (), changed: tuple[Slot, ...] = (), removed: tuple[Slot, ...] = ()
) -> SlotChanges:
    return SlotChanges(added, changed, removed, 0)


def whole(store: DynamoSlotStore, profile_id: str = "dr-1") -> list[Slot]:
    return store.between(profile_id, NINE - timedelta(days=1), NINE + timedelta(days=1))


def commit(calendar: DynamoCalendar, seen: Booking, after: Booking) -> None:
    with store_errors("slot"), TransactWrite(connection=calendar.connection) as writes:
        calendar.write(writes, [(seen, after)])


def read(calendar: DynamoCalendar, wanted: Slot) -> Booking:
    (seen,) = calendar.bookings("dr-1", wanted.slot_id)
    assert seen is not None
    return seen


def hold(calendar: DynamoCalendar, seen: Booking) -> None:
    commit(calendar, seen, seen.hold("r-1", NOW, is_approved=True))


def test_what_was_written_is_found_by_its_start(store: DynamoSlotStore, calendar: DynamoCalendar) -> None:
    all_slots = tuple(slot(number) for number in range(6))
    store.write(changes(added=all_slots))
    hold(calendar, read(calendar, slot(5)))  # its day sheet lies in the same table
    found = store.between("dr-1", slot(1).start, slot(4).start)
    assert found == list(all_slots[1:4])
    assert store.between("dr-1", slot(1).start, slot(4).start, limit=2) == list(all_slots[1:3])
    assert store.between("dr-1", slot(4).start, slot(1).start) == []
    assert whole(store, "dr-2") == []


def test_slots_are_read_by_their_ids_as_they_stand(store: DynamoSlotStore) -> None:
    store.write(changes(added=(slot(1), slot(2))))
    ids = [slot(2).slot_id, slot(9).slot_id, slot(2).slot_id]
    assert store.as_they_stand("dr-1", ids) == [slot(2)]
    assert store.as_they_stand("dr-1", []) == []


def test_a_changed_slots_revision_rises(store: DynamoSlotStore) -> None:
    store.write(changes(added=(slot(1), slot(2))))
    longer = replace(slot(1), buffer_until=slot(1).end + HALF_AN_HOUR)
    store.write(changes(changed=(longer,), removed=(slot(2),)))
    assert whole(store) == [replace(longer, revision=1)]


@pytest.mark.parametrize("kind", ["added", "changed", "removed"])
def test_a_slot_that_somebody_took_in_between_is_not_touched_and_nothing_else_is_written(
    store: DynamoSlotStore, calendar: DynamoCalendar, kind: str
) -> None:
    store.write(changes(added=(slot(1), slot(2))))
    hold(calendar, read(calendar, slot(1)))
    before = whole(store)
    wanted = {"added": (slot(3),), "changed": (), "removed": (slot(2),)}
    wanted[kind] = (slot(1), *wanted[kind])
    with pytest.raises(ConcurrentChangeError):
        store.write(changes(**wanted))
    assert whole(store) == before


def test_a_slot_that_was_taken_and_given_back_is_not_as_it_was_read(
    store: DynamoSlotStore, calendar: DynamoCalendar
) -> None:
    store.write(changes(added=(slot(1),)))
    hold(calendar, read(calendar, slot(1)))
    seen = read(calendar, slot(1))
    commit(calendar, seen, seen.release("r-1"))
    with pytest.raises(ConcurrentChangeError):
        store.write(changes(removed=(slot(1),)))
    (free,) = store.as_they_stand("dr-1", [slot(1).slot_id])
    store.write(changes(removed=(free,)))
    assert whole(store) == []


def test_no_changes_are_no_request(store: DynamoSlotStore) -> None:
    store.write(changes())


def test_a_removed_slot_can_not_be_taken(store: DynamoSlotStore, calendar: DynamoCalendar) -> None:
    store.write(changes(added=(slot(1),)))
    seen = read(calendar, slot(1))
    store.write(changes(removed=(slot(1),)))
    with pytest.raises(ConcurrentChangeError):
        hold(calendar, seen)
    assert calendar.bookings("dr-1", slot(1).slot_id) == (None,)


def test_a_slot_that_was_made_again_with_other_times_can_not_be_taken_as_it_was(
    store: DynamoSlotStore, calendar: DynamoCalendar
) -> None:
    store.write(changes(added=(slot(1),)))
    seen = read(calendar, slot(1))
    store.write(changes(removed=(slot(1),)))
    longer = replace(slot(1), end=slot(1).end + HALF_AN_HOUR, buffer_until=slot(1).end + HALF_AN_HOUR)
    store.write(changes(added=(longer,)))
    with pytest.raises(ConcurrentChangeError):
        hold(calendar, seen)


def test_a_slot_that_reaches_into_another_day_is_read_with_both_sheets(
    store: DynamoSlotStore, calendar: DynamoCalendar
) -> None:
    late = over_midnight()
    store.write(changes(added=(late,)))
    days = [late.start.date(), late.start.date() + timedelta(days=1)]
    assert [sheet.day for sheet in read(calendar, late).sheets] == days


def test_a_slot_whose_times_change_between_a_callers_two_reads_has_to_be_read_again(
    store: DynamoSlotStore, calendar: DynamoCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sheets to read follow from the times: a slot that reaches into yet another day needs one more."""
    late = over_midnight()
    store.write(changes(added=(late,)))
    longer = replace(late, buffer_until=late.buffer_until + timedelta(days=1))
    interrupt(monkeypatch, lambda: store.write(changes(changed=(longer,))))
    with pytest.raises(ConcurrentChangeError):
        calendar.bookings("dr-1", late.slot_id)


def test_a_slot_that_is_removed_between_a_callers_two_reads_is_none(
    store: DynamoSlotStore, calendar: DynamoCalendar, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = over_midnight()
    store.write(changes(added=(slot(1), late)))
    interrupt(monkeypatch, lambda: store.write(changes(removed=(slot(1),))))
    gone, there = calendar.bookings("dr-1", slot(1).slot_id, late.slot_id)
    assert gone is None
    assert there is not None


def over_midnight() -> Slot:
    """A slot that ends at midnight, UTC, with a buffer in the next day: its id does not say so."""
    late = slot(17)
    return replace(late, buffer_until=late.end + HALF_AN_HOUR)


def interrupt(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], None]) -> None:
    """Have something happen after the calendar's first read."""
    read_together = DynamoCalendar._together
    happenings = iter([meanwhile])

    def then(self: DynamoCalendar, *arguments: Any) -> Any:
        found = read_together(self, *arguments)
        next(happenings, lambda: None)()
        return found

    monkeypatch.setattr(DynamoCalendar, "_together", then)
