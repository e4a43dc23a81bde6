"""A step's process dies: the request ends once, in time, and each is told once."""

import pytest

from clinic.contracts.workflows import REQUEST_EXPIRATION
from tests.workflows.requested import QUESTION, TIME_IS_UP, dies, requests_stack

ALL = [QUESTION, "request_expired_patient", "request_expired_doctor"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["ExpireRequest", "RecordExpiration", "SendNotice"])
def test_around_its_effect_the_step_is_repeated_and_nothing_happens_twice(step: str, when: str) -> None:
    with requests_stack(faults=dies(REQUEST_EXPIRATION, step, when)) as office:
        office.ask()
        office.stack.run_until_idle()
        assert sorted(template for template, _ in office.sent()) == sorted(ALL)
        assert (office.status(), office.places()) == ("expired", {})
        assert office.run(REQUEST_EXPIRATION).output == {
            "requestId": "q-1",
            "outcome": "expired",
            "slotReleased": True,
            "patientNotified": True,
            "doctorNotified": True,
            "expirationHandled": True,
        }
        assert len(office.stack.items("StatisticsTable")) == 1


def test_a_notice_that_never_left_goes_out_a_little_late() -> None:
    with requests_stack(faults=dies(REQUEST_EXPIRATION, "SendNotice", "before_request")) as office:
        office.ask()
        office.stack.run_until_idle()
        assert set(office.told().values()) == {"sent"}
        assert sorted(template for template, _ in office.sent()) == sorted(ALL)
        assert office.run(REQUEST_EXPIRATION).output["patientNotified"] is True


def test_a_run_that_fails_for_good_is_asked_for_again_and_ends_it() -> None:
    with requests_stack(faults=dies(REQUEST_EXPIRATION, "ExpireRequest", "before", times=3)) as office:
        office.ask()
        office.stack.run_until_idle()
        run = office.run(REQUEST_EXPIRATION)
        assert (run.status, run.input["detail"]["requestId"]) == ("FAILED", "q-1")
        assert office.status() == "pending"
        office.stack.publish("reservation/request-expired", run.input["detail"])
        office.stack.run_until_idle()
        assert (office.status(), office.places()) == ("expired", {})
        assert office.stack.clock.now() > TIME_IS_UP
