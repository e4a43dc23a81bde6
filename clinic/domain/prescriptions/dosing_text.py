"""The one way in which a schedule is written down, to be read as the same again.

`frequencies` and `dosing_words` read it. Two spellings of one schedule (``cada 8 horas``,
``q8h``) are written alike.
"""

from clinic.domain import instants
from clinic.domain.prescriptions.dosing import (
    AtLocalTime,
    ClockTimes,
    Duration,
    EveryDays,
    EveryHours,
    ForMonths,
    Frequency,
    MealTimes,
    OnDate,
    SomeDays,
    StartAt,
    TimesPerDay,
    UntilDate,
    Weekdays,
)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def frequency_text(frequency: Frequency) -> str:
    """``3 times a day``, ``every 8 hours``, ``08:00, 20:00``, ``before lunch``, ``monday, 08:00``."""
    match frequency:
        case TimesPerDay(times):
            return f"{times} times a day"
        case EveryHours(hours):
            return f"every {hours} hours"
        case ClockTimes(clocks):
            return ", ".join(clock.isoformat("minutes") for clock in clocks)
        case MealTimes(moments):
            return ", ".join(f"{moment.relation} {moment.meal.name.lower()}" for moment in moments)
        case SomeDays(days, daily):
            return f"{_days_text(days)}, {frequency_text(daily)}"


def _days_text(days: EveryDays | Weekdays) -> str:
    if isinstance(days, EveryDays):
        return f"every {days.days} days"
    return ", ".join(_WEEKDAYS[day] for day in days.days)


def duration_text(duration: Duration) -> str:
    """``10 days``, ``2 months``, or the last date."""
    match duration:
        case ForMonths(months):
            return f"{months} months"
        case UntilDate(last):
            return last.isoformat()
        case _:
            return f"{duration.days} days"


def start_text(start: StartAt) -> str:
    """A date, a local time of it, or an instant in UTC."""
    if isinstance(start, OnDate):
        return start.day.isoformat()
    if isinstance(start, AtLocalTime):
        return start.wall.isoformat()
    return instants.to_text(start.instant)
