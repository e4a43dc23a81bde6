"""Hours in which nobody should be written to, by the clock on the recipient's wall."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class QuietHours:
    """From ``begin`` until just before ``end``; over midnight where ``begin`` is the later of the two.

    What the wall's clock shows counts, also where it is changed: an hour that it shows twice is quiet twice,
    or not at all.
    """

    begin: time
    end: time

    def __post_init__(self) -> None:
        if self.begin == self.end:
            raise ValueError("quiet hours end at another time than they begin")

    @property
    def text(self) -> str:
        """As a setting says it: ``21:00-08:00``."""
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    def contain(self, instant: datetime, time_zone: str) -> bool:
        """Whether it is quiet at this instant in the zone."""
        clock = instant.astimezone(ZoneInfo(time_zone)).time()
        if self.begin < self.end:
            return self.begin <= clock < self.end
        return clock >= self.begin or clock < self.end

    def next_allowed(self, instant: datetime, time_zone: str) -> datetime:
        """The instant itself, or the first after it that is not quiet (UTC)."""
        zone = ZoneInfo(time_zone)
        while self.contain(instant, time_zone):
            until = instant + _between(instant.astimezone(zone).time(), self.end)
            # Where the clock is changed before it shows the end, it is to be read again from there on.
            instant = _first_change(instant, until, zone) or until
        return instant

    def last_allowed(self, instant: datetime, time_zone: str) -> datetime:
        """The instant itself, or the last whole minute before it that is not quiet (UTC)."""
        zone = ZoneInfo(time_zone)
        while self.contain(instant, time_zone):
            since = instant - _between(self.begin, instant.astimezone(zone).time())
            instant = (_first_change(since - _A_MINUTE, instant, zone) or since) - _A_MINUTE
        return instant


def _between(earlier: time, later: time) -> timedelta:
    """How long a clock takes from the one time of day to the other."""
    return (datetime.combine(date.min, later) - datetime.combine(date.min, earlier)) % _A_DAY


def _first_change(begin: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
    """The first instant of ``(begin, end]`` at which the zone's clock is not what it was at ``begin``."""
    before = begin.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return None
    begin = begin.replace(microsecond=0)
    seconds = range((end - begin) // timedelta(seconds=1) + 1)
    changed = bisect_left(
        seconds, 1, key=lambda s: (begin + timedelta(seconds=s)).astimezone(zone).utcoffset() != before
    )
    return begin + timedelta(seconds=changed)
