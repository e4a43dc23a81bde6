"""EventBridge's schedule expressions, and the rules that have one, fired in virtual time.

Of the cron form everything is known but ``L``, ``W`` and ``#``. Both forms are in UTC, to the minute.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol, Self

from local.clock import VirtualClock

_RATE = re.compile(r"rate\(([1-9][0-9]{0,5}) (minute|hour|day)(s?)\)")
_CRON = re.compile(r"cron\(([^()]+)\)")
_PART = re.compile(r"(?P<from>\*|[0-9A-Za-z]+)(?:-(?P<to>[0-9A-Za-z]+))?(?:/(?P<step>[1-9][0-9]{0,3}))?")
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
_FARTHEST_DAYS = 8 * 366 + 1  # from one 29 February to the next, over a year 2100


class ScheduleExpressionError(ValueError):
    """EventBridge would refuse the expression, or the local stack does not know its form."""


class Schedule(Protocol):
    """When a rule fires."""

    def after(self, instant: datetime) -> datetime | None:
        """The first time after ``instant``; None if there is none."""


@dataclass(frozen=True)
class Rate:
    """Every ``interval`` from when the rule was made."""

    made: datetime
    interval: timedelta

    def after(self, instant: datetime) -> datetime:
        """The first time after ``instant``."""
        return self.made + max((instant - self.made) // self.interval + 1, 1) * self.interval


@dataclass(frozen=True)
class Cron:
    """Every minute that each field allows; of ``days`` and ``weekdays`` (Sunday is 1) one is None."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    years: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Self:
        """From the six fields. Raises ScheduleExpressionError."""
        fields = text.split()
        if len(fields) != 6:
            raise ScheduleExpressionError("cron has six fields: minutes hours day month weekday year")
        minutes, hours, day, month, weekday, year = fields
        if (day == "?") == (weekday == "?"):
            raise ScheduleExpressionError("exactly one of day and weekday is ?")
        return cls(
            _values("minutes", minutes, 0, 59),
            _values("hours", hours, 0, 23),
            None if day == "?" else _values("day", day, 1, 31),
            _values("month", month, 1, 12, _MONTHS),
            None if weekday == "?" else _values("weekday", weekday, 1, 7, _DAYS),
            _values("year", year, 1970, 2199),
        )

    def after(self, instant: datetime) -> datetime | None:
        """The first time after ``instant``; None if there is none."""
        times = [
            time(hour, minute, tzinfo=UTC) for hour in sorted(self.hours) for minute in sorted(self.minutes)
        ]
        today = instant.astimezone(UTC).date()
        for days in range(_FARTHEST_DAYS):
            day = today + timedelta(days=days)
            if self._allows(day):
                for moment in times:
                    found = datetime.combine(day, moment)
                    if found > instant:
                        return found
        return None

    def _allows(self, day: date) -> bool:
        return (
            day.year in self.years
            and day.month in self.months
            and (self.days is None or day.day in self.days)
            and (self.weekdays is None or day.isoweekday() % 7 + 1 in self.weekdays)
        )


def parse_schedule(expression: str, made: datetime) -> Schedule:
    """A schedule expression of a rule that was made at ``made``. Raises ScheduleExpressionError."""
    if found := _RATE.fullmatch(expression):
        number, unit, plural = int(found[1]), found[2], found[3]
        if (number == 1) == bool(plural):
            raise ScheduleExpressionError("rate says 1 minute, but 2 minutes")
        return Rate(made, timedelta(**{f"{unit}s": number}))
    if found := _CRON.fullmatch(expression):
        return Cron.parse(found[1])
    raise ScheduleExpressionError("expected cron(0 0 * * ? *) or rate(5 minutes)")


def _values(name: str, text: str, low: int, high: int, names: list[str] | None = None) -> frozenset[int]:
    known = {word: number for number, word in enumerate(names or [], start=low)}

    def number(word: str) -> int:
        value = known.get(word.upper(), int(word) if word.isdecimal() else -1)
        if not low <= value <= high:
            raise ScheduleExpressionError(f"{name}: {word} is not known, or not from {low} to {high}")
        return value

    found: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if match is None or (match["from"] == "*" and match["to"] is not None):
            raise ScheduleExpressionError(f"{name}: {part} is not known")
        first = low if match["from"] == "*" else number(match["from"])
        last = number(match["to"]) if match["to"] else first
        if match["from"] == "*" or (match["step"] and not match["to"]):
            last = high
        if last < first:
            raise ScheduleExpressionError(f"{name}: {part} runs backwards")
        found.update(range(first, last + 1, int(match["step"] or 1)))
    return frozenset(found)


@dataclass(frozen=True)
class ScheduledRule:
    """A rule with a schedule; ``fire`` hands the event to its targets, at the present instant."""

    arn: str
    expression: str
    fire: Callable[[], None]

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.arn.rpartition("/")[2]


def arm(clock: VirtualClock, rules: list[ScheduledRule]) -> None:
    """Have each rule fired at its times from now on, in the background."""
    for rule in rules:
        _arm(clock, rule, parse_schedule(rule.expression, clock.now()))


def _arm(clock: VirtualClock, rule: ScheduledRule, schedule: Schedule) -> None:
    def tick() -> None:
        rule.fire()
        arm_next()

    def arm_next() -> None:
        instant = schedule.after(clock.now())
        if instant is not None:
            clock.call_at(instant, tick, rule.arn, background=True)

    arm_next()
