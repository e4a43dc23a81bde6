"""An approval after the request was closed changes nothing, and the doctor is told so once."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from clinic.contracts.workflows import REQUEST_DECISIONS
from tests.fakes.examples import NOW
from tests.workflows.requested import DOCTOR, SLOT, TIME_IS_UP, RequestsStack

TOO_LATE = ("approval_too_late_doctor", DOCTOR)
LATER = TIME_IS_UP + timedelta(minutes=1)


def declines(office: RequestsStack) -> None:
    office.at(NOW + timedelta(hours=1), office.decline)


def says_nothing(office: RequestsStack) -> None:
    pass


@pytest.mark.parametrize(("doctor", "status"), [(declines, "declined"), (says_nothing, "expired")])
def test_the_doctor_is_told(
    office: RequestsStack, doctor: Callable[[RequestsStack], None], status: str
) -> None:
    office.ask()
    doctor(office)
    office.at(LATER, office.approve)
    office.stack.run_until_idle()
    assert office.recipients()[-1] == TOO_LATE
    assert (office.status(), office.places()) == (status, {})
    assert office.outcomes(REQUEST_DECISIONS)[-1] == "too_late"
    assert (office.reservation("q-1"), office.put_on_the_bus("appointment/created")) == (None, [])


def test_once_though_the_answer_comes_three_times(office: RequestsStack) -> None:
    office.ask()
    for hours in range(1, 4):
        office.at(TIME_IS_UP + timedelta(hours=hours), office.approve)
    office.stack.run_until_idle()
    assert office.recipients().count(TOO_LATE) == 1
    assert office.outcomes(REQUEST_DECISIONS) == ["too_late"] * 3


def test_a_slot_that_went_to_somebody_else_meanwhile_is_theirs(office: RequestsStack) -> None:
    office.ask()
    office.at(LATER, lambda: office.ask("q-2", LATER + timedelta(hours=9)))
    office.at(LATER + timedelta(minutes=1), office.approve)
    office.at(LATER + timedelta(minutes=2), lambda: office.approve("q-2"))
    office.stack.run_until(LATER + timedelta(hours=10))
    assert (office.status("q-1"), office.status("q-2")) == ("expired", "approved")
    assert office.places() == {"q-2": "booked"}


def test_a_refusal_after_the_end_is_nobodys_business(office: RequestsStack) -> None:
    office.ask()
    office.at(LATER, office.decline)
    office.stack.run_until_idle()
    assert office.outcomes(REQUEST_DECISIONS) == ["already_closed"]
    assert len(office.messages) == 3


def test_nothing_is_booked_once_the_visit_has_begun_though_nobody_ended_the_request(
    office: RequestsStack,
) -> None:
    office.ask(expires_at=SLOT.start)
    office.stack.advance(minutes=1)
    office.stack.stop(office.stack.executions()[0].arn)
    office.at(SLOT.start + timedelta(minutes=10), office.approve)
    office.stack.run_until_idle()
    assert office.outcomes(REQUEST_DECISIONS) == ["too_late"]
    assert (office.recipients()[-1], office.reservation("q-1")) == (TOO_LATE, None)
