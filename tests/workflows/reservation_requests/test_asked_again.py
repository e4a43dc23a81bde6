"""A request is made again later: it waits too, or finds that it was answered."""

from datetime import timedelta

from clinic.contracts.workflows import RESERVATION_REQUESTS
from tests.fakes.examples import NOW
from tests.workflows.requested import QUESTION, TIME_IS_UP, RequestsStack


def test_a_repeat_waits_too_so_the_first_run_may_be_lost(office: RequestsStack) -> None:
    office.ask()
    office.at(NOW + timedelta(hours=1), office.ask)
    office.at(NOW + timedelta(hours=2), lambda: office.stack.stop(office.runs(RESERVATION_REQUESTS)[0].arn))
    office.stack.run_until_idle()
    assert office.outcomes(RESERVATION_REQUESTS) == ["ABORTED", "already_received"]
    assert (office.status(), office.sent()[-1][1]) == ("expired", TIME_IS_UP)


def test_a_repeat_after_the_answer_brings_nothing_back(office: RequestsStack) -> None:
    office.ask()
    office.at(NOW + timedelta(hours=1), office.decline)
    office.at(NOW + timedelta(hours=2), office.ask)
    office.stack.run_until_idle()
    assert [template for template, _ in office.sent()] == [QUESTION, "reservation_declined_patient"]
    assert (office.status(), office.places()) == ("declined", {})
