"""A slot that can't be held: the patient is told at once, and the doctor is not asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.contracts.workflows import RESERVATION_REQUESTS
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import NOW
from tests.workflows.requested import PATIENT, QUESTION, SLOT, RequestsStack, requests_stack

DECLINED = "reservation_declined_patient"
OVERLAPPING = slot(SLOT.start + timedelta(minutes=15), "s-2")


def is_full(office: RequestsStack) -> None:
    office.ask("q-0")


def is_blocked(office: RequestsStack) -> None:
    office.rows_of_bookings.put_slot(replace(SLOT, is_blocked=True))


def is_met_by_another_service(office: RequestsStack) -> None:
    office.rows_of_bookings.put_slot(OVERLAPPING)
    office.ask("q-0", slotId=OVERLAPPING.slot_id)


def is_booked(office: RequestsStack) -> None:
    office.publish(reservationId="r-5", profileId="dr-1", slotId=SLOT.slot_id)


@pytest.mark.parametrize("make", [is_full, is_blocked, is_met_by_another_service, is_booked])
def test_the_patient_is_told_and_the_doctor_is_not_asked(
    office: RequestsStack, make: Callable[[RequestsStack], None]
) -> None:
    make(office)
    office.stack.advance(minutes=1)
    before = len(office.messages)
    office.ask()
    office.stack.advance(minutes=1)
    assert office.recipients()[before:] == [(DECLINED, PATIENT)]
    assert office.messages[-1].parameters["decline_reason"] == (
        "El horario solicitado ya no está disponible. Teléfono del consultorio: +52 55 0000 0099"
    )
    run = office.runs(RESERVATION_REQUESTS)[-1]
    assert (run.status, run.output) == (
        "SUCCEEDED",
        {
            "requestId": "q-1",
            "outcome": "slot_not_available",
            "notices": [{"kind": "request_declined", "status": "sent"}],
            "expiryAnnounced": False,
        },
    )
    assert "q-1" not in office.places()


def test_a_slot_nobody_knows(office: RequestsStack) -> None:
    office.ask(slotId="dr-1:s-1:20270101T1500Z")
    office.stack.run_until_idle()
    assert office.recipients() == [(DECLINED, PATIENT)]
    assert office.run(RESERVATION_REQUESTS).output["outcome"] == "slot_not_available"


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(hours=2)])
def test_a_time_that_is_up_on_arrival(office: RequestsStack, ago: timedelta) -> None:
    office.ask(expires_at=NOW - ago)
    office.stack.run_until_idle()
    assert office.recipients() == [("request_expired_patient", PATIENT)]
    assert office.run(RESERVATION_REQUESTS).output["outcome"] == "expired_on_arrival"
    assert (office.status(), office.places()) == ("expired", {})


def test_of_thirty_who_ask_at_once_one_gets_the_slot_and_each_of_the_others_is_told() -> None:
    with requests_stack(concurrent=True) as office:
        for number in range(30):
            office.ask(f"q-{number}", patientPhone=f"+5255000001{number:02}")
        office.stack.advance(minutes=10)
        outcomes = sorted(
            run.output["outcome"] if run.output else run.status for run in office.runs(RESERVATION_REQUESTS)
        )
        assert outcomes == ["RUNNING"] + ["slot_not_available"] * 29
        assert len(office.places()) == 1
        sent = [template for template, _ in office.sent()]
        assert (sent.count(QUESTION), sent.count(DECLINED)) == (1, 29)
