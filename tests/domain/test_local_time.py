"""A time of day becomes an instant, and tomorrow a date."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfoNotFoundError

import pytest

from clinic.domain.local_time import dates_from, first_instant


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "instant"),
    [
        ("America/Mexico_City", "2026-11-30", "09:00", "2026-11-30T15:00"),
        ("Asia/Kathmandu", "2026-11-30", "09:00", "2026-11-30T03:15"),
        ("America/Tijuana", "2027-03-14", "01:59", "2027-03-14T09:59"),
        ("America/Tijuana", "2027-03-14", "03:00", "2027-03-14T10:00"),
        ("America/Tijuana", "2027-11-07", "02:00", "2027-11-07T10:00"),
    ],
)
def test_a_time_of_day_is_the_zones_own(zone: str, day: str, clock: str, instant: str) -> None:
    assert first_instant(date.fromisoformat(day), time.fromisoformat(clock), zone) == utc(instant)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "gaps_end"),
    [
        ("America/Tijuana", "2027-03-14", "02:00", "2027-03-14T10:00"),
        ("America/Tijuana", "2027-03-14", "02:30", "2027-03-14T10:00"),
        ("America/Tijuana", "2027-03-14", "02:59", "2027-03-14T10:00"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30"),
        ("America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00"),
        ("Pacific/Apia", "2011-12-30", "12:00", "2011-12-30T10:00"),
    ],
)
def test_a_time_that_the_clock_skips_is_the_gaps_end(zone: str, day: str, clock: str, gaps_end: str) -> None:
    assert first_instant(date.fromisoformat(day), time.fromisoformat(clock), zone) == utc(gaps_end)


@pytest.mark.parametrize(
    ("zone", "day", "clock", "first"),
    [
        ("America/Tijuana", "2027-11-07", "01:00", "2027-11-07T08:00"),
        ("America/Tijuana", "2027-11-07", "01:59", "2027-11-07T08:59"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
        ("America/Santiago", "2026-04-04", "23:30", "2026-04-05T02:30"),
    ],
)
def test_a_time_that_the_clock_shows_twice_is_its_first_round(
    zone: str, day: str, clock: str, first: str
) -> None:
    assert first_instant(date.fromisoformat(day), time.fromisoformat(clock), zone) == utc(first)


def test_a_horizon_is_so_many_dates_from_its_first_on() -> None:
    month = dates_from(date(2026, 11, 23), "America/Mexico_City", 30)
    assert (month[0], month[-1], len(month)) == (date(2026, 11, 23), date(2026, 12, 22), 30)
    assert dates_from(date(2026, 11, 23), "America/Mexico_City", 0) == ()


def test_a_date_that_a_zone_leaves_out_does_not_count() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011; Saturday must not be left without slots."""
    assert dates_from(date(2011, 12, 30), "Pacific/Apia", 2) == (date(2011, 12, 31), date(2012, 1, 1))


def test_there_is_no_time_in_a_zone_that_is_none() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        first_instant(date(2026, 11, 30), time(9), "America/Nowhere")
