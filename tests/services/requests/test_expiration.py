"""A request whose time is over frees its slot."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.metrics import EXPIRATION_DELAY
from clinic.domain.errors import UnknownRequestError
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.requests.request import ClosedBecause, RequestStatus
from clinic.domain.statistics import StatisticKind
from clinic.services.requests.expiration import Expiration
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import IN_NINE_DAYS, PROFILE
from tests.fakes.ports import ProcessDied
from tests.fakes.requests.desk import ANOTHER, SLOT, TIME_IS_UP, Desk

LATER = TIME_IS_UP + timedelta(minutes=1)
NOTICES = ["request_expired", "request_expired_doctor"]


@pytest.fixture
def desk() -> Desk:
    """One pending request."""
    desk = Desk()
    desk.ask()
    return desk


def kinds(expiration: Expiration) -> list[str]:
    return [intent.kind for intent in expiration.open_intents]


def test_the_request_ends_its_place_is_free_and_both_are_told(desk: Desk) -> None:
    expiration = desk.expire()
    assert (expiration.outcome, expiration.is_released, kinds(expiration)) == ("expired", True, NOTICES)
    assert desk.places() == {}
    closed = desk.request()
    assert (closed.status, closed.closed_because) == (RequestStatus.EXPIRED, ClosedBecause.NOT_ANSWERED)
    assert {kind: intent.to for kind, intent in desk.told().items() if kind in NOTICES} == {
        "request_expired": "+525500000001",
        "request_expired_doctor": PROFILE.phone,
    }


def test_the_question_that_has_not_left_yet_is_not_asked_any_more(desk: Desk) -> None:
    desk.expire()
    question = desk.told()["request_doctor"]
    assert (question.status, question.reason) == (IntentStatus.SKIPPED, "request_closed")


def test_the_patient_reads_the_requests_language_and_the_doctor_the_clinics() -> None:
    desk = Desk()
    desk.ask(language="en")
    desk.expire()
    told = desk.told()
    assert {kind: intent.language for kind, intent in told.items()} == {
        "request_doctor": "es_MX",
        "request_expired": "en_US",
        "request_expired_doctor": "es_MX",
    }
    assert told["request_expired"].parameters["message"].startswith("Your appointment request expired")
    assert "Clinic phone: +52 55 0000 0099" in told["request_expired"].parameters["message"]


def test_a_slot_whose_request_expired_may_be_asked_for_again(desk: Desk) -> None:
    desk.expire()
    assert desk.ask("q-2", now=LATER, expires_at=LATER + timedelta(hours=1)).outcome == "held"


@pytest.mark.parametrize("early", [timedelta(milliseconds=1), timedelta(hours=3)])
def test_too_early_it_is_asked_again_when_the_time_is_up(desk: Desk, early: timedelta) -> None:
    expiration = desk.expire(now=TIME_IS_UP - early)
    assert (expiration.outcome, expiration.retry_at) == ("not_yet_due", TIME_IS_UP)
    assert (expiration.is_released, desk.places()) == (False, {"q-1": "pending"})


def test_a_request_nobody_knows_is_no_error() -> None:
    expiration = Desk().expire()
    assert (expiration.outcome, expiration.is_released) == ("unknown_request", False)


def test_one_that_an_event_speaks_of_is_waited_for_and_missed_after_a_day() -> None:
    desk = Desk()
    waiting = desk.expiration.expire("q-1", "run-1", TIME_IS_UP, said_at=TIME_IS_UP)
    assert waiting.outcome == "unknown_request"
    assert waiting.retry_at is not None
    assert waiting.retry_at > TIME_IS_UP
    with pytest.raises(UnknownRequestError, match="q-1"):
        desk.expiration.expire("q-1", "run-1", TIME_IS_UP + timedelta(days=1), said_at=TIME_IS_UP)


def test_another_run_is_told_that_it_came_second_and_still_delivers_what_is_open(desk: Desk) -> None:
    desk.expire()
    again = desk.expire(run=ANOTHER, now=LATER)
    assert (again.outcome, again.is_released, kinds(again)) == ("already_expired", False, NOTICES)


@pytest.mark.parametrize(
    ("answer", "outcome"), [(Desk.approve, "already_approved"), (Desk.decline, "already_closed")]
)
def test_an_answer_that_came_first_stands(desk: Desk, answer: Callable[[Desk], Any], outcome: str) -> None:
    answer(desk)
    places = desk.places()
    expiration = desk.expire()
    assert (expiration.outcome, expiration.is_released, kinds(expiration)) == (outcome, False, [])
    assert desk.places() == places


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_step_repeated_after_its_crash_gives_the_same_answer(desk: Desk, dies: str) -> None:
    calm = Desk()
    calm.ask()
    desk.booking_store.dies = dies
    with pytest.raises(ProcessDied):
        desk.expire()
    assert desk.expire() == calm.expire()
    assert desk.booking_store.commits == calm.booking_store.commits


def test_of_two_runs_at_once_one_frees_the_place(desk: Desk) -> None:
    desk.booking_store.meanwhile = lambda: (desk.expire(run=ANOTHER), None)[1]
    assert desk.expire().outcome == "already_expired"


def test_a_place_in_a_group_slot_is_freed_without_the_others() -> None:
    desk, group = Desk(), slot(IN_NINE_DAYS, capacity=3)
    desk.put(group)
    for name in ("q-1", "q-2", "q-3"):
        desk.ask(name, slot_id=group.slot_id)
    desk.approve("q-3")
    desk.expire("q-1")
    assert desk.places(group.slot_id) == {"q-2": "pending", "q-3": "booked"}


def test_a_slot_that_is_gone_does_not_keep_the_request_pending(desk: Desk) -> None:
    del desk.booking_store.slots[SLOT.slot_id]
    assert desk.expire().outcome == "expired"


def test_it_is_counted_once_and_without_names(desk: Desk) -> None:
    desk.expire()
    for _ in range(2):
        desk.expiration.record("q-1")
    (counted,) = desk.statistics.kept.values()
    assert (counted.kind, counted.subject, counted.at) == (StatisticKind.REQUEST_EXPIRED, "q-1", TIME_IS_UP)
    assert counted.values == {"profile_id": "dr-1", "reason": "timeout"}


@pytest.mark.parametrize("answer", [Desk.approve, Desk.decline, None])
def test_what_has_not_expired_is_not_counted(desk: Desk, answer: Callable[[Desk], Any] | None) -> None:
    if answer is not None:
        answer(desk)
    desk.expiration.record("q-1")
    desk.expiration.record("q-404")
    assert desk.statistics.kept == {}


def test_the_notices_are_of_use_for_a_day(desk: Desk) -> None:
    desk.expire(now=LATER)
    assert desk.told()["request_expired"].due_at == LATER
    assert desk.told()["request_expired"].useful_until == LATER + timedelta(hours=24)


def test_the_patient_who_asked_again_is_not_told_of_the_first_request_twice(desk: Desk) -> None:
    desk.expire()
    desk.ask("q-2", now=LATER, expires_at=LATER + timedelta(hours=1))
    desk.expire("q-1", run=ANOTHER, now=LATER + timedelta(hours=2))
    assert desk.places() == {"q-2": "pending"}


def test_how_late_a_request_was_ended_is_measured(desk: Desk) -> None:
    desk.expire(now=TIME_IS_UP + timedelta(seconds=90))
    desk.expiration.record("q-1")
    assert desk.meter.added == [(EXPIRATION_DELAY.name, 90.0, {})]


def test_of_a_request_that_was_answered_no_delay_is_measured(desk: Desk) -> None:
    desk.approve()
    desk.expire()
    desk.expiration.record("q-1")
    assert desk.meter.added == []
