"""``reservation/request-expired`` from somebody else: too early, after the answer, twice, for nothing."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.contracts.workflows import REQUEST_EXPIRATION
from tests.fakes.examples import NOW
from tests.workflows.requested import TIME_IS_UP, RequestsStack, requests_stack

ONCE = ["request_expired_patient", "request_expired_doctor"]
AN_HOUR_LATER = NOW + timedelta(hours=1)


def expired(office: RequestsStack) -> list[str]:
    return [template for template, _ in office.sent() if template.startswith("request_expired")]


def test_before_its_time_it_waits(office: RequestsStack) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, office.expire)
    office.stack.run_until(TIME_IS_UP - timedelta(seconds=1))
    assert (office.status(), expired(office)) == ("pending", [])
    office.stack.run_until_idle()
    assert (office.status(), expired(office)) == ("expired", ONCE)
    assert sorted(office.outcomes(REQUEST_EXPIRATION)) == ["already_expired", "expired"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [(RequestsStack.approve, "already_approved"), (RequestsStack.decline, "already_closed")],
)
def test_after_the_answer_it_changes_nothing(
    office: RequestsStack, answer: Callable[[RequestsStack], str], outcome: str
) -> None:
    office.ask()
    office.at(AN_HOUR_LATER, lambda: answer(office))
    office.at(TIME_IS_UP, office.expire)
    office.stack.run_until(TIME_IS_UP + timedelta(minutes=1))
    assert office.outcomes(REQUEST_EXPIRATION) == [outcome]
    assert expired(office) == []
    run = office.run(REQUEST_EXPIRATION)
    assert (run.output["expirationHandled"], run.output["slotReleased"]) == (False, False)


def test_a_request_nobody_knows_is_waited_for_and_fails_the_run_after_a_day(office: RequestsStack) -> None:
    office.expire("q-404")
    office.stack.run_until_idle()
    run = office.run(REQUEST_EXPIRATION)
    assert (run.status, run.error) == ("FAILED", "UnknownRequestError")
    assert run.stopped_at is not None
    assert run.stopped_at - run.started_at == timedelta(days=1)
    assert office.messages == []


@pytest.mark.parametrize("concurrent", [False, True], ids=["one after the other", "side by side"])
def test_three_times_it_happens_once(concurrent: bool) -> None:
    with requests_stack(concurrent=concurrent) as office:
        office.ask()
        for _ in range(3):
            office.at(TIME_IS_UP, office.expire)
        office.stack.run_until_idle()
        assert sorted(expired(office)) == sorted(ONCE)
        outcomes = office.outcomes(REQUEST_EXPIRATION)
        assert outcomes.count("expired") == 1
        assert set(outcomes) == {"expired", "already_expired"}
        assert office.places() == {}
