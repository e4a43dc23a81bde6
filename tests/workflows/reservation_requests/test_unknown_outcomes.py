"""A request ends in time, though nobody knows whether its doctor was asked, or says that its time is up."""

from datetime import timedelta

import pytest

from clinic.contracts.workflows import RESERVATION_REQUESTS
from tests.fakes.examples import NOW
from tests.workflows.requested import QUESTION, dies, requests_stack


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


def test_an_expiry_that_is_never_announced_fails_the_run_loudly() -> None:
    with requests_stack(faults=dies(RESERVATION_REQUESTS, "AnnounceExpiry", "before", times=3)) as office:
        office.ask()
        office.stack.run_until_idle()
        assert office.run(RESERVATION_REQUESTS).status == "FAILED"
        assert office.status() == "pending"  # the night's cleanup will find it
