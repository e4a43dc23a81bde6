"""The doctor answers twice, late or not the same: the first answer counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.domain.instants import from_text
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.workflows.requested import RequestsStack

AN_HOUR_LATER = NOW + timedelta(hours=1)


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
