"""Places in a doctor's day, one case each."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from clinic.domain.errors import SlotNotAvailableError, SlotNotHeldError
from clinic.domain.slots.slot import Booking, DaySheet, Slot, SlotStatus, rearranged

NINE = datetime(2026, 11, 30, 15, tzinfo=UTC)
BEFORE = NINE - timedelta(days=1)


def slot(start: datetime = NINE, minutes: int = 30, buffer: int = 0, **changes: Any) -> Slot:
    end = start + timedelta(minutes=minutes)
    given = {
        "slot_id": f"dr-1:s-1:{start:%Y%m%dT%H%MZ}",
        "profile_id": "dr-1",
        "service_id": "s-1",
        "start": start,
        "end": end,
        "buffer_until": end + timedelta(minutes=buffer),
        "capacity": 1,
        **changes,
    }
    return Slot(**given)


def booking(of: Slot, *taken: Slot) -> Booking:
    """The slot, on days on which other slots are taken already."""
    sheets = []
    for day in of.days:
        sheet = DaySheet("dr-1", day)
        for other in taken:
            if day in other.days:
                sheet = sheet.with_slot(other)
        sheets.append(sheet)
    return Booking(of, tuple(sheets))


def test_a_request_holds_the_place_until_it_is_approved() -> None:
    held = booking(slot()).hold("r-1", BEFORE, is_approved=False)
    assert (held.slot.status, held.slot.reserved_count) == (SlotStatus.PENDING_APPROVAL, 1)
    assert held.approve("r-1").slot.status is SlotStatus.BOOKED


def test_a_full_slot_gives_no_further_place() -> None:
    held = booking(slot()).hold("r-1", BEFORE, is_approved=True)
    with pytest.raises(SlotNotAvailableError, match="is full"):
        held.hold("r-2", BEFORE, is_approved=True)


def test_a_group_slot_gives_as_many_places_as_it_has() -> None:
    held = booking(slot(capacity=2)).hold("r-1", BEFORE, is_approved=True)
    assert held.slot.status is SlotStatus.AVAILABLE
    held = held.hold("r-2", BEFORE, is_approved=False)
    assert (held.slot.status, held.slot.reserved_count) == (SlotStatus.PENDING_APPROVAL, 2)


def test_releasing_one_place_of_a_group_slot_frees_no_other() -> None:
    held = (
        booking(slot(capacity=2)).hold("r-1", BEFORE, is_approved=True).hold("r-2", BEFORE, is_approved=True)
    )
    freed = held.release("r-1")
    assert (freed.slot.holders, freed.sheets) == (frozenset({"r-2"}), held.sheets)


def test_releasing_for_somebody_who_holds_nothing_changes_nothing() -> None:
    held = booking(slot()).hold("r-1", BEFORE, is_approved=True)
    assert held.release("r-2") == held


def test_the_last_release_gives_the_doctor_the_time_back() -> None:
    empty = booking(slot())
    freed = empty.hold("r-1", BEFORE, is_approved=True).release("r-1")
    assert [sheet.taken for sheet in freed.sheets] == [sheet.taken for sheet in empty.sheets] == [{}]
    assert (freed.slot.revision, freed.sheets[0].revision) == (2, 2)


def test_holding_again_changes_nothing() -> None:
    held = booking(slot()).hold("r-1", BEFORE, is_approved=False)
    assert held.hold("r-1", BEFORE, is_approved=False) == held


@pytest.mark.parametrize("minutes_away", [-20, -10, 0, 10, 39])
def test_the_doctor_is_not_in_two_services_at_once_nor_in_a_buffer(minutes_away: int) -> None:
    other = slot(NINE + timedelta(minutes=minutes_away), buffer=10, slot_id="dr-1:s-2:other")
    with pytest.raises(SlotNotAvailableError, match="dr-1:s-2:other"):
        booking(slot(buffer=10), other).hold("r-1", BEFORE, is_approved=True)


@pytest.mark.parametrize("minutes_away", [-40, 40])
def test_slots_that_only_touch_do_not_meet(minutes_away: int) -> None:
    other = slot(NINE + timedelta(minutes=minutes_away), buffer=10, slot_id="dr-1:s-2:other")
    assert booking(slot(buffer=10), other).hold("r-1", BEFORE, is_approved=True).slot.booked == {"r-1"}


def test_a_slot_over_midnight_is_on_the_sheets_of_both_days() -> None:
    late = slot(datetime(2026, 11, 30, 23, 45, tzinfo=UTC))
    early = slot(datetime(2026, 12, 1, tzinfo=UTC), slot_id="dr-1:s-2:early")
    assert [f"{day:%d}" for day in late.days] == ["30", "01"]
    with pytest.raises(SlotNotAvailableError, match="early"):
        booking(late, early).hold("r-1", BEFORE, is_approved=True)
    assert len(slot(datetime(2026, 11, 30, 23, 30, tzinfo=UTC)).days) == 1


@pytest.mark.parametrize("late", [timedelta(0), timedelta(hours=1)])
def test_a_slot_that_has_begun_gives_no_place(late: timedelta) -> None:
    with pytest.raises(SlotNotAvailableError, match="has begun"):
        booking(slot()).hold("r-1", NINE + late, is_approved=True)


def test_a_blocked_slot_gives_no_place_and_keeps_who_holds_one() -> None:
    blocked = booking(slot(is_blocked=True, capacity=2, booked=frozenset({"r-1"})))
    with pytest.raises(SlotNotAvailableError, match="is blocked"):
        blocked.hold("r-2", BEFORE, is_approved=True)
    assert (blocked.slot.status, blocked.slot.reserved_count) == (SlotStatus.BLOCKED, 1)


def test_a_place_that_ran_out_can_not_be_approved() -> None:
    expired = booking(slot()).hold("r-1", BEFORE, is_approved=False).release("r-1")
    with pytest.raises(SlotNotHeldError, match="r-1"):
        expired.approve("r-1")


def test_what_is_approved_does_not_expire_and_what_is_pending_does() -> None:
    pending = booking(slot()).hold("r-1", BEFORE, is_approved=False)
    assert pending.expire("r-1").slot.reserved_count == 0
    assert pending.expire("r-1").expire("r-1") == pending.expire("r-1")
    with pytest.raises(SlotNotHeldError, match="no longer pending"):
        pending.approve("r-1").expire("r-1")


def moved(held: Booking, wanted: Booking, who: str = "r-1") -> tuple[Booking, ...]:
    steps = [
        (0, lambda booking: booking.release(who)),
        (1, lambda booking: booking.hold(who, BEFORE, is_approved=True)),
    ]
    return rearranged((held, wanted), steps)


def test_a_visit_moves_to_a_slot_that_overlaps_its_old_one() -> None:
    held = booking(slot()).hold("r-1", BEFORE, is_approved=True)
    wanted = booking(slot(NINE + timedelta(minutes=15), slot_id="dr-1:s-2:later"), held.slot)
    old, new = moved(held, wanted)
    assert not old.slot.holders
    assert new.slot.booked == {"r-1"}
    assert old.sheets == new.sheets
    assert set(new.sheets[0].taken) == {"dr-1:s-2:later"}


def test_moving_to_a_full_slot_is_refused() -> None:
    held = booking(slot()).hold("r-1", BEFORE, is_approved=True)
    full = booking(slot(NINE + timedelta(hours=2))).hold("r-2", BEFORE, is_approved=True)
    with pytest.raises(SlotNotAvailableError, match="is full"):
        moved(held, full)
