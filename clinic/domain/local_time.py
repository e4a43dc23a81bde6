"""Wall clocks and calendars of a time zone, brought to instants.

A time of day that a clock skips or shows twice still names one instant: *the first at which the zone's
clock shows that time or a later one*. Inside a gap that is the gap's end, in a repeated hour its first round.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

MIDNIGHT = time(0)


def first_instant(day: date, clock: time, time_zone: str) -> datetime:
    """The first instant (UTC) at which the zone's clock shows this time of this date, or a later one."""
    zone = ZoneInfo(time_zone)
    wall = datetime.combine(day, clock)
    instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if _wall_clock(instant, zone) == wall:
        return instant
    # In a gap: fold=1 reads the wall clock with the offset after it, an instant before the clock jumps.
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    seconds = range((instant - before) // timedelta(seconds=1))
    until_the_jump = bisect_left(
        seconds, wall, key=lambda s: _wall_clock(before + timedelta(seconds=s), zone)
    )
    return before + timedelta(seconds=until_the_jump)


def dates_from(first: date, time_zone: str, days: int) -> tuple[date, ...]:
    """So many dates of the zone, from this one on.

    A date that the zone leaves out (Samoa had no 30 December 2011) does not count.
    """
    dates = (first + timedelta(days=ahead) for ahead in count())
    return tuple(islice((day for day in dates if date_exists(day, time_zone)), days))


def date_exists(day: date, time_zone: str) -> bool:
    """Whether the zone's calendar has this date."""
    begin = first_instant(day, MIDNIGHT, time_zone)
    return begin < first_instant(day + timedelta(days=1), MIDNIGHT, time_zone)


def _wall_clock(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)
