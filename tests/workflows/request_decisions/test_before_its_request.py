"""An answer that overtakes its request waits for it, a day at most."""

from datetime import timedelta

import pytest

from clinic.contracts.workflows import REQUEST_DECISIONS
from tests.fakes.examples import NOW
from tests.workflows.requested import RequestsStack


@pytest.mark.parametrize(
    ("behind", "at_most"),
    [
        (timedelta(seconds=5), timedelta(seconds=15)),
        (timedelta(minutes=4), timedelta(minutes=4)),
        (timedelta(hours=9), timedelta(hours=1)),
        (timedelta(hours=23, minutes=59), timedelta(hours=1)),
    ],
)
def test_the_request_is_approved_once_it_is_there(
    office: RequestsStack, behind: timedelta, at_most: timedelta
) -> None:
    office.approve()
    office.at(NOW + behind, lambda: office.ask(expires_at=NOW + timedelta(days=3)))
    office.stack.run_until(NOW + timedelta(days=2))
    assert (office.status(), office.places()) == ("approved", {"q-1": "booked"})
    answered = office.rows_of_bookings.request()
    assert answered is not None
    assert NOW + behind <= answered.updated_at <= NOW + behind + at_most
    assert office.outcomes(REQUEST_DECISIONS) == ["approved"]


def test_a_refusal_waits_too(office: RequestsStack) -> None:
    office.decline()
    office.at(NOW + timedelta(minutes=2), office.ask)
    office.stack.run_until_idle()
    assert (office.status(), office.places()) == ("declined", {})
    assert office.recipients()[-1][0] == "reservation_declined_patient"


def test_after_a_day_the_run_fails_and_says_what_is_missing(office: RequestsStack) -> None:
    office.approve("q-404")
    office.stack.run_until_idle()
    run = office.run(REQUEST_DECISIONS)
    assert (run.status, run.error) == ("FAILED", "UnknownRequestError")
    assert "request q-404 is not known" in str(run.cause)
    assert run.stopped_at == NOW + timedelta(hours=24)
    assert len(office.stack.lambda_invocations) < 40
