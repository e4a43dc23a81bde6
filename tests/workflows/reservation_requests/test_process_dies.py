"""A step's process dies: the slot is held once, the doctor asked once, and the request ends in time."""

from datetime import timedelta

import pytest

from clinic.contracts.workflows import REQUEST_EXPIRATION, RESERVATION_REQUESTS
from tests.fakes.examples import NOW
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


def test_a_question_that_was_never_asked_is_asked_a_little_late() -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "SendNotice", "before_request")) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.told()["request_doctor"] == "sent"
        assert [template for template, _ in office.sent()].count(QUESTION) == 1
        assert (office.status(), office.sent()[-1][1]) == ("expired", TIME_IS_UP)


@pytest.mark.parametrize("answer", ["approve", "decline"])
def test_a_question_that_may_have_been_asked_is_not_asked_again_once_it_is_answered(answer: str) -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "SendNotice", "after_request")) as office:
        office.ask()
        office.at(NOW + timedelta(minutes=5), getattr(office, answer))
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()].count(QUESTION) == 1
        assert office.told()["request_doctor"] == "failed"  # for all that is known


def test_a_question_of_unknown_fate_does_not_keep_a_request_from_expiring_in_time() -> None:
    soon = NOW + timedelta(minutes=10)
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "SendNotice", "after_request")) as office:
        office.ask(expires_at=soon)
        office.stack.run_until_idle()
        assert (office.status(), office.told()["request_doctor"]) == ("expired", "failed")
        assert office.sent()[-1][1] - soon <= timedelta(seconds=5)


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
