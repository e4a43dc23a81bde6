"""A step's process dies: one booking, one announcement's worth of messages, one word to the patient."""

import pytest

from clinic.contracts.workflows import REQUEST_DECISIONS, RESERVATION_REQUESTS
from tests.workflows.requested import QUESTION, TIME_IS_UP, dies, requests_stack

APPROVED = [QUESTION, "appointment_confirmed", "appointment_reminder_24h", "appointment_reminder_2h"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["ApplyDecision", "AnnounceAppointment", "StopWaiting"])
def test_an_approval_comes_to_the_same(step: str, when: str) -> None:
    with requests_stack(faults=dies(REQUEST_DECISIONS, step, when)) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.approve()
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()] == APPROVED
        assert (office.status(), office.places()) == ("approved", {"q-1": "booked"})
        assert office.run(REQUEST_DECISIONS).output["outcome"] == "approved"
        assert office.run(RESERVATION_REQUESTS).status == "ABORTED"
        assert office.stack.unused_faults() == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["ApplyDecision", "StopWaiting", "SendNotice"])
def test_a_refusal_comes_to_the_same(step: str, when: str) -> None:
    with requests_stack(faults=dies(REQUEST_DECISIONS, step, when)) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.decline()
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()] == [QUESTION, "reservation_declined_patient"]
        assert (office.status(), office.places()) == ("declined", {})
        assert office.run(REQUEST_DECISIONS).output["outcome"] == "declined"


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["ApplyDecision", "SendNotice"])
def test_a_late_approval_comes_to_the_same(step: str, when: str) -> None:
    with requests_stack(faults=dies(REQUEST_DECISIONS, step, when)) as office:
        office.ask()
        office.stack.run_until(TIME_IS_UP)
        office.approve()
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()].count("approval_too_late_doctor") == 1
        assert office.outcomes(REQUEST_DECISIONS) == ["too_late"]


def test_a_waiting_run_that_can_not_be_stopped_finds_nothing_to_do() -> None:
    with requests_stack(faults=dies(REQUEST_DECISIONS, "StopWaiting", "before", times=3)) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.decline()
        office.stack.run_until_idle()
        assert office.run(REQUEST_DECISIONS).output["waitingStopped"] is False
        assert office.run(RESERVATION_REQUESTS).output["expiryAnnounced"] is False
        assert [template for template, _ in office.sent()] == [QUESTION, "reservation_declined_patient"]


def test_an_approval_that_fails_for_good_leaves_the_request_to_its_time() -> None:
    with requests_stack(faults=dies(REQUEST_DECISIONS, "ApplyDecision", "before", times=3)) as office:
        office.ask()
        office.stack.advance(hours=1)
        office.approve()
        office.stack.run_until_idle()
        run = office.run(REQUEST_DECISIONS)
        assert (run.status, run.input["detail"]["requestId"]) == ("FAILED", "q-1")
        assert (office.status(), office.places()) == ("expired", {})
