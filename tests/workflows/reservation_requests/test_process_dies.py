"""A step's process dies: the slot is held once, the doctor asked once, and the request ends in time."""

import pytest

from clinic.contracts.workflows import REQUEST_EXPIRATION, RESERVATION_REQUESTS
from tests.workflows.requested import QUESTION, TIME_IS_UP, dies, requests_stack

ALL = [QUESTION, "request_expired_patient", "request_expired_doctor"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["HoldSlot", "SendNotice", "AnnounceExpiry"])
def test_around_its_effect_the_step_is_repeated_and_nothing_happens_twice(step: str, when: str) -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, step, when)) as office:
        office.ask()
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()] == ALL
        assert office.outcomes(RESERVATION_REQUESTS) == ["held"]
        assert (office.status(), office.places()) == ("expired", {})
        assert office.outcomes(REQUEST_EXPIRATION).count("expired") == 1
        assert office.stack.unused_faults() == []


@pytest.mark.parametrize(("when", "asked"), [("before_request", 0), ("after_request", 1)])
def test_a_question_that_may_have_been_asked_is_not_blindly_asked_again(when: str, asked: int) -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "SendNotice", when)) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.told()["request_doctor"] == "unknown"
        assert [template for template, _ in office.sent()].count(QUESTION) == asked
        assert (office.status(), office.sent()[-1][1]) == ("expired", TIME_IS_UP)


def test_a_slot_that_can_not_be_held_for_faults_fails_the_run_and_keeps_the_event() -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "HoldSlot", "before", times=3)) as office:
        office.ask()
        office.stack.run_until_idle()
        run = office.run(RESERVATION_REQUESTS)
        assert (run.status, run.error) == ("FAILED", "Runtime.ExitError")
        assert run.input["detail"]["requestId"] == "q-1"
        assert (office.status(), office.places()) == (None, {})


def test_an_expiry_that_is_never_announced_fails_the_run_loudly() -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "AnnounceExpiry", "before", times=3)) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.run(RESERVATION_REQUESTS).status == "FAILED"
        assert office.status() == "pending"  # the night's cleanup will find it
