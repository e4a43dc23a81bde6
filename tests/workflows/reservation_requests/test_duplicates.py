"""However often a request is made, its slot is held once and its doctor asked once."""

from datetime import timedelta

from clinic.contracts.workflows import REQUEST_EXPIRATION, RESERVATION_REQUESTS
from tests.fakes.appointments.bookings import request_detail
from tests.fakes.examples import NOW
from tests.workflows.requested import QUESTION, SLOT, TIME_IS_UP, RequestsStack, requests_stack

ALL = [QUESTION, "request_expired_patient", "request_expired_doctor"]


def test_the_same_event_three_times(office: RequestsStack) -> None:
    for _ in range(3):
        office.ask()
    office.stack.run_until_idle()
    assert [template for template, _ in office.sent()] == ALL
    assert sorted(office.outcomes(RESERVATION_REQUESTS)) == ["already_received"] * 2 + ["held"]
    assert (office.status(), office.places()) == ("expired", {})


def test_one_event_delivered_three_times() -> None:
    with requests_stack(faults={"events": [{"line": 1, "delivered": 3}]}) as office:
        detail = request_detail("q-1", SLOT.slot_id, TIME_IS_UP)
        office.stack.publish("reservation/requested", detail, line=1)
        office.stack.run_until_idle()
        assert [template for template, _ in office.sent()] == ALL
        assert office.outcomes(REQUEST_EXPIRATION).count("expired") == 1


def test_three_deliveries_at_once_where_steps_run_side_by_side() -> None:
    with requests_stack(concurrent=True) as office:
        for _ in range(3):
            office.ask()
        office.stack.run_until_idle()
        assert sorted(template for template, _ in office.sent()) == sorted(ALL)
        assert office.outcomes(REQUEST_EXPIRATION).count("expired") == 1


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
