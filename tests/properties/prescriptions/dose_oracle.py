"""When doses are due, told by a nurse who stands at the clock on the wall, tick by tick.

It shares no code with what it judges: no arithmetic on offsets, no rule for gaps or repeated hours. The nurse
gives a dose when the clock shows its time for the first time or has passed it, one dose at a time, and counts
the ticks between doses that are prescribed every so many hours.
"""

from bisect import bisect_left
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, count
from zoneinfo import ZoneInfo

from clinic.domain.prescriptions.dosing import AtInstant, AtLocalTime, ForDays, OnDate, StartAt, UntilDate

MINUTE = timedelta(minutes=1)
A_DAY_OF_MINUTES = 24 * 60


def at(day: date, clock: time) -> datetime:
    """What the wall shows then."""
    return datetime.combine(day, clock)


@lru_cache(maxsize=4)
def _read(zone: str, begin: datetime, ticks: int, tick: int) -> tuple[list[datetime], list[datetime]]:
    """What the clock shows at each tick, and the latest it has ever shown, which never runs backwards."""
    key = ZoneInfo(zone)
    instants = (begin + number * tick * MINUTE for number in range(ticks))
    shown = [instant.astimezone(key).replace(tzinfo=None, fold=0) for instant in instants]
    return shown, list(accumulate(shown, max))


class Ward:
    """A zone's clock from some time before a start until well after it, read every ``tick`` minutes."""

    def __init__(self, zone: str, near: date, days: int, tick: int = 1) -> None:
        self.tick = tick
        self.begin = datetime(near.year, near.month, near.day, tzinfo=UTC) - timedelta(days=2)
        self.shown, self.latest = _read(zone, self.begin, (days + 5) * A_DAY_OF_MINUTES // tick, tick)

    def instant(self, number: int) -> datetime:
        """The instant of a tick."""
        return self.begin + number * self.tick * MINUTE

    def first(self, holds: Callable[[datetime], bool]) -> int:
        """The first tick at which this holds of the latest that was shown."""
        return next(n for n, latest in enumerate(self.latest) if holds(latest))

    def start(self, start: StartAt, clock_of_a_date: time) -> int:
        """The tick at which a prescription begins."""
        if isinstance(start, OnDate):
            return self.first(lambda latest: latest >= at(start.day, clock_of_a_date))
        if isinstance(start, AtLocalTime):
            return self.first(lambda latest: latest >= start.wall)
        assert isinstance(start, AtInstant)
        return self.tick_of(start.instant)

    def tick_of(self, instant: datetime) -> int:
        """The first tick at that instant or later."""
        return next(n for n in count() if self.instant(n) >= instant)

    def told_late(self, first: int, prescribed_at: datetime | None) -> int | None:
        """The tick at which the nurse is told, if it is later than the start and on the same date."""
        if prescribed_at is None or prescribed_at <= self.instant(first):
            return None
        told = self.tick_of(prescribed_at)
        return told if self.shown[told].date() == self.shown[first].date() else None

    def every(
        self,
        hours: int,
        start: StartAt,
        duration: ForDays | UntilDate,
        wakes: time,
        prescribed_at: datetime | None = None,
    ) -> list[datetime]:
        """Doses every so many hours; on a date alone from when the patient wakes.

        A nurse who is told in the course of that date gives the first dose at the next of those hours, and
        does not wait beyond the next morning.
        """
        first = self.start(start, wakes)
        told = self.told_late(first, prescribed_at)
        if isinstance(start, OnDate) and told is not None:
            tomorrow = self.shown[first].date() + timedelta(days=1)
            morning = self.first(lambda latest: latest >= at(tomorrow, wakes))
            first = min(next(n for n in count(first, hours * 60 // self.tick) if n >= told), morning)
        given: list[datetime] = []
        waited = hours * 60
        for n in range(first, len(self.shown)):
            if isinstance(duration, ForDays):
                is_over = (n - first) * self.tick >= duration.days * A_DAY_OF_MINUTES
            else:
                is_over = self.latest[n].date() > duration.last
            if is_over:
                return given
            if waited >= hours * 60:
                given.append(self.instant(n))
                waited = 0
            waited += self.tick
        raise AssertionError("the clock was not watched for long enough")

    def by_the_clock(
        self,
        clocks: Collection[time],
        start: StartAt,
        duration: ForDays | UntilDate,
        prescribed_at: datetime | None = None,
    ) -> list[datetime]:
        """Doses at these times of each date that the calendar on the wall shows, until the box is empty.

        The box holds as many doses as the days prescribed take; until a last date it is never empty.
        """
        first = self.start(start, time(0))
        told = self.told_late(first, prescribed_at)
        # A clock that is turned back over midnight shows the day before once more: it is not a new one.
        today = self.shown[first].date()
        first = first if told is None else told
        dates = {shown.date() for shown in self.shown[first:] if shown.date() >= today}
        if not isinstance(duration, ForDays):
            assert max(dates) > duration.last, "the clock was not watched for long enough"
            dates = {day for day in dates if day <= duration.last}
        to_come = sorted((at(day, clock) for day in dates for clock in clocks), reverse=True)
        given: list[datetime] = []
        for n, latest in enumerate(self.latest):
            if isinstance(duration, ForDays) and len(given) == duration.days * len(clocks):
                return given
            waiting = len(to_come)
            while to_come and to_come[-1] <= latest:
                to_come.pop()
            if len(to_come) < waiting and n >= first:
                given.append(self.instant(n))
        assert not isinstance(duration, ForDays), "the clock was not watched for long enough"
        return given

    def on_some_days(
        self,
        clocks: Collection[time],
        crosses: tuple[int, Collection[int]],
        start: StartAt,
        days: int,
        prescribed_at: datetime | None = None,
    ) -> list[datetime]:
        """Doses at these times of those dates that the nurse crosses on the calendar, until the box is empty.

        Crossed is every so many-th date from that of the first dose on, if it is one of these weekdays. The
        box holds the doses of the crosses among as many dates as were prescribed.
        """
        every, weekdays = crosses
        first = self.start(start, time(0))
        told = self.told_late(first, prescribed_at)
        first = first if told is None else told
        calendar = sorted(
            {shown.date() for shown in self.shown[first:] if shown.date() >= self.shown[first].date()}
        )

        def given_on(day: date) -> list[int]:
            ticks = {bisect_left(self.latest, at(day, clock)) for clock in clocks}
            return sorted(tick for tick in ticks if tick >= first)

        begin = next(n for n, day in enumerate(calendar) if day.weekday() in weekdays and given_on(day))
        crossed = [day for day in calendar[begin::every] if day.weekday() in weekdays]
        last = calendar[begin + days - 1]
        in_the_box = len(clocks) * len([day for day in crossed if day <= last])
        ticks = [tick for day in crossed for tick in given_on(day)]
        assert len(ticks) > in_the_box, "the clock was not watched for long enough"
        return [self.instant(tick) for tick in ticks[:in_the_box]]
