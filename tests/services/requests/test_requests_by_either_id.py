"""A request whose reservation has another id: whatever is said of it by either id is said of one thing."""

from datetime import timedelta

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import InvalidEventError, ReservationClosedError, UnknownReservationError
from clinic.domain.instants import to_text
from clinic.domain.messages.backoff import check_while_pending
from clinic.domain.requests.request import RequestStatus
from clinic.services.appointments.moves import ReschedulingPlan
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, CancellationBench, cancelled
from tests.fakes.appointments.moving import move_event
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.requests.desk import SLOT, TIME_IS_UP, Desk

LATER_SLOT = slot(IN_NINE_DAYS + timedelta(hours=1))
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk() -> Desk:
    office = Desk()
    office.put(LATER_SLOT)
    office.ask(reservationId="r-2")
    return office


def move(desk: Desk, name: str, *, after: timedelta = A_MINUTE, **changes: str) -> ReschedulingPlan:
    """The visit that somebody calls so is to be an hour later."""
    detail = {
        "oldReservationId": name,
        "newReservationId": None,
        "newAppointmentTime": to_text(LATER_SLOT.start),
        "newSlotId": LATER_SLOT.slot_id,
        **changes,
    }
    moving = AppointmentRescheduling(desk.booking_store, desk.appointments)
    return moving.reschedule(move_event("m-1", NOW + A_MINUTE, **detail), NOW + after)


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_an_answer_finds_it(desk: Desk, name: str) -> None:
    decision = desk.approve(name)
    assert (decision.outcome, desk.places()) == ("approved", {"r-2": "booked"})
    assert desk.decisions.announce(name)
    assert [event.to_detail()["reservationId"] for event in desk.events.published] == ["r-2"]
    assert desk.decisions.stop_waiting(name, NOW)


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_refusal_and_the_end_of_its_time_find_it(desk: Desk, name: str) -> None:
    assert desk.expire(name).outcome == "expired"
    desk.expiration.record(name)
    assert [kept.subject for kept in desk.statistics.kept.values()] == ["q-1"]
    assert desk.decline(name, now=TIME_IS_UP).outcome == "already_closed"
    assert desk.places() == {}


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_move_waits_for_the_answer_and_then_moves_the_visit(desk: Desk, name: str) -> None:
    assert move(desk, name, after=timedelta(hours=30)).retry_at is not None  # longer than events are awaited
    desk.approve()
    plan = move(desk, name, after=timedelta(hours=31))
    assert (plan.outcome, plan.old_reservation_id, plan.new_reservation_id) == ("rescheduled", "r-2", "r-2")
    assert (desk.places(), desk.places(LATER_SLOT.slot_id)) == ({}, {"r-2": "booked"})


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_move_of_what_was_declined_moves_nothing(desk: Desk, name: str) -> None:
    desk.decline(now=NOW + 2 * A_MINUTE)  # while the move waited for it: the patient has been told
    assert move(desk, name).outcome == "reservation_closed"
    assert move(desk, name, newReservationId="r-3").new_reservation_id == "r-3"


@pytest.mark.parametrize("name", ["q-1", "r-2"])
def test_a_move_of_what_had_been_declined_before_is_told(desk: Desk, name: str) -> None:
    desk.decline()
    with pytest.raises(ReservationClosedError, match="request q-1 is declined: nothing was moved"):
        move(desk, name)


@pytest.mark.parametrize("name", ["q-1", "r-2"])
@pytest.mark.parametrize("is_early", [False, True])
def test_a_cancellation_frees_refunds_and_tells_both_in_its_first_look(name: str, is_early: bool) -> None:
    desk = Desk()
    bench = CancellationBench(desk.booking_store, desk.booking_store.ledger)
    cancellation = cancelled(reservationId=name, refundAmount="100.00")
    if is_early:
        assert bench.run(cancellation, AN_HOUR_LATER) is None
    asked = desk.ask(reservationId="r-2", chargeId="ch_1", now=AN_HOUR_LATER)
    for intent in asked.open_intents:
        bench.delivery.deliver(intent.id, AN_HOUR_LATER, "request-1")
    account = bench.run(cancellation, AN_HOUR_LATER)
    assert account is not None
    assert (account.slot_released, account.refund_processed) == (True, True)
    told = [template for template in bench.messages() if template != "reservation_requested_doctor"]
    # A doctor who was never asked hears of nothing.
    assert told == ["request_withdrawn_patient", *(["request_withdrawn_doctor"] if not is_early else [])]
    assert (desk.places(), desk.request().status) == ({}, RequestStatus.WITHDRAWN)
    assert desk.approve(now=AN_HOUR_LATER).outcome == "too_late"


def test_a_move_by_its_id_for_another_patient_is_not_meant(desk: Desk) -> None:
    with pytest.raises(UnknownReservationError):
        move(desk, "q-1", after=timedelta(days=2), patientPhone="+52 55 0000 0077")


@pytest.mark.parametrize("name", ["q-1", "r-2", "r-3"])
def test_a_cancellation_of_a_visit_that_has_moved_on_names_the_id_that_it_has_now(
    desk: Desk, name: str
) -> None:
    desk.put(slot(IN_NINE_DAYS + timedelta(hours=2)))
    desk.approve()
    move(desk, "q-1", newReservationId="r-3")
    there = slot(IN_NINE_DAYS + timedelta(hours=2))
    onwards = {"newAppointmentTime": to_text(there.start), "newSlotId": there.slot_id}
    names = {"oldReservationId": "r-3", "newReservationId": "r-4"}
    onwards_event = move_event("m-2", NOW + 2 * A_MINUTE, **names, **onwards)
    AppointmentRescheduling(desk.booking_store, desk.appointments).reschedule(
        onwards_event, NOW + 2 * A_MINUTE
    )
    bench = CancellationBench(desk.booking_store, desk.booking_store.ledger)
    with pytest.raises(ReservationClosedError, match=r"nothing was cancelled; reservationId: expected r-4, "):
        bench.run(cancelled(reservationId=name), AN_HOUR_LATER)
    assert desk.places(there.slot_id) == {"r-4": "booked"}
    bench.run(cancelled(reservationId="r-4"), AN_HOUR_LATER)
    assert desk.places(there.slot_id) == {}


def test_a_pending_request_is_looked_at_some_two_hundred_times_a_year() -> None:
    looks, now = 0, NOW
    while now < NOW + timedelta(days=360):
        looks, now = looks + 1, check_while_pending(NOW, now)
    assert 150 < looks < 250


def test_a_second_request_for_the_same_reservation_gets_no_place_while_the_first_waits(desk: Desk) -> None:
    with pytest.raises(InvalidEventError, match=r"reservationId: r-2 is asked for by request q-1"):
        desk.ask("q-2", reservationId="r-2", slot_id=LATER_SLOT.slot_id)
    assert (desk.places(), desk.places(LATER_SLOT.slot_id)) == ({"r-2": "pending"}, {})
    assert desk.approve("r-2").request == desk.request("q-1")


def test_a_second_request_after_the_first_was_declined_is_found_by_the_reservation(desk: Desk) -> None:
    desk.decline()
    assert desk.ask("q-2", reservationId="r-2", run="another").outcome == "held"
    assert desk.approve("r-2", event_id="e-2").outcome == "approved"
    assert desk.request("q-2").status is RequestStatus.APPROVED
    booked = desk.reservation("r-2")
    assert booked is not None
    assert (booked.status, desk.places(SLOT.slot_id)) == (ReservationStatus.CONFIRMED, {"r-2": "booked"})
