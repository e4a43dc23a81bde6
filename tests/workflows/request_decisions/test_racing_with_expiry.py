"""An answer and the end of the request's time at the same instant: one wins, and the loser is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.contracts.workflows import REQUEST_DECISIONS, REQUEST_EXPIRATION
from tests.fakes.examples import NOW
from tests.workflows.requested import DOCTOR, TIME_IS_UP, RequestsStack, requests_stack

EXPIRED = {"request_expired_patient", "request_expired_doctor"}


def check(office: RequestsStack) -> str:
    """One winner, in every table and every message; gives its name."""
    templates = [template for template, _ in office.sent()]
    assert len(set(templates)) == len(templates)
    if office.status() == "approved":
        assert office.places() == {"q-1": "booked"}
        assert office.outcomes(REQUEST_DECISIONS) == ["approved"]
        assert set(office.outcomes(REQUEST_EXPIRATION)) <= {"already_approved"}
        assert "appointment_confirmed" in templates
        assert EXPIRED.isdisjoint(templates)
    else:
        assert office.places() == {}
        assert office.outcomes(REQUEST_DECISIONS) == ["too_late"]
        assert office.outcomes(REQUEST_EXPIRATION) == ["expired"]
        assert set(templates) >= EXPIRED
        assert ("approval_too_late_doctor", DOCTOR) in office.recipients()
        assert office.put_on_the_bus("appointment/created") == []
    return str(office.status())


def test_the_approval_reaches_the_bus_before_the_run_wakes(office: RequestsStack) -> None:
    office.at(TIME_IS_UP, office.approve)
    office.ask()
    office.stack.run_until_idle()
    assert check(office) == "approved"


def test_the_approval_reaches_the_bus_when_the_time_is_up_and_before_it_is_announced(
    office: RequestsStack,
) -> None:
    office.ask()
    office.at(NOW + timedelta(hours=1), lambda: office.at(TIME_IS_UP, office.approve))
    office.stack.run_until_idle()
    check(office)


def test_the_approval_reaches_the_bus_after_the_expiry_was_announced(office: RequestsStack) -> None:
    office.ask()
    office.stack.run_until(TIME_IS_UP)
    office.approve()
    office.stack.run_until_idle()
    assert check(office) == "expired"


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (RequestsStack.approve, RequestsStack.expire, "approved"),
        (RequestsStack.expire, RequestsStack.approve, "expired"),
    ],
)
def test_both_events_on_the_bus_in_either_order(
    office: RequestsStack,
    first: Callable[[RequestsStack], str],
    second: Callable[[RequestsStack], str],
    status: str,
) -> None:
    office.ask()
    office.stack.run_until(NOW + timedelta(hours=1))
    office.stack.stop(office.stack.executions()[0].arn)  # so that nothing else speaks of the end
    for publish in (first, second):
        office.at(TIME_IS_UP, lambda publish=publish: publish(office))  # type: ignore[misc] # bound now
    office.stack.run_until_idle()
    assert check(office) == status


@pytest.mark.parametrize("approvals", [1, 5])
def test_side_by_side_there_is_one_winner_too(approvals: int) -> None:
    with requests_stack(concurrent=True) as office:
        office.ask()
        for _ in range(approvals):
            office.at(TIME_IS_UP, office.approve)
            office.at(TIME_IS_UP, office.expire)
        office.stack.run_until_idle()
        outcomes = set(office.outcomes(REQUEST_DECISIONS))
        if office.status() == "approved":
            assert outcomes <= {"approved", "already_approved"}
            assert office.places() == {"q-1": "booked"}
            assert set(office.outcomes(REQUEST_EXPIRATION)) == {"already_approved"}
        else:
            assert outcomes == {"too_late"}
            assert office.places() == {}
            assert office.outcomes(REQUEST_EXPIRATION).count("expired") == 1
        templates = [template for template, _ in office.sent()]
        assert len(set(templates)) == len(templates)
