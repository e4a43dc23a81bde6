"""A slot that nobody can book because its doctor's time is taken is no available one."""

from datetime import timedelta

import pytest

from console.audit.evidence import Sheet
from console.output.bookings import SlotRow
from console.run.blocked_slots import as_bookable
from tests.console.audit.bookings import NINE, at, slot

MINUTE = timedelta(minutes=1)


def statuses(
    *slots: SlotRow, taken: tuple[float, float] = (1, 2), profile: str = "dr-1", by: str = "visit#r-9"
) -> list[str]:
    sheet = Sheet(profile, NINE.date(), {by: (at(taken[0]), at(taken[1]))})
    return [row.status for row in as_bookable(slots, [sheet])]


@pytest.mark.parametrize(
    ("start", "status"),
    [(0, "available"), (0.4, "blocked"), (1, "blocked"), (1.9, "blocked"), (2, "available")],
    ids=["before", "its buffer meets", "begins with it", "begins before it ends", "after"],
)
def test_time_that_is_taken_blocks_what_meets_it_and_nothing_that_touches_it(
    start: float, status: str
) -> None:
    assert statuses(slot(at(start))) == [status]


def test_further_places_of_a_slot_are_free_until_something_else_takes_its_time() -> None:
    group = slot(at(1), capacity=2, booked=["r-1"])
    assert statuses(group, by=group.slot_id) == ["available"]
    assert statuses(group) == ["blocked"]


def test_full_slots_stay_as_they_are_and_so_do_those_of_other_doctors() -> None:
    assert statuses(slot(at(1.2), booked=["r-2"], status="booked")) == ["booked"]
    assert statuses(slot(at(1)), profile="dr-2") == ["available"]
