"""A request whose reservation is booked or cancelled by somebody else while the doctor thinks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.errors import InvalidEventError
from clinic.domain.instants import to_text
from clinic.domain.requests.request import ClosedBecause, RequestStatus
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW
from tests.fakes.requests.desk import SLOT, TIME_IS_UP, Desk
from tests.fakes.stores.rows import details

SOON = NOW + timedelta(minutes=1)
OTHER = slot(SLOT.start + timedelta(days=1))


@pytest.fixture
def desk() -> Desk:
    """One pending request."""
    desk = Desk()
    desk.put(OTHER)
    desk.ask()
    return desk


def cancel(desk: Desk, reservation_id: str = "q-1") -> None:
    """A cancellation that comes while the doctor thinks: nobody knows the booking yet."""
    unknown = details(
        reservation_id=reservation_id, patient_name="", slot_id=None, profile_id=None, charge_id="ch_1"
    )
    known = Reservation(unknown, ReservationStatus.CANCELLED, 1, None, NOW, NOW, is_placeholder=True)
    desk.booking_store.ledger.reservations[reservation_id] = replace(known, cancellation=Cancellation(NOW))


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline])
def test_an_appointment_its_publisher_announced_meanwhile_stands(
    desk: Desk, answer: Callable[[Desk], Any]
) -> None:
    desk.announce_appointment(now=SOON)
    decision = answer(desk)
    assert decision.outcome in {"approved", "already_approved"}
    assert answer(desk) == decision
    assert desk.request().status is RequestStatus.APPROVED
    assert desk.places() == {"q-1": "booked"}


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline, Desk.expire])
def test_an_appointment_announced_without_its_slot_keeps_the_place_that_was_held_for_it(
    desk: Desk, answer: Callable[[Desk], Any]
) -> None:
    desk.announce_appointment(now=SOON, slotId=None)
    answer(desk)
    booked = desk.reservation()
    assert booked is not None
    assert (booked.details.slot_id, booked.details.profile_id) == (SLOT.slot_id, "dr-1")
    assert desk.places() == {"q-1": "booked"}


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline, Desk.expire])
def test_an_appointment_announced_for_another_slot_frees_the_one_that_was_asked_for(
    desk: Desk, answer: Callable[[Desk], Any]
) -> None:
    desk.announce_appointment(now=SOON, slotId=OTHER.slot_id, appointmentTime=to_text(OTHER.start))
    answer(desk)
    assert (desk.places(), desk.places(OTHER.slot_id)) == ({}, {"q-1": "booked"})
    assert desk.request().status is RequestStatus.APPROVED


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline, Desk.expire])
@pytest.mark.parametrize("status", [ReservationStatus.COMPLETED, ReservationStatus.RESCHEDULED])
def test_a_visit_that_is_over_settles_its_request_and_keeps_its_place(
    desk: Desk, answer: Callable[[Desk], Any], status: ReservationStatus
) -> None:
    desk.announce_appointment(now=SOON)
    desk.booking_store.ledger.set_status("q-1", status)
    answer(desk)
    assert (desk.request().status, desk.places()) == (RequestStatus.APPROVED, {"q-1": "booked"})


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline, Desk.expire])
def test_a_reservation_that_was_cancelled_meanwhile_withdraws_the_request(
    desk: Desk, answer: Callable[[Desk], Any]
) -> None:
    cancel(desk)
    decision = answer(desk)
    assert decision.outcome == "reservation_cancelled"
    assert answer(desk) == decision
    closed, known = desk.request(), desk.reservation()
    assert (closed.status, closed.closed_because) == (
        RequestStatus.WITHDRAWN,
        ClosedBecause.RESERVATION_CANCELLED,
    )
    assert known is not None
    assert (known.is_placeholder, known.details.patient_name) == (False, "Paciente Ejemplo")
    assert (known.details.charge_id, known.status) == ("ch_1", ReservationStatus.CANCELLED)
    assert desk.places() == {}
    assert set(desk.told()) == {"request_doctor"}  # who has to be told is the cancellation's business


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline, Desk.expire])
def test_an_appointment_announced_between_reading_and_writing_stands(
    desk: Desk, answer: Callable[[Desk], Any]
) -> None:
    desk.booking_store.meanwhile = lambda: (desk.announce_appointment(now=SOON), None)[1]
    answer(desk)
    assert desk.places() == {"q-1": "booked"}
    assert desk.request().status is RequestStatus.APPROVED


# Another patient's visit has the id that the request was to have.

THEIRS = {"patientName": "Otra Persona", "patientPhone": "+525500000077"}


def of_another(desk: Desk, *, in_its_place: bool) -> None:
    """Another patient is booked under the request's id."""
    place = {} if in_its_place else {"slotId": OTHER.slot_id, "appointmentTime": to_text(OTHER.start)}
    desk.announce_appointment(now=SOON, **THEIRS, **place)


@pytest.mark.parametrize("in_its_place", [False, True])
def test_of_an_id_that_another_patient_has_nothing_is_approved(desk: Desk, *, in_its_place: bool) -> None:
    of_another(desk, in_its_place=in_its_place)
    before = desk.reservation()
    for _ in range(2):
        with pytest.raises(InvalidEventError, match="is another patient's visit; expected"):
            desk.approve(now=SOON)
    assert (desk.request().status, desk.reservation()) == (RequestStatus.PENDING, before)


@pytest.mark.parametrize("in_its_place", [False, True])
@pytest.mark.parametrize(
    ("answer", "status", "told"),
    [
        (Desk.decline, RequestStatus.DECLINED, {"request_declined"}),
        (Desk.expire, RequestStatus.EXPIRED, {"request_expired", "request_expired_doctor"}),
    ],
    ids=["declined", "expired"],
)
def test_it_ends_by_itself_and_its_patient_is_told(
    desk: Desk, answer: Callable[[Desk], Any], status: RequestStatus, told: set[str], *, in_its_place: bool
) -> None:
    of_another(desk, in_its_place=in_its_place)
    before = desk.reservation()
    assert {intent.kind for intent in answer(desk).open_intents} == told
    to = {desk.told()[kind].to for kind in told - {"request_expired_doctor"}}
    assert to == {desk.request().details.patient_phone}
    assert (desk.request().status, desk.reservation()) == (status, before)
    assert desk.places() == ({"q-1": "booked"} if in_its_place else {})


def test_its_time_is_said_to_be_up_all_the_same(desk: Desk) -> None:
    of_another(desk, in_its_place=False)
    assert desk.keeping.announce_expiry("q-1", TIME_IS_UP)


def test_a_request_for_another_patients_id_is_refused(desk: Desk) -> None:
    there = {"slotId": OTHER.slot_id, "appointmentTime": to_text(OTHER.start)}
    desk.announce_appointment(now=SOON, reservationId="r-9", **THEIRS, **there)
    with pytest.raises(InvalidEventError, match="reservationId: r-9 is another patient's visit"):
        desk.ask("q-9", reservationId="r-9", slot_id=OTHER.slot_id, now=SOON)
    assert desk.booking_store.request("q-9") is None
    assert desk.places(OTHER.slot_id) == {"r-9": "booked"}
