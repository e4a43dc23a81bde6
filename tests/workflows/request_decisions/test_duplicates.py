"""However often the doctor answers, and whatever: the first answer counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, REQUEST_DECISIONS
from clinic.domain.instants import from_text
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.workflows.requested import QUESTION, RequestsStack, requests_stack

AN_HOUR_LATER = NOW + timedelta(hours=1)
APPROVED = [QUESTION, "appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"]


def test_three_approvals(office: RequestsStack) -> None:
    office.ask()
    for _ in range(3):
        office.at(AN_HOUR_LATER, office.approve)
    office.stack.run_until_idle()
    assert [template for template, _ in office.sent()] == APPROVED
    assert sorted(office.outcomes(REQUEST_DECISIONS)) == ["already_approved"] * 2 + ["approved"]


def test_one_approval_delivered_three_times() -> None:
    with requests_stack(faults={"events": [{"line": 2, "delivered": 3}]}) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.stack.publish("reservation/approved", {"requestId": "q-1"}, line=2)
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()] == APPROVED
        assert office.outcomes(REQUEST_DECISIONS) == ["approved"] * 3
        assert office.outcomes(APPOINTMENT_REMINDERS).count("planned") == 1


def test_three_approvals_side_by_side() -> None:
    with requests_stack(concurrent=True) as office:
        office.ask()
        for _ in range(3):
            office.at(AN_HOUR_LATER, office.approve)
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()] == APPROVED


def test_three_refusals_tell_the_patient_once(office: RequestsStack) -> None:
    office.ask()
    for _ in range(3):
        office.at(AN_HOUR_LATER, office.decline)
    office.stack.run_until_idle()
    assert [template for template, _ in office.sent()] == [QUESTION, "reservation_declined_patient"]


def test_an_approval_repeated_after_the_visit_moved_moves_nothing_back(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.approve)
    moved = "2026-12-04T15:00:00Z"
    office.at(
        NOW + timedelta(hours=2),
        lambda: office.publish(reservationId="q-1", profileId="dr-1", appointmentTime=moved),
    )
    office.at(NOW + timedelta(hours=3), office.approve)
    office.stack.run_until(IN_NINE_DAYS)
    booked = office.reservation("q-1")
    assert booked is not None
    assert from_text(booked["appointment_time"]["S"]) == from_text(moved)
    assert len(office.put_on_the_bus("appointment/created")) == 2  # Citas' own, and the publisher's


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ((RequestsStack.approve, RequestsStack.decline), "approved"),
        ((RequestsStack.decline, RequestsStack.approve), "declined"),
    ],
)
def test_yes_and_no_at_once(
    office: RequestsStack, answers: tuple[Callable[[RequestsStack], str], ...], status: str
) -> None:
    office.ask()
    office.stack.advance(hours=1)
    for answer in answers:
        answer(office)
    office.stack.run_until(NOW + timedelta(hours=2))
    assert office.status() == status
    assert office.places() == ({"q-1": "booked"} if status == "approved" else {})
    templates = {template for template, _ in office.sent()}
    assert ("reservation_declined_patient" in templates) is (status == "declined")
    assert ("appointment_confirmed" in templates) is (status == "approved")
