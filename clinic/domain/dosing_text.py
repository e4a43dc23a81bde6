"""The one way in which a schedule is written down: what `clinic.domain.dosing` reads as the same again.

Two spellings of one schedule (``cada 8 horas``, ``q8h``) are written alike.
"""

from clinic.domain import instants
from clinic.domain.dosing import (
    AtLocalTime,
    ClockTimes,
    Duration,
    EveryHours,
    ForDays,
    Frequency,
    OnDate,
    StartAt,
    TimesPerDay,
)


def frequency_text(frequency: Frequency) -> str:
    """``3 times a day``, ``every 8 hours`` or ``08:00, 20:00``."""
    match frequency:
        case TimesPerDay(times):
            return f"{times} times a day"
        case EveryHours(hours):
            return f"every {hours} hours"
        case ClockTimes(clocks):
            return ", ".join(clock.isoformat("minutes") for clock in clocks)


def duration_text(duration: Duration) -> str:
    """``10 days``, or the last date."""
    return f"{duration.days} days" if isinstance(duration, ForDays) else duration.last.isoformat()


def start_text(start: StartAt) -> str:
    """A date, a local time of it, or an instant in UTC."""
    if isinstance(start, OnDate):
        return start.day.isoformat()
    if isinstance(start, AtLocalTime):
        return start.wall.isoformat()
    return instants.to_text(start.instant)
