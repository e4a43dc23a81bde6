"""When each zone's night work is due: once for every date of its calendar, whatever its clocks do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from clinic.domain.local_time import date_exists, first_instant

_A_DAY = timedelta(days=1)


class NightlyJob(StrEnum):
    """What is done every night: for each profile in its zone's night, but for the visits that are parked."""

    SLOT_GENERATION = "slot_generation"
    SLOT_CLEANUP = "slot_cleanup"
    PARKED_VISITS = "parked_visits"  # at the beginning of the UTC day: those whose reminders have come near


@dataclass(frozen=True, order=True)
class Night:
    """A zone's date whose night work is due."""

    time_zone: str
    date: date


@dataclass(frozen=True)
class Occasion:
    """An instant (UTC) at which a job is due, and where."""

    at: datetime
    job: NightlyJob
    nights: tuple[Night, ...]


def occasions(
    time_zones: Collection[str], clocks: Mapping[NightlyJob, time], begin: datetime, end: datetime
) -> tuple[Occasion, ...]:
    """What is due in ``[begin, end)``, in order.

    A job is due at the first instant at which the zone's clock shows the job's time of a date, or a later
    one; a date that the zone leaves out has no night. So over windows that follow each other each date of
    each zone comes exactly once.

    Args:
        time_zones: IANA names; a name that stands twice counts once.
        clocks: each job's time of day.
        begin: where the window begins.
        end: where the next one begins.
    """
    due: dict[tuple[datetime, NightlyJob], list[Night]] = {}
    for time_zone in sorted(set(time_zones)):
        zone = ZoneInfo(time_zone)
        # A day more on both sides: a clock may jump over the time, or over a whole date.
        day = begin.astimezone(zone).date() - _A_DAY
        last = end.astimezone(zone).date() + _A_DAY
        while day <= last:
            for job, clock in clocks.items():
                at = first_instant(day, clock, time_zone)
                if begin <= at < end and date_exists(day, time_zone):
                    due.setdefault((at, job), []).append(Night(time_zone, day))
            day += _A_DAY
    order = list(NightlyJob)
    keys = sorted(due, key=lambda key: (key[0], order.index(key[1])))
    return tuple(Occasion(at, job, tuple(sorted(due[at, job]))) for at, job in keys)
