"""The night's cleanup finds, ends and counts."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from clinic.domain.errors import EventBusUnavailableError
from clinic.domain.requests.request import RequestStatus
from clinic.domain.statistics import StatisticKind
from clinic.services.requests import slot_cleanup
from tests.fakes.appointments.bookings import slot
from tests.fakes.examples import IN_NINE_DAYS, NOW, PROFILE
from tests.fakes.ports import ProcessDied
from tests.fakes.requests.desk import ANOTHER, ENDING, TIME_IS_UP, Desk

# The doctor's zone is America/Tijuana: at 11:00 UTC it is 03:00 there.
AT_NIGHT = datetime.fromisoformat("2026-11-25T11:00:00+00:00")
TODAY, YESTERDAY = "2026-11-25", "2026-11-24"


def asked(*expiries: datetime) -> Desk:
    """A desk with a request for each of these instants: q-0, q-1 …"""
    desk = Desk()
    for number, expires_at in enumerate(expiries):
        each = slot(IN_NINE_DAYS + timedelta(hours=number))
        desk.put(each)
        desk.ask(f"q-{number}", slot_id=each.slot_id, expires_at=expires_at)
    return desk


def test_what_is_overdue_is_found_oldest_first() -> None:
    desk = asked(AT_NIGHT - timedelta(hours=1), AT_NIGHT - timedelta(hours=9), AT_NIGHT + timedelta(hours=1))
    assert desk.find(TODAY, AT_NIGHT) == ("q-1", "q-0")


def test_the_instant_itself_counts_as_over() -> None:
    assert asked(AT_NIGHT).find(TODAY, AT_NIGHT) == ("q-0",)


def test_of_a_date_that_is_over_only_what_ran_out_by_its_end_in_the_doctors_zone() -> None:
    midnight = datetime.fromisoformat("2026-11-25T08:00:00+00:00")
    desk = asked(midnight - timedelta(seconds=1), midnight, midnight + timedelta(seconds=1))
    assert desk.find(YESTERDAY, AT_NIGHT) == ("q-0", "q-1")


@pytest.mark.parametrize("future", [TODAY, "2026-12-31", "9999-12-31"])
def test_a_date_that_is_not_over_finds_what_is_over_now(future: str) -> None:
    desk = asked(AT_NIGHT - timedelta(hours=1), AT_NIGHT + timedelta(seconds=1))
    assert desk.find(future, AT_NIGHT) == ("q-0",)


def test_a_date_is_over_by_the_doctors_clock_not_by_utcs() -> None:
    """Seven in the evening in Tijuana, and three in the morning of the next day by UTC."""
    now = datetime.fromisoformat("2026-11-25T03:00:00+00:00")
    assert asked(now - timedelta(hours=1), now + timedelta(hours=1)).find("2026-11-24", now) == ("q-0",)
    # In Tokyo it is past midnight while UTC has eight hours to go.
    after = datetime.fromisoformat("2026-11-24T16:00:00+00:00")
    midnight = after - timedelta(hours=1)
    desk = asked(midnight - timedelta(seconds=1), midnight + timedelta(minutes=5))
    desk.profiles["dr-1"] = replace(PROFILE, time_zone="Asia/Tokyo")
    assert desk.find("2026-11-24", after) == ("q-0",)


def test_a_date_before_all_time_finds_nothing() -> None:
    assert asked(AT_NIGHT).find("0001-01-01", AT_NIGHT) == ()


def test_other_doctors_are_left_alone_and_unknown_ones_have_nothing() -> None:
    desk = asked(TIME_IS_UP)
    desk.profiles["dr-2"] = replace(PROFILE, profile_id="dr-2")
    assert desk.find(TODAY, AT_NIGHT, "dr-2") == ()
    assert desk.find(TODAY, AT_NIGHT, "dr-404") == ()


@pytest.mark.parametrize("answer", ["approve", "decline", "expire"])
def test_what_was_answered_is_not_found(answer: str) -> None:
    desk = asked(TIME_IS_UP)
    getattr(desk, answer)("q-0")
    assert desk.find(TODAY, AT_NIGHT) == ()


def test_there_is_an_end_to_what_one_run_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_cleanup, "MOST_IN_A_RUN", 2)
    desk = asked(*(TIME_IS_UP + timedelta(minutes=n) for n in range(3)))
    assert desk.find(TODAY, AT_NIGHT) == ("q-0", "q-1")


def test_a_place_is_freed_and_the_workflow_that_tells_people_hears_of_it() -> None:
    desk = asked(TIME_IS_UP)
    expiration = desk.clean("q-0", now=AT_NIGHT)
    assert (expiration.outcome, expiration.is_released) == ("expired", True)
    assert desk.places() == {}
    (event,) = desk.events.published
    assert (event.detail_type, event.to_detail()["requestId"]) == ("reservation/request-expired", "q-0")
    heard = desk.expire("q-0", run=ANOTHER, now=AT_NIGHT)
    assert [intent.kind for intent in heard.open_intents] == ["request_expired", "request_expired_doctor"]


def test_what_the_bus_does_not_take_stays_pending_and_is_found_the_next_night() -> None:
    desk = asked(TIME_IS_UP)

    def refuse() -> None:
        raise EventBusUnavailableError("no")

    desk.events.before = refuse
    with pytest.raises(EventBusUnavailableError):
        desk.clean("q-0", now=AT_NIGHT)
    assert desk.places() == {"q-0": "pending"}
    assert desk.find(TODAY, AT_NIGHT + timedelta(days=1)) == ("q-0",)


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_repeated_step_counts_what_its_own_run_has_freed(dies: str) -> None:
    desk = asked(TIME_IS_UP)
    desk.booking_store.dies = dies
    with pytest.raises(ProcessDied):
        desk.clean("q-0", now=AT_NIGHT)
    assert desk.clean("q-0", now=AT_NIGHT).is_released
    assert desk.places() == {}


def test_after_a_death_right_after_its_event_whoever_frees_the_place_counts_it_and_nobody_else() -> None:
    desk = asked(TIME_IS_UP)

    def die() -> None:
        raise ProcessDied

    desk.events.after = die
    with pytest.raises(ProcessDied):
        desk.clean("q-0", now=AT_NIGHT)
    heard = desk.expire("q-0", run=ANOTHER, now=AT_NIGHT)
    repeated = desk.clean("q-0", now=AT_NIGHT)
    assert [heard.is_released, repeated.is_released] == [True, False]
    assert len(desk.events.published) == 1


def test_of_two_nights_runs_at_once_one_counts_it() -> None:
    desk = asked(TIME_IS_UP)
    runs = [desk.clean("q-0", run=run, now=AT_NIGHT).is_released for run in (ENDING, ANOTHER)]
    assert runs == [True, False]


@pytest.mark.parametrize("answer", ["approve", "decline", "expire"])
def test_what_was_answered_meanwhile_is_neither_counted_nor_announced(answer: str) -> None:
    desk = asked(TIME_IS_UP)
    getattr(desk, answer)("q-0")
    assert not desk.clean("q-0", run=ANOTHER, now=AT_NIGHT).is_released
    assert desk.events.published == []


def test_what_is_gone_or_not_over_yet_is_left_alone() -> None:
    desk = asked(AT_NIGHT + timedelta(hours=1))
    assert [desk.clean(name, now=AT_NIGHT).outcome for name in ("q-0", "q-404")] == [
        "not_yet_due",
        "unknown_request",
    ]
    assert (desk.events.published, desk.places()) == ([], {"q-0": "pending"})


def test_an_appointment_announced_meanwhile_keeps_its_place_and_no_expiry_is_announced() -> None:
    desk = Desk()
    desk.ask()
    desk.announce_appointment(now=NOW + timedelta(minutes=1))
    expiration = desk.clean(now=AT_NIGHT)
    assert (expiration.outcome, expiration.is_released) == ("already_approved", False)
    assert (desk.request().status, desk.places()) == (RequestStatus.APPROVED, {"q-1": "booked"})
    assert desk.events.published == []


def test_a_night_is_counted_once() -> None:
    desk = Desk()
    for _ in range(2):
        desk.cleanup.record("dr-1", date.fromisoformat(TODAY), AT_NIGHT, cleaned=3, failed=1)
    (counted,) = desk.statistics.kept.values()
    assert (counted.kind, counted.subject) == (StatisticKind.SLOT_CLEANUP, f"dr-1#{TODAY}")
    assert counted.values == {"profile_id": "dr-1", "slots_cleaned": 3, "slots_failed": 1}
