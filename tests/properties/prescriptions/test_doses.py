"""Doses against somebody who watches the clock on the wall: any zone, most often when its clocks change."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from math import ceil
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.local_time import date_exists
from clinic.domain.prescriptions.doses import WAKING_HOURS, WakingHours, ahead, doses
from clinic.domain.prescriptions.dosing import (
    AtInstant,
    AtLocalTime,
    ClockTimes,
    EveryDays,
    EveryHours,
    ForDays,
    Frequency,
    OnDate,
    SomeDays,
    StartAt,
    TimesPerDay,
    UntilDate,
    Weekdays,
)
from tests.properties.prescriptions.dose_oracle import MINUTE, Ward, at
from tests.properties.slots.clinic_year import YEARS

Course = ForDays | UntilDate
A_DAY = timedelta(days=1)
MOST_DAYS = 3

CLOCKS_OF_A_YEAR = (time(0), time(1, 30), time(2, 0), time(2, 45), time(9, 5), time(23, 55))


@pytest.mark.parametrize(("zone", "year"), YEARS)
def test_a_years_doses_are_those_of_the_clock_on_the_wall(zone: str, year: int) -> None:
    new_year = OnDate(date(year, 1, 1))
    ward = Ward(zone, new_year.day, 366, tick=5)
    wakes = WAKING_HOURS.begin
    for duration in (ForDays(360), UntilDate(date(year, 12, 31))):
        at_clocks = list(doses(ClockTimes(CLOCKS_OF_A_YEAR), new_year, duration, zone))
        assert at_clocks == ward.by_the_clock(CLOCKS_OF_A_YEAR, new_year, duration)
        every_seven = list(doses(EveryHours(7), new_year, duration, zone))
        assert every_seven == ward.every(7, new_year, duration, wakes)


@cache
def days_of_change(zone: str, year: int) -> list[date]:
    """The dates around which a zone's offset changes in a year; New Year where it never does."""
    noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + n * A_DAY for n in range(365)]
    offsets = [noon.astimezone(ZoneInfo(zone)).utcoffset() for noon in noons]
    return [noons[n].date() for n in range(1, 365) if offsets[n] != offsets[n - 1]] or [noons[0].date()]


@st.composite
def zoned_days(draw: st.DrawFn) -> tuple[str, date]:
    """A date of any zone, most often one whose clocks change."""
    zone = draw(st.sampled_from(sorted(iana_time_zones())) | st.sampled_from([zone for zone, _ in YEARS]))
    year = draw(st.integers(1990, 2037))
    change = draw(st.sampled_from(days_of_change(zone, year)))
    any_day = date(year, 1, 1) + draw(st.integers(0, 364)) * A_DAY
    return zone, draw(st.sampled_from([change + draw(st.integers(-2, 1)) * A_DAY, any_day]))


minutes_of_day = st.integers(0, 24 * 60 - 1) | st.integers(0, 4 * 60)
clock_times = minutes_of_day.map(lambda minutes: time(*divmod(minutes, 60)))
some_clocks = st.lists(clock_times, min_size=1, max_size=6, unique=True).map(
    lambda found: tuple(sorted(found))
)
frequencies = (
    st.integers(1, 12).map(TimesPerDay) | st.integers(1, 168).map(EveryHours) | some_clocks.map(ClockTimes)
)


@st.composite
def waking_hours(draw: st.DrawFn) -> WakingHours:
    begin = draw(st.integers(0, 23 * 60 - 1))
    end = draw(st.integers(begin + 60, 24 * 60 - 1))
    return WakingHours(time(*divmod(begin, 60)), time(*divmod(end, 60)))


@st.composite
def prescribed(draw: st.DrawFn) -> tuple[str, date, StartAt, Course]:
    """A zone, a date near the start, the start itself and a short duration."""
    zone, day = draw(zoned_days())
    wall = at(day, draw(clock_times))
    instant = wall.replace(tzinfo=UTC) + draw(st.integers(-14, 14)) * timedelta(hours=1)
    starts: list[StartAt] = [OnDate(day), AtLocalTime(wall), AtInstant(instant)]
    for_days = ForDays(draw(st.integers(1, MOST_DAYS)))
    # Two days on, no start is later than the last date, even where a date is left out.
    until = UntilDate(day + draw(st.integers(2, MOST_DAYS)) * A_DAY)
    durations: list[Course] = [for_days, until]
    return zone, day, draw(st.sampled_from(starts)), draw(st.sampled_from(durations))


# When the prescription came: so many minutes after its date began in Greenwich; None: in time.
told = st.none() | st.integers(-16 * 60, 42 * 60)


def told_at(day: date, minutes: int | None) -> datetime | None:
    return None if minutes is None else datetime(day.year, day.month, day.day, tzinfo=UTC) + minutes * MINUTE


@given(prescribed(), some_clocks, told)
@example(
    ("America/St_Johns", date(1990, 10, 28), OnDate(date(1990, 10, 28)), ForDays(1)),
    (time(0), time(23, 30)),
    None,
)
@example(
    ("America/St_Johns", date(2010, 11, 6), AtLocalTime(at(date(2010, 11, 6), time(23, 30))), ForDays(2)),
    (time(0), time(23, 15), time(23, 45)),
    None,
)
@example(
    ("Pacific/Apia", date(2011, 12, 30), OnDate(date(2011, 12, 30)), ForDays(1)),
    (time(0), time(12), time(23, 59)),
    None,
)
@example(
    ("America/Mexico_City", date(2026, 11, 30), OnDate(date(2026, 11, 30)), ForDays(3)), (time(8),), 20 * 60
)
def test_clock_times_in_any_zone_are_those_of_the_clock_on_the_wall(
    prescription: tuple[str, date, StartAt, Course], clocks: tuple[time, ...], minutes: int | None
) -> None:
    zone, day, start, duration = prescription
    known = told_at(day, minutes)
    expected = Ward(zone, day, MOST_DAYS).by_the_clock(clocks, start, duration, known)
    assert list(doses(ClockTimes(clocks), start, duration, zone, prescribed_at=known)) == expected


@given(prescribed(), st.integers(1, 168), waking_hours(), told)
@example(
    ("America/Mexico_City", date(2026, 11, 30), OnDate(date(2026, 11, 30)), ForDays(3)),
    8,
    WAKING_HOURS,
    20 * 60 + 1,
)
def test_every_so_many_hours_in_any_zone_are_as_many_hours_on_a_stopwatch(
    prescription: tuple[str, date, StartAt, Course], hours: int, waking: WakingHours, minutes: int | None
) -> None:
    zone, day, start, duration = prescription
    known = told_at(day, minutes)
    expected = Ward(zone, day, MOST_DAYS).every(hours, start, duration, waking.begin, known)
    assert list(doses(EveryHours(hours), start, duration, zone, waking, prescribed_at=known)) == expected


# Whole fives: the nurse looks at the clock every five minutes.
fives = st.integers(0, 24 * 12 - 1).map(lambda number: time(*divmod(5 * number, 60)))


@settings(max_examples=40)
@given(
    zoned_days(),
    st.tuples(fives, st.sets(fives, min_size=1, max_size=3)),
    st.integers(2, 9) | st.sets(st.integers(0, 6), min_size=1, max_size=6),
    st.integers(1, 20),
    st.none() | st.integers(-12, 24),
)
@example(("America/Mexico_City", date(2026, 11, 30)), (time(14, 30), {time(8)}), {0, 2, 4}, 14, None)
def test_some_days_are_those_that_a_nurse_crosses_on_the_calendar(
    zoned: tuple[str, date],
    hours_of_day: tuple[time, set[time]],
    taken: int | set[int],
    days: int,
    hours: int | None,
) -> None:
    hour, clocks = hours_of_day
    zone, day = zoned
    assume(all(date_exists(day + n * A_DAY, zone) for n in range(-2, 45)))
    start = AtLocalTime(at(day, hour))
    known = told_at(day, None if hours is None else hours * 60)
    on_days: EveryDays | Weekdays = (
        EveryDays(taken) if isinstance(taken, int) else Weekdays(tuple(sorted(taken)))
    )
    if isinstance(taken, int):
        crossed: tuple[int, Collection[int]] = (taken, range(7))
    else:
        crossed = (1, taken)
    times = tuple(sorted(clocks))
    expected = Ward(zone, day, 40, tick=5).on_some_days(times, crossed, start, days, known)
    frequency = SomeDays(on_days, ClockTimes(times))
    assert list(doses(frequency, start, ForDays(days), zone, prescribed_at=known)) == expected


@given(prescribed(), st.integers(1, 12), waking_hours(), told)
def test_times_per_day_are_clock_times_in_waking_hours(
    prescription: tuple[str, date, StartAt, Course], times: int, waking: WakingHours, minutes: int | None
) -> None:
    zone, day, start, duration = prescription
    assume((times, duration) != (1, ForDays(1)))  # a single dose
    known = told_at(day, minutes)
    at_clocks = list(doses(ClockTimes(waking.times(times)), start, duration, zone, prescribed_at=known))
    assert list(doses(TimesPerDay(times), start, duration, zone, waking, prescribed_at=known)) == at_clocks


@given(prescribed(), st.integers(1, 12))
def test_nobody_is_woken_for_a_dose_so_many_times_a_day(
    prescription: tuple[str, date, StartAt, Course], times: int
) -> None:
    zone, _, start, duration = prescription
    for instant in doses(TimesPerDay(times), start, duration, zone):
        assert WAKING_HOURS.begin <= instant.astimezone(ZoneInfo(zone)).time() <= WAKING_HOURS.end


@given(waking_hours(), st.integers(1, 12))
def test_doses_lie_evenly_from_the_first_waking_hour_to_the_last(waking: WakingHours, times: int) -> None:
    day = date(2026, 11, 30)
    clocks = [at(day, clock) for clock in waking.times(times)]
    begin, end = at(day, waking.begin), at(day, waking.end)
    assert len(clocks) == times
    assert clocks[0] == begin
    assert all((clock - begin) % (5 * MINUTE) == timedelta(0) for clock in clocks)
    if times > 1:
        assert end - 5 * MINUTE < clocks[-1] <= end
        even = (end - begin) / (times - 1)
        assert all(abs(later - earlier - even) < 5 * MINUTE for earlier, later in pairwise(clocks))


@given(prescribed(), frequencies)
def test_doses_ascend_from_the_start_and_each_is_an_instant_of_utc(
    prescription: tuple[str, date, StartAt, Course], frequency: Frequency
) -> None:
    zone, _, start, duration = prescription
    found = list(doses(frequency, start, duration, zone))
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(instant.tzinfo is UTC for instant in found)
    if isinstance(start, AtInstant):
        assert all(instant >= start.instant for instant in found)
    else:
        first_date = start.day if isinstance(start, OnDate) else start.wall.date()
        assert all(instant.astimezone(ZoneInfo(zone)).date() >= first_date for instant in found)


@given(prescribed(), st.integers(1, 40), st.integers(3, 168), told)
@example(("America/Mexico_City", date(2026, 11, 30), OnDate(date(2026, 11, 30)), ForDays(1)), 3, 5, 20 * 60)
def test_so_many_days_every_so_many_hours_are_as_many_doses_whenever_they_come_or_start(
    prescription: tuple[str, date, StartAt, Course], days: int, hours: int, minutes: int | None
) -> None:
    zone, day, start, _ = prescription
    found = list(doses(EveryHours(hours), start, ForDays(days), zone, prescribed_at=told_at(day, minutes)))
    assert len(found) == ceil(days * 24 / hours)


@given(prescribed(), st.integers(1, 20), st.integers(1, 12), told)
@example(("America/Mexico_City", date(2026, 11, 30), OnDate(date(2026, 11, 30)), ForDays(1)), 3, 1, 20 * 60)
def test_so_many_days_are_as_many_times_the_doses_of_a_day_whenever_they_come_or_start(
    prescription: tuple[str, date, StartAt, Course], days: int, times: int, minutes: int | None
) -> None:
    zone, day, start, _ = prescription
    found = list(doses(TimesPerDay(times), start, ForDays(days), zone, prescribed_at=told_at(day, minutes)))
    assert len(found) == days * times


@given(prescribed(), frequencies, st.integers(-3, 100))
def test_what_lies_ahead_is_the_rest_of_the_same_doses(
    prescription: tuple[str, date, StartAt, Course], frequency: Frequency, hours: int
) -> None:
    zone, day, start, duration = prescription
    now = datetime(day.year, day.month, day.day, tzinfo=UTC) + hours * timedelta(hours=1)
    everything = list(doses(frequency, start, duration, zone))
    left = list(ahead(everything, now))
    assert left == [instant for instant in everything if instant >= now]
    assert everything[len(everything) - len(left) :] == left
