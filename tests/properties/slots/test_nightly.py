"""Every zone's night work, against somebody who looks at its clock every minute."""

import functools
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.slots.nightly import NightlyJob, Occasion, occasions
from tests.properties.slots.test_slot_generation import zoned_days

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = sorted(iana_time_zones())
GENERATION, CLEANUP = NightlyJob.SLOT_GENERATION, NightlyJob.SLOT_CLEANUP
USUAL = {GENERATION: time(2), CLEANUP: time(3)}


def watched(zone: str, clock: time, begin: datetime, end: datetime) -> Iterator[tuple[datetime, date]]:
    """When the clock on the wall first shows this time of each date it shows at all, or has passed it.

    It is looked at every minute, from days before: a date is over once another is seen.
    """
    watch_begins = begin - 3 * DAY
    seen: set[date] = set()
    shown = readings(zone, watch_begins, end + 3 * DAY)
    ahead = {wall.date() for wall in shown[::10]}
    latest = datetime.min  # noqa: DTZ901 - a wall clock
    finished = latest  # until it shows this, it has nothing new to show of the dates it shows
    for number, wall in enumerate(shown[: (end - watch_begins) // MINUTE]):
        if wall <= latest:
            continue
        latest = wall
        if wall < finished:
            continue
        days = wall.date() - DAY, wall.date()
        for day in days:
            is_due = wall >= datetime.combine(day, clock)
            if day in ahead and day not in seen and is_due:
                seen.add(day)
                instant = watch_begins + number * MINUTE
                if begin <= instant:
                    yield instant, day
        if all(day in seen or day not in ahead for day in days):
            finished = datetime.combine(days[1] + DAY, time.min)


@functools.lru_cache(maxsize=2)
def readings(zone: str, begin: datetime, end: datetime) -> list[datetime]:
    """What the clock on the wall shows at every minute."""
    key = ZoneInfo(zone)
    minutes = range((end - begin) // MINUTE)
    return [(begin + number * MINUTE).astimezone(key).replace(tzinfo=None, fold=0) for number in minutes]


def nights(found: tuple[Occasion, ...], job: NightlyJob) -> list[tuple[datetime, date]]:
    return [(it.at, night.date) for it in found if it.job is job for night in it.nights]


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("America/Tijuana", 2026),
        ("America/St_Johns", 2010),  # clocks changed a minute past midnight
        ("Pacific/Apia", 2011),  # had no 30 December
        ("Australia/Lord_Howe", 2026),  # half an hour of summer time
        ("Africa/Cairo", 2026),  # changes at midnight
    ],
)
def test_a_years_nights_come_once_each_when_the_clock_shows_it(zone: str, year: int) -> None:
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    found: list[Occasion] = []
    while begin < end:
        found += occasions([zone], USUAL, begin, begin + DAY)
        begin += DAY
    begin = datetime(year, 1, 1, tzinfo=UTC)
    assert nights(tuple(found), GENERATION) == list(watched(zone, time(2), begin, end))
    dates = [day for _, day in nights(tuple(found), CLEANUP)]
    assert len(set(dates)) == len(dates) >= 364


clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59)) | st.sampled_from(
    [time(0), time(0, 30), time(1), time(2), time(2, 30), time(3), time(23, 59)]
)


@given(zoned_days(), clocks, st.integers(-1440, 1440))
def test_any_nights_of_any_zone_come_when_the_clock_shows_it(
    zoned_day: tuple[str, date], clock: time, shift: int
) -> None:
    zone, day = zoned_day
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) + shift * MINUTE
    found = occasions([zone], {GENERATION: clock}, begin, begin + DAY)
    assert nights(found, GENERATION) == list(watched(zone, clock, begin, begin + DAY))


@given(
    st.lists(st.sampled_from(ZONES), min_size=1, max_size=6),
    st.integers(0, 60 * 24 * 365 * 12),
    st.lists(st.integers(1, 3000), min_size=1, max_size=5),
    clocks,
    clocks,
)
def test_however_time_is_cut_into_windows_each_night_comes_once_and_in_order(
    zones: list[str], begins: int, lengths: list[int], one: time, other: time
) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC) + begins * MINUTE
    jobs = {GENERATION: one, CLEANUP: other}
    whole = occasions(zones, jobs, begin, begin + sum(lengths) * MINUTE)
    parts: list[Occasion] = []
    for length in lengths:
        parts += occasions(zones, jobs, begin, begin + length * MINUTE)
        begin += length * MINUTE
    assert tuple(parts) == whole
    assert [it.at for it in whole] == sorted(it.at for it in whole)
    each = [(it.job, night) for it in whole for night in it.nights]
    assert len(set(each)) == len(each)
    assert len({(it.at, it.job) for it in whole}) == len(whole)


@pytest.mark.parametrize(
    ("first", "last"), [(date(2026, 3, 1), date(2026, 4, 30)), (date(2026, 9, 20), date(2026, 11, 10))]
)
def test_every_zone_there_is_has_each_date_once_when_clocks_change(first: date, last: date) -> None:
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    days = (last - first).days
    found = occasions(ZONES, USUAL, begin, begin + days * DAY)
    for job in (NightlyJob.SLOT_GENERATION, NightlyJob.SLOT_CLEANUP):  # parked visits know no zone
        dates: dict[str, list[date]] = {zone: [] for zone in ZONES}
        for night in (night for it in found if it.job is job for night in it.nights):
            dates[night.time_zone].append(night.date)
        for zone, each in dates.items():
            assert each == [each[0] + n * DAY for n in range(len(each))], zone
            assert abs(len(each) - days) <= 1  # clocks that change move a night into the next window
    # What the length of a run follows from: no more occasions a day than twice the world's offsets.
    assert max(Counter(it.at.date() for it in found).values()) <= 80
