"""The step's process dies around anything a rescheduling writes: called again, it comes to the same end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import ReservationClosedError
from clinic.domain.instants import to_text
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.moving import FIRST, SECOND, THIRD, Afternoon, move_event, slot
from tests.fakes.appointments.planned import appointments
from tests.fakes.appointments.refunds import MortalBookingStore
from tests.fakes.examples import NOW
from tests.fakes.ports import ProcessDied
from tests.fakes.stores.booking_store import MemoryBookingStore

STARTS = (FIRST, SECOND, THIRD)


@dataclass(frozen=True)
class Case:
    """What was before, what the event says, how many commits it takes, and what the first call answers."""

    before: Callable[[Afternoon], object]
    outcome: str
    changes: tuple[tuple[str, Any], ...] = ()
    commits: int = 1


def nothing_more(_: Afternoon) -> None:
    """Only the old reservation is booked."""


def somebody_else_has_it(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-99", "e-99")


def booked_without_its_slot(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-18", "e-2", slotId=None)


def booked_elsewhere(afternoon: Afternoon) -> None:
    afternoon.book(THIRD, "r-18", "e-2", at=NOW - timedelta(minutes=1))


def cancelled_before(afternoon: Afternoon) -> None:
    seen = afternoon.reservation("r-17")
    placeholder = replace(
        seen,
        details=replace(seen.details, reservation_id="r-18", slot_id=None),
        status=ReservationStatus.CANCELLED,
        order=None,
        applied_with=frozenset(),
        cancellation=Cancellation(at=NOW),
        is_placeholder=True,
    )
    afternoon.booking_store.commit(Changes(reservations=((None, placeholder),)))


SAME = (("newReservationId", None),)
CASES = {
    "to another": Case(nothing_more, "rescheduled"),
    "the same": Case(nothing_more, "rescheduled", SAME),
    "to a time without a slot": Case(nothing_more, "rescheduled", (("newSlotId", None),)),
    "refused": Case(somebody_else_has_it, "slot_not_available"),
    "the same, refused": Case(somebody_else_has_it, "slot_not_available", SAME),
    "booked before, without its slot": Case(booked_without_its_slot, "already_booked", commits=2),
    "booked before, elsewhere": Case(booked_elsewhere, "rescheduled", commits=2),
    "cancelled before": Case(cancelled_before, "new_reservation_closed"),
}
DEATHS = [
    pytest.param(case, when, number, id=f"{name}, {when} {number}")
    for name, case in CASES.items()
    for when, number in product(("dies_before", "dies_after"), range(1, case.commits + 1))
]


def prepared(case: Case) -> tuple[Afternoon, MemoryBookingStore]:
    booking_store = MemoryBookingStore()
    afternoon = Afternoon(booking_store)
    afternoon.book()
    case.before(afternoon)
    return afternoon, booking_store


def end_of(booking_store: MemoryBookingStore) -> object:
    return (
        booking_store.slots,
        booking_store.sheets,
        booking_store.ledger.reservations,
        booking_store.ledger.rows,
    )


def places_held(afternoon: Afternoon) -> int:
    held = [afternoon.holders(start) & {"r-17", "r-18"} for start in STARTS]
    return sum(map(len, held))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_calm_call_answers_and_commits_as_listed_here(case: Case) -> None:
    afternoon, booking_store = prepared(case)
    before = booking_store.commits
    assert afternoon.move(**dict(case.changes)).outcome == case.outcome
    assert booking_store.commits - before == case.commits


@pytest.mark.parametrize(("case", "when", "number"), DEATHS)
def test_called_again_after_its_death_it_comes_to_the_same_end(case: Case, when: str, number: int) -> None:
    calm, calm_records = prepared(case)
    expected = calm.move(**dict(case.changes))
    afternoon, booking_store = prepared(case)
    mortal = AppointmentRescheduling(MortalBookingStore(booking_store, **{when: number}), appointments())
    with pytest.raises(ProcessDied):
        mortal.reschedule(move_event(**dict(case.changes)), NOW)
    assert places_held(afternoon) <= 1 + (case.before is booked_elsewhere)
    again = afternoon.move(**dict(case.changes))
    assert end_of(booking_store) == end_of(calm_records)
    is_written = (when, number) == ("dies_after", case.commits) and case.outcome == "rescheduled"
    assert again.outcome == ("already_rescheduled" if is_written else case.outcome)
    assert (again.open_notices, again.change_id) == (expected.open_notices, expected.change_id)
    assert (again.has_moved, again.has_new_place) == (expected.has_moved, expected.has_new_place)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_who_is_overtaken_by_its_own_duplicate_adds_nothing(case: Case) -> None:
    calm, calm_records = prepared(case)
    calm.move(**dict(case.changes))
    afternoon, booking_store = prepared(case)
    booking_store.meanwhile = lambda: (afternoon.move(**dict(case.changes)), None)[1]
    afternoon.move(**dict(case.changes))
    assert end_of(booking_store) == end_of(calm_records)


def test_nobody_is_told_that_a_visit_stays_which_was_moved_meanwhile() -> None:
    afternoon, booking_store = prepared(CASES["refused"])
    there: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}

    def meanwhile() -> None:
        afternoon.move("m-2", NOW, newReservationId="r-19", **there)

    booking_store.meanwhile = meanwhile
    with pytest.raises(ReservationClosedError, match="expected r-19, to which the visit has moved"):
        afternoon.move(at=NOW + timedelta(seconds=1))
    assert afternoon.refusals() == []


def test_a_newer_event_in_between_has_the_last_word() -> None:
    afternoon, booking_store = prepared(CASES["the same"])
    there: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}
    later = NOW + timedelta(seconds=1)

    def meanwhile() -> None:
        afternoon.move("m-2", later, newReservationId=None, **there)

    booking_store.meanwhile = meanwhile
    assert afternoon.move(newReservationId=None).outcome == "stale_event"
    assert afternoon.holders(THIRD) == {"r-17"}
