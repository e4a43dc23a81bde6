"""Hours in which nobody is written to, by the clock on the recipient's wall."""

from datetime import UTC, datetime, time

import pytest

from clinic.domain.messages.quiet_hours import QuietHours

NIGHT = QuietHours(time(21), time(8))
SIESTA = QuietHours(time(14), time(16))
MEXICO = "America/Mexico_City"  # UTC-6 all year
TIJUANA = "America/Tijuana"  # back from 02:00 to 01:00 on 2026-11-01, on from 02:00 to 03:00 on 2027-03-14
SAMOA = "Pacific/Apia"  # left out 2011-12-30


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("clock", "is_quiet"),
    [("20:59", False), ("21:00", True), ("23:59", True), ("00:00", True), ("07:59", True), ("08:00", False)],
)
def test_over_midnight_they_begin_at_their_first_minute_and_end_before_their_last(
    clock: str, *, is_quiet: bool
) -> None:
    local = datetime.fromisoformat(f"2026-12-02T{clock}:00-06:00")
    assert NIGHT.contain(local.astimezone(UTC), MEXICO) is is_quiet


@pytest.mark.parametrize(("clock", "is_quiet"), [("13:59", False), ("14:00", True), ("16:00", False)])
def test_within_a_day_too(clock: str, *, is_quiet: bool) -> None:
    local = datetime.fromisoformat(f"2026-12-02T{clock}:00-06:00")
    assert SIESTA.contain(local.astimezone(UTC), MEXICO) is is_quiet


@pytest.mark.parametrize(
    ("instant", "allowed"),
    [
        ("2026-12-03T15:00", "2026-12-03T15:00"),  # nine in the morning
        ("2026-12-03T03:00", "2026-12-03T14:00"),  # nine in the evening
        ("2026-12-03T10:30:30", "2026-12-03T14:00"),  # half past four in the morning
    ],
)
def test_the_next_minute_that_is_allowed_is_their_end(instant: str, allowed: str) -> None:
    assert NIGHT.next_allowed(at(instant), MEXICO) == at(allowed)


@pytest.mark.parametrize(
    ("instant", "allowed"),
    [
        ("2026-12-03T02:59:59", "2026-12-03T02:59:59"),
        ("2026-12-03T03:00", "2026-12-03T02:59"),
        ("2026-12-03T13:00", "2026-12-03T02:59"),
    ],
)
def test_the_last_minute_that_was_allowed_is_the_one_before_they_began(instant: str, allowed: str) -> None:
    assert NIGHT.last_allowed(at(instant), MEXICO) == at(allowed)


def test_an_end_that_the_clock_shows_twice_is_awaited_in_each_round() -> None:
    until_half_past_one = QuietHours(time(21), time(1, 30))
    first_round, second_round = at("2026-11-01T08:10"), at("2026-11-01T09:10")  # 01:10 both times
    assert until_half_past_one.next_allowed(first_round, TIJUANA) == at("2026-11-01T08:30")
    assert until_half_past_one.next_allowed(second_round, TIJUANA) == at("2026-11-01T09:30")


def test_an_end_that_the_clock_leaves_out_is_where_the_clock_goes_on() -> None:
    until_half_past_two = QuietHours(time(21), time(2, 30))
    assert until_half_past_two.next_allowed(at("2027-03-14T09:50"), TIJUANA) == at("2027-03-14T10:00")


def test_a_clock_that_goes_back_before_their_beginning_lets_in_what_it_shows_again() -> None:
    from_half_past_one = QuietHours(time(1, 30), time(8))
    assert from_half_past_one.next_allowed(at("2026-11-01T08:45"), TIJUANA) == at("2026-11-01T09:00")
    assert from_half_past_one.last_allowed(at("2026-11-01T09:45"), TIJUANA) == at("2026-11-01T09:29")


def test_a_night_before_a_date_that_is_left_out_ends_on_the_date_after_it() -> None:
    evening = at("2011-12-30T09:00")  # 23:00 on the 29th, UTC-10
    assert NIGHT.next_allowed(evening, SAMOA) == at("2011-12-30T18:00")  # 08:00 on the 31st, UTC+14


def test_hours_that_never_end_are_refused() -> None:
    with pytest.raises(ValueError, match="end at another time"):
        QuietHours(time(8), time(8))
