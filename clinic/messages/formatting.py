"""Dates and times as patients read them: in the clinic's zone and the template's language, by Babel."""

from datetime import datetime
from zoneinfo import ZoneInfo

# CLDR sets thin and non-breaking spaces; plain ones look the same on a phone and compare as typed.
_PLAIN_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " "})


def format_day(instant: datetime, time_zone: str, language: str) -> str:
    """The local day: "lunes, 30 de noviembre de 2026"."""
    from babel.dates import format_date  # here, since planning formats nothing and starts sooner without

    local = instant.astimezone(ZoneInfo(time_zone))
    return format_date(local, "full", locale=language).translate(_PLAIN_SPACES)


def format_clock(instant: datetime, time_zone: str, language: str) -> str:
    """The local time of day: "10:00 a.m."."""
    from babel.dates import format_time  # as above

    local = instant.astimezone(ZoneInfo(time_zone))
    return format_time(local.time(), "short", locale=language).translate(_PLAIN_SPACES)
