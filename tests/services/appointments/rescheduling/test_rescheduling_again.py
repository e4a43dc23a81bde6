"""Duplicates, disorder, and whoever else speaks of the new reservation: the same end in any case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import AppointmentInThePastError, InvalidEventError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus, Reason
from clinic.services.appointments.announcements import appointment_created
from clinic.services.ports import Outcome
from clinic.services.slots.slot_reservations import release
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.moving import FIRST, SECOND, THIRD, Afternoon, slot
from tests.fakes.examples import NOW
from tests.fakes.stores.dynamo import StoredRecords

either_way = pytest.mark.parametrize("new_id", ["r-18", None], ids=["to another", "the same"])
TO_THIRD: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def afternoon(booking_store: StoredRecords) -> Afternoon:
    afternoon = Afternoon(booking_store)
    afternoon.book()
    return afternoon


def cancel(afternoon: Afternoon, reservation_id: str) -> None:
    """What a cancellation writes."""
    seen = afternoon.reservation(reservation_id)
    cancelled = seen.cancelled(Cancellation(at=NOW), afternoon.now + timedelta(seconds=1))
    afternoon.booking_store.commit(
        Changes(bookings=release(afternoon.booking_store, seen.details), reservations=((seen, cancelled),))
    )


@either_way
@pytest.mark.parametrize("event_id", ["m-1", "m-2"], ids=["the same event", "another event"])
def test_again_adds_nothing_and_gives_what_is_still_open(
    afternoon: Afternoon, new_id: str | None, event_id: str
) -> None:
    first = afternoon.move(newReservationId=new_id)
    before = afternoon.statuses(new_id or "r-17")
    afternoon.now = NOW + timedelta(minutes=1)
    again = afternoon.move(event_id, newReservationId=new_id)
    assert again.outcome == "already_rescheduled"
    assert replace(again, outcome=first.outcome) == first
    assert afternoon.statuses(new_id or "r-17") == before
    assert afternoon.holders(SECOND) == {new_id or "r-17"}


def test_once_the_message_has_left_the_runs_of_the_same_reservation_are_left_alone(
    afternoon: Afternoon,
) -> None:
    plan = afternoon.move(newReservationId=None)
    (message,) = plan.open_notices
    sent = Outcome(IntentStatus.SENT, Reason.ACCEPTED, NOW, message_id="wamid.1")
    afternoon.booking_store.ledger.end(message, sent)
    again = afternoon.move(newReservationId=None)
    assert (again.outcome, again.open_notices, again.runs) == ("already_rescheduled", (), frozenset())


def test_an_older_event_that_comes_later_moves_nothing_back(afternoon: Afternoon) -> None:
    afternoon.move("m-2", LATER, newReservationId=None)
    assert afternoon.move("m-1", newReservationId=None, **TO_THIRD).outcome == "stale_event"
    assert afternoon.holders(SECOND) == {"r-17"}


def test_a_newer_event_for_the_same_pair_moves_the_new_one_on(afternoon: Afternoon) -> None:
    afternoon.move()
    plan = afternoon.move("m-2", LATER, **TO_THIRD)
    assert (plan.outcome, plan.has_new_place) == ("rescheduled", True)
    assert [str(intent.id) for intent in plan.open_notices] == ["reservation#r-18#v000002#rescheduling"]
    assert (afternoon.holders(SECOND), afternoon.holders(THIRD)) == (set(), {"r-18"})
    assert afternoon.move().outcome == "already_rescheduled"
    assert afternoon.holders(THIRD) == {"r-18"}


def test_a_newer_event_for_the_same_pair_that_finds_no_place_leaves_the_new_one_where_it_is(
    afternoon: Afternoon,
) -> None:
    afternoon.book(THIRD, "r-99", "e-99")
    afternoon.move()
    plan = afternoon.move("m-2", LATER, **TO_THIRD)
    assert plan.outcome == "slot_not_available"
    assert afternoon.holders(SECOND) == {"r-18"}


def test_back_and_forth_ends_where_the_newest_event_says(afternoon: Afternoon) -> None:
    there = {"newAppointmentTime": to_text(FIRST), "newSlotId": slot(FIRST).slot_id}
    afternoon.move("m-1", NOW, newReservationId=None)
    afternoon.move("m-3", NOW + timedelta(seconds=3), newReservationId=None)
    back: dict[str, Any] = {"newReservationId": None, **there}
    assert afternoon.move("m-2", NOW + timedelta(seconds=2), **back).outcome == "stale_event"
    assert afternoon.holders(SECOND) == {"r-17"}
    assert afternoon.move("m-4", NOW + timedelta(seconds=4), **back).outcome == "rescheduled"
    assert afternoon.holders(FIRST) == {"r-17"}


# The new reservation's own appointment/created.


def test_the_announcement_that_follows_adds_no_confirmation(afternoon: Afternoon) -> None:
    afternoon.move()
    before = afternoon.statuses("r-18")
    detail = dict(appointment_created(afternoon.reservation("r-18").details).to_detail())
    plan = afternoon.book(SECOND, "r-18", "e-announced", at=LATER, **detail_changes(detail))
    assert plan.arrival == "already_planned"
    assert afternoon.statuses("r-18") == before
    assert afternoon.reservation("r-18").runs == {"run-of-e-announced"}


def detail_changes(detail: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in detail.items() if k not in {"reservationId", "appointmentTime"}}


@either_way
def test_nor_does_one_of_the_publishers(afternoon: Afternoon, new_id: str | None) -> None:
    afternoon.move(newReservationId=new_id)
    before = afternoon.statuses(new_id or "r-17")
    plan = afternoon.book(SECOND, new_id or "r-17", "e-2", at=LATER)
    assert plan.arrival == "already_planned"
    assert afternoon.statuses(new_id or "r-17") == before


def test_one_that_was_overtaken_by_the_next_move_moves_nothing_back(afternoon: Afternoon) -> None:
    afternoon.move("m-1", newReservationId=None)
    detail = dict(appointment_created(afternoon.reservation("r-17").details).to_detail())
    afternoon.move("m-2", NOW + timedelta(seconds=1), newReservationId=None, **TO_THIRD)
    plan = afternoon.book(SECOND, "r-17", "e-announced", at=LATER, **detail_changes(detail))
    assert plan.arrival == "stale_event"
    assert afternoon.holders(THIRD) == {"r-17"}


@pytest.mark.parametrize("at", [NOW - timedelta(seconds=1), LATER], ids=["published before", "after"])
@pytest.mark.parametrize("slot_id", [slot(SECOND).slot_id, None], ids=["with its slot", "without"])
def test_booked_by_its_own_event_before_it_stays_and_the_old_one_ends(
    afternoon: Afternoon, at: Any, slot_id: str | None
) -> None:
    afternoon.book(SECOND, "r-18", "e-2", at=at, slotId=slot_id)
    plan = afternoon.move()
    assert (plan.outcome, plan.has_moved, plan.has_new_place) == ("already_booked", True, True)
    assert (len(plan.open_notices), set(plan.runs)) == (0, {"run-of-e-1"})
    assert (afternoon.holders(FIRST), afternoon.holders(SECOND)) == (set(), {"r-18"})
    assert afternoon.reservation("r-17").rescheduled_to == "r-18"
    assert set(afternoon.statuses("r-17").values()) == {"superseded"}
    assert afternoon.statuses("r-18") == {
        "v1 confirmation": "planned",
        "v1 reminder_24h": "planned",
        "v1 reminder_2h": "planned",
    }
    assert afternoon.move() == plan


def test_booked_and_confirmed_without_a_place_it_stays_so_when_there_is_none(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-99", "e-99")
    afternoon.book(SECOND, "r-18", "e-2", slotId=None)
    plan = afternoon.move()
    assert (plan.outcome, plan.has_new_place) == ("already_booked", False)
    assert (afternoon.holders(FIRST), afternoon.holders(SECOND)) == (set(), {"r-99"})
    assert afternoon.reservation("r-18").details.slot_id is None


def test_the_same_reservation_moved_by_its_own_event_before_is_left_there(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-17", "e-2", at=NOW)
    plan = afternoon.move(newReservationId=None)
    assert (plan.outcome, plan.has_moved, plan.open_notices) == ("already_booked", True, ())
    assert afternoon.holders(SECOND) == {"r-17"}


def test_booked_elsewhere_by_an_older_event_it_moves_to_where_the_rescheduling_says(
    afternoon: Afternoon,
) -> None:
    afternoon.book(SECOND, "r-18", "e-2", at=NOW - timedelta(seconds=1))
    plan = afternoon.move(**TO_THIRD)
    assert plan.outcome == "rescheduled"
    assert plan.runs == {"run-of-e-1", "run-of-e-2"}
    assert [afternoon.holders(start) for start in (FIRST, SECOND, THIRD)] == [set(), set(), {"r-18"}]


def test_booked_elsewhere_by_a_newer_event_it_stays_there(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-18", "e-2", at=LATER)
    assert afternoon.move(**TO_THIRD).outcome == "already_booked"
    assert [afternoon.holders(start) for start in (FIRST, SECOND, THIRD)] == [set(), {"r-18"}, set()]


def test_an_impossible_event_leaves_two_known_reservations_as_they_are(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-18", "e-2")
    wanted = slot(SECOND).slot_id
    for time, named, error in (
        (NOW, None, AppointmentInThePastError),
        (THIRD, wanted, InvalidEventError),
    ):
        with pytest.raises(error, match="newAppointmentTime"):
            afternoon.move(newAppointmentTime=to_text(time), newSlotId=named)
    assert afternoon.reservation("r-17").status is ReservationStatus.CONFIRMED
    assert afternoon.holders(FIRST) == {"r-17"}


# Cancellations.


def test_a_new_reservation_that_was_cancelled_before_leaves_neither(afternoon: Afternoon) -> None:
    details = replace(
        afternoon.reservation("r-17").details,
        reservation_id="r-18",
        patient_name="",
        doctor_name="",
        slot_id=None,
    )
    first = afternoon.reservation("r-17")
    placeholder = replace(
        first,
        details=details,
        status=ReservationStatus.CANCELLED,
        order=None,
        applied_with=frozenset(),
        runs=frozenset(),
        cancellation=Cancellation(at=NOW),
        is_placeholder=True,
    )
    afternoon.booking_store.commit(Changes(reservations=((None, placeholder),)))
    plan = afternoon.move()
    assert (plan.outcome, plan.has_moved, plan.has_new_place) == ("new_reservation_closed", True, False)
    assert (len(plan.open_notices), set(plan.runs)) == (0, {"run-of-e-1"})
    assert (afternoon.holders(FIRST), afternoon.holders(SECOND)) == (set(), set())
    known = afternoon.reservation("r-18")
    assert (known.status, known.is_placeholder) == (ReservationStatus.CANCELLED, False)
    assert (known.details.patient_name, known.details.appointment_time) == ("Paciente Ejemplo", SECOND)
    assert afternoon.reservation("r-17").status is ReservationStatus.RESCHEDULED
    assert afternoon.move() == plan


def test_one_that_was_booked_and_cancelled_before_leaves_neither(afternoon: Afternoon) -> None:
    afternoon.book(SECOND, "r-18", "e-2")
    cancel(afternoon, "r-18")
    assert afternoon.move().outcome == "new_reservation_closed"
    assert (afternoon.holders(FIRST), afternoon.holders(SECOND)) == (set(), set())


def test_one_that_was_moved_and_then_cancelled_was_moved(afternoon: Afternoon) -> None:
    afternoon.move()
    cancel(afternoon, "r-18")
    plan = afternoon.move()
    assert (plan.outcome, plan.has_new_place, plan.open_notices) == ("already_rescheduled", False, ())


def test_a_chain_of_reschedulings_holds_one_place(afternoon: Afternoon) -> None:
    afternoon.move()
    to_r19 = {"oldReservationId": "r-18", "newReservationId": "r-19", **TO_THIRD}
    assert afternoon.move("m-2", LATER, **to_r19).outcome == "rescheduled"
    assert afternoon.move().outcome == "already_rescheduled"
    assert [afternoon.holders(start) for start in (FIRST, SECOND, THIRD)] == [set(), set(), {"r-19"}]
