"""When the doses of a prescription are due: instants, worked out one after the other.

What a frequency means:

- *every N hours* is elapsed time from the first dose on, day and night: eight hours stay eight hours when
  clocks change, and nothing shifts them. Where only a date is given, the first dose is at the waking hours'
  begin.
- *clock times* are those of the clock on the patient's wall, on every date. A time that a clock skips or
  shows twice is due once, at ``local_time.first_instant``; two times that a gap brings together are one dose,
  since nobody should take two at once.
- *meals and bedtime* are clock times, too: at the clinic's hours, half an hour earlier or later for before
  and after a meal.
- *some days* are every so many-th date from the first dose's on, or named days of the week.
- *times per day* are clock times placed evenly in the patient's waking hours. A single dose, once on one day
  from an hour of them that was said, is due at that hour.

How many doses a course has: as many as were prescribed, whatever the time of day at which it comes or starts.

- D days of *every N hours* are the doses that begin within D times 24 hours of the first: D times 24 / N,
  rounded up (three days every 5 hours: 15, the last after 70 hours).
- D days of the others are the doses of those of D dates on which it is taken, counted from the date of the
  first
  dose: what is missing on a first date that has partly passed is made up for on the last. Every other day
  for D days is D / 2 doses, rounded up.
- M months are the days until the same day of the month has come again, or the end of a month that has none.
- A last date counts in full and ends the course, however many doses that makes.

When a course begins: at its start. Where that lies on the very date on which it is prescribed, what was due
before it was prescribed does not count: nobody could have been told. Every N hours from an hour that was said
is the exception, since that hour is the first dose's own. A start on an earlier date means a course that is
under way: its earlier doses count as taken.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain, count, dropwhile, islice, pairwise, takewhile
from math import ceil
from zoneinfo import ZoneInfo

from clinic.domain.local_time import MIDNIGHT, date_exists, first_instant
from clinic.domain.prescriptions.dosing import (
    LONGEST_DURATION,
    MOST_TIMES_A_DAY,
    AtInstant,
    AtLocalTime,
    ClockTimes,
    Daily,
    Duration,
    EveryDays,
    EveryHours,
    ForDays,
    ForMonths,
    Frequency,
    Meal,
    MealTime,
    MealTimes,
    OnDate,
    Relation,
    SomeDays,
    StartAt,
    TimesPerDay,
    UntilDate,
    Weekdays,
    is_whole_minute,
)

_A_DAY = timedelta(days=1)
_STEP = 5
_SHORTEST_WAKING = 60
_BETWEEN_MEALS = 60
_AROUND_A_MEAL = 30
_A_SINGLE_DOSE = (TimesPerDay(1), ForDays(1))


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


@dataclass(frozen=True)
class WakingHours:
    """When a patient is awake: of doses "so many times a day" the first and the last, wall clock.

    Attributes:
        begin, end: whole minutes of one day, at least an hour apart, so that the most doses a day fit in.
    """

    begin: time
    end: time

    def __post_init__(self) -> None:
        if not is_whole_minute(self.begin) or not is_whole_minute(self.end):
            raise ValueError("waking hours begin and end at whole minutes")
        if _minutes(self.end) - _minutes(self.begin) < _SHORTEST_WAKING:
            raise ValueError("waking hours end at least an hour after they begin, on the same day")

    def times(self, times_per_day: int) -> tuple[time, ...]:
        """So many times of day: the first at the begin, the last at the end, the others evenly between.

        One alone is at the begin. Each is a whole number of five-minute steps after the begin, rounded down.
        """
        if not 1 <= times_per_day <= MOST_TIMES_A_DAY:
            raise ValueError(f"expected 1 to {MOST_TIMES_A_DAY} times a day")
        begin = _minutes(self.begin)
        length, gaps = _minutes(self.end) - begin, max(times_per_day - 1, 1)
        after = (length * number // gaps // _STEP * _STEP for number in range(times_per_day))
        return tuple(time(*divmod(begin + minutes, 60)) for minutes in after)


WAKING_HOURS = WakingHours(time(8), time(20))


@dataclass(frozen=True)
class MealHours:
    """When a clinic's patients eat and go to bed, by the clock on the wall.

    Attributes:
        breakfast, lunch, dinner, bedtime: whole minutes of one day, in this order, more than an hour apart;
            there is half an hour before breakfast.
    """

    breakfast: time = time(8)
    lunch: time = time(14)
    dinner: time = time(20)
    bedtime: time = time(22)

    def __post_init__(self) -> None:
        clocks = (self.breakfast, self.lunch, self.dinner, self.bedtime)
        minutes = [_minutes(clock) for clock in clocks]
        are_apart = all(later - earlier > _BETWEEN_MEALS for earlier, later in pairwise(minutes))
        if not are_apart or minutes[0] < _AROUND_A_MEAL or not all(map(is_whole_minute, clocks)):
            raise ValueError(
                "expected breakfast (00:30 or later), lunch, dinner and bedtime in this order, "
                "more than an hour apart"
            )

    def time_of(self, moment: MealTime) -> time:
        """When that is: half an hour before or after a meal, or at it."""
        clocks = {
            Meal.BREAKFAST: self.breakfast,
            Meal.LUNCH: self.lunch,
            Meal.DINNER: self.dinner,
            Meal.BEDTIME: self.bedtime,
        }
        after = {Relation.BEFORE: -_AROUND_A_MEAL, Relation.AFTER: _AROUND_A_MEAL}.get(moment.relation, 0)
        return time(*divmod(_minutes(clocks[moment.meal]) + after, 60))


MEAL_HOURS = MealHours()
"""The default: twice a day is twelve hours apart, four times is every four hours, and nobody is woken."""


def doses(
    frequency: Frequency,
    start: StartAt,
    duration: Duration,
    time_zone: str,
    waking: WakingHours = WAKING_HOURS,
    *,
    meals: MealHours = MEAL_HOURS,
    prescribed_at: datetime | None = None,
) -> Iterator[datetime]:
    """The instants (UTC) at which the doses of a course are due, strictly ascending, none before the start.

    Worked out as they are asked for: years of doses take no more memory than one. There are none only where a
    last date comes before the first of them.

    Args:
        frequency: how often.
        start: times of day before it are not due any more; *every N hours* counts from it.
        duration: how long.
        time_zone: the patient's, IANA.
        waking: where *times per day* are placed, and when *every N hours* begins on a date alone.
        meals: when meals and bedtime are.
        prescribed_at: when the start became known; None: in time for all doses.

    Raises:
        ValueError: the last date lies before the start, or more than 732 days after it.
    """
    by_hours = isinstance(frequency, EveryHours)
    begin = _begin(start, waking.begin if by_hours else MIDNIGHT, time_zone)
    first_date = _date_of(begin, time_zone)
    _check(duration, first_date)
    late = _known_late(begin, prescribed_at, time_zone)
    if isinstance(frequency, EveryHours):
        interval = timedelta(hours=frequency.hours)
        if late is not None and isinstance(start, OnDate):
            tomorrow = first_instant(first_date + _A_DAY, waking.begin, time_zone)
            begin = min(begin + ceil((late - begin) / interval) * interval, tomorrow)
        return _at_intervals(begin, interval, duration, time_zone)
    if late is None and (frequency, duration) == _A_SINGLE_DOSE and not isinstance(start, OnDate):
        hour = begin.astimezone(ZoneInfo(time_zone)).time()
        if waking.begin <= hour <= waking.end:
            return iter((begin,))
    days = frequency.days if isinstance(frequency, SomeDays) else None
    daily = frequency.daily if isinstance(frequency, SomeDays) else frequency
    return _by_the_clock(_clocks(daily, waking, meals), days, late or begin, duration, time_zone)


def _clocks(daily: Daily, waking: WakingHours, meals: MealHours) -> tuple[time, ...]:
    match daily:
        case TimesPerDay(times):
            return waking.times(times)
        case ClockTimes(clocks):
            return clocks
        case MealTimes(moments):
            return tuple(meals.time_of(moment) for moment in moments)


def ahead(instants: Iterable[datetime], now: datetime) -> Iterator[datetime]:
    """Of ascending instants those that have not passed: at ``now`` or later."""
    return dropwhile(lambda due_at: due_at < now, instants)


def _begin(start: StartAt, clock_of_a_date: time, time_zone: str) -> datetime:
    match start:
        case OnDate(day):
            return first_instant(day, clock_of_a_date, time_zone)
        case AtLocalTime(wall):
            return first_instant(wall.date(), wall.time(), time_zone)
        case AtInstant(instant):
            return instant.astimezone(UTC)


def _known_late(begin: datetime, prescribed_at: datetime | None, time_zone: str) -> datetime | None:
    """When a start became known that had passed by then, but only on its own date."""
    if prescribed_at is None or prescribed_at <= begin:
        return None
    is_of_that_date = _date_of(prescribed_at, time_zone) == _date_of(begin, time_zone)
    return prescribed_at if is_of_that_date else None


def _date_of(instant: datetime, time_zone: str) -> date:
    return instant.astimezone(ZoneInfo(time_zone)).date()


def _check(duration: Duration, first_date: date) -> None:
    if not isinstance(duration, UntilDate):
        return
    if duration.last < first_date:
        raise ValueError("expected a last date that is not before the start")
    if (duration.last - first_date).days >= LONGEST_DURATION:
        raise ValueError(f"expected a last date at most {LONGEST_DURATION} days from the start")


def _days_of(duration: ForDays | ForMonths, first: date) -> int:
    """How many days a course lasts whose first dose is on this date."""
    if isinstance(duration, ForDays):
        return duration.days
    years, month = divmod(first.month - 1 + duration.months, 12)
    year = first.year + years
    day = min(first.day, monthrange(year, month + 1)[1])
    return (date(year, month + 1, day) - first).days


def _at_intervals(
    begin: datetime, interval: timedelta, duration: Duration, time_zone: str
) -> Iterator[datetime]:
    if isinstance(duration, UntilDate):
        end = first_instant(duration.last + _A_DAY, MIDNIGHT, time_zone)
    else:
        end = begin + _days_of(duration, _date_of(begin, time_zone)) * _A_DAY
    return takewhile(lambda due_at: due_at < end, (begin + number * interval for number in count()))


def _by_the_clock(
    clocks: tuple[time, ...],
    days: EveryDays | Weekdays | None,
    begin: datetime,
    duration: Duration,
    time_zone: str,
) -> Iterator[datetime]:
    # On a date of which every time has passed, no dose is due: it is not the first.
    dates = dropwhile(
        lambda day: first_instant(day, clocks[-1], time_zone) < begin,
        _dates(_date_of(begin, time_zone), time_zone),
    )
    taken = _some(dates, days)
    if isinstance(duration, UntilDate):
        last = duration.last
        return _due(clocks, begin, takewhile(lambda day: day <= last, taken), time_zone)
    first = next(taken)
    of_course = islice(_dates(first, time_zone), _days_of(duration, first))
    doses_in_all = len(clocks) * sum(1 for _ in _some(of_course, days))
    return islice(_due(clocks, begin, chain([first], taken), time_zone), doses_in_all)


def _some(dates: Iterator[date], days: EveryDays | Weekdays | None) -> Iterator[date]:
    if isinstance(days, EveryDays):
        return islice(dates, 0, None, days.days)
    if isinstance(days, Weekdays):
        return (day for day in dates if day.weekday() in days.days)
    return dates


def _due(
    clocks: tuple[time, ...], begin: datetime, dates: Iterable[date], time_zone: str
) -> Iterator[datetime]:
    latest = None
    for day in dates:
        for clock in clocks:
            due_at = first_instant(day, clock, time_zone)
            if due_at >= begin and due_at != latest:
                latest = due_at
                yield due_at


def _dates(first: date, time_zone: str) -> Iterator[date]:
    """The zone's dates from this one on; one that it leaves out (Samoa's 30 December 2011) is none."""
    days = (first + number * _A_DAY for number in count())
    return (day for day in days if date_exists(day, time_zone))
