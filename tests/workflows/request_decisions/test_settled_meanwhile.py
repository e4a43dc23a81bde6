"""The reservation's own events come while the doctor thinks: announced by its publisher, or cancelled."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.contracts.workflows import (
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_REMINDERS,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
)
from tests.fakes.examples import NOW
from tests.workflows.requested import PATIENT, QUESTION, SLOT, RequestsStack, requests_stack

BEFORE, AN_HOUR_LATER = NOW + timedelta(minutes=30), NOW + timedelta(hours=1)
THREE = ["appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"]


def announced(office: RequestsStack) -> None:
    office.publish(reservationId="q-1", profileId="dr-1", slotId=SLOT.slot_id)


def announced_without_slot(office: RequestsStack) -> None:
    office.publish(reservationId="q-1", profileId="dr-1")


def says_nothing(office: RequestsStack) -> None:
    pass


@pytest.mark.parametrize("publisher", [announced, announced_without_slot])
@pytest.mark.parametrize("doctor", [RequestsStack.approve, RequestsStack.decline, says_nothing])
def test_an_appointment_its_publisher_announced_stands_whatever_the_doctor_says(
    office: RequestsStack,
    doctor: Callable[[RequestsStack], object],
    publisher: Callable[[RequestsStack], object],
) -> None:
    office.ask()
    office.at(BEFORE, lambda: publisher(office))
    office.at(AN_HOUR_LATER, lambda: doctor(office))
    office.stack.run_until_idle()
    assert [template for template, _ in office.sent()] == [QUESTION, *THREE]
    assert (office.status(), office.places()) == ("approved", {"q-1": "booked"})
    booked = office.reservation("q-1")
    assert booked is not None
    assert booked["slot_id"] == {"S": SLOT.slot_id}
    assert office.outcomes(REQUEST_EXPIRATION) == []
    assert office.outcomes(APPOINTMENT_REMINDERS).count("planned") == 1


@pytest.mark.parametrize("doctor", [RequestsStack.approve, RequestsStack.decline, says_nothing])
def test_a_reservation_that_was_cancelled_is_not_booked_and_the_patient_is_told_of_that(
    office: RequestsStack, doctor: Callable[[RequestsStack], object]
) -> None:
    office.ask(reservationId="r-1")  # the cancellation finds the request by this id
    office.at(BEFORE, lambda: office.put("reservation/cancelled", {"reservationId": "r-1"}))
    office.at(AN_HOUR_LATER, lambda: doctor(office))
    office.stack.run_until_idle()
    assert (office.status(), office.places()) == ("withdrawn", {})
    assert office.recipients()[1:3] != []
    assert ("request_withdrawn_patient", PATIENT) in office.recipients()
    assert {"appointment_confirmed", "request_expired_patient", "reservation_declined_patient"}.isdisjoint(
        template for template, _ in office.sent()
    )
    assert office.outcomes(APPOINTMENT_CANCELLATION) == ["request_withdrawn"]
    answered: dict[Callable[[RequestsStack], object], list[str]] = {
        RequestsStack.approve: ["too_late"],
        RequestsStack.decline: ["already_closed"],
    }
    assert office.outcomes(REQUEST_DECISIONS) == answered.get(doctor, [])


def test_an_answer_while_the_question_is_still_on_its_way_leaves_no_message_unsettled() -> None:
    faults = {"whatsapp": [{"intent": "request#q-1#v000001#request_doctor", "code": 130429}]}
    with requests_stack(faults=faults) as office:
        office.ask()
        office.stack.advance(seconds=20)
        office.approve()
        office.stack.run_until_idle()
        assert office.told() == {"request_doctor": "skipped"}
        assert office.status() == "approved"
