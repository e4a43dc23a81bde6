"""Instants and durations as an operator writes them."""

import re
from datetime import UTC, datetime, timedelta

ACCEPTED_INSTANT = "an ISO 8601 instant with its zone, like 2026-11-23T15:00:00Z"
ACCEPTED_UNTIL = f"{ACCEPTED_INSTANT}, or a time after the start, like +9d, +36h or +1d12h"

ACCEPTED_AGO = f"{ACCEPTED_INSTANT}, or how long ago, like 24h, 7d or 1d12h"

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_DURATION = re.compile(r"\+(?:\d{1,7}[wdhms])+", re.ASCII)
_PART = re.compile(r"(\d+)([wdhms])")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FIRST_YEAR = 2000
LAST_YEAR = 2199


def parse_instant(text: str) -> datetime:
    """Read an instant; the result is in UTC.

    Raises:
        ValueError: it is no instant, does not say its zone, or is centuries away.
    """
    if _INSTANT.fullmatch(text) is None:
        raise ValueError(f"must be {ACCEPTED_INSTANT}")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"is no date of the calendar; it must be {ACCEPTED_INSTANT}") from None
    return _within_reason(instant)


def parse_ago(text: str, now: datetime) -> datetime:
    """Read an instant, or how long before ``now``: ``24h``, ``7d`` or ``1d12h``.

    Raises:
        ValueError: it is neither, or is centuries away.
    """
    if _INSTANT.fullmatch(text) is not None:
        return parse_instant(text)
    if _DURATION.fullmatch(f"+{text}") is None:
        raise ValueError(f"must be {ACCEPTED_AGO}")
    try:
        return _within_reason(now - _length(text))
    except OverflowError:
        raise ValueError(f"must be {ACCEPTED_AGO}") from None


def parse_until(text: str, start: datetime) -> datetime:
    """Read an instant, or a duration like ``+9d`` counted from ``start``.

    Raises:
        ValueError: it is neither, or is centuries away.
    """
    if _INSTANT.fullmatch(text) is not None:
        return parse_instant(text)
    if _DURATION.fullmatch(text) is None:
        raise ValueError(f"must be {ACCEPTED_UNTIL}")
    try:
        return _within_reason(start + _length(text))
    except OverflowError:
        return _within_reason(datetime.max.replace(tzinfo=UTC))


def _length(text: str) -> timedelta:
    parts = (timedelta(**{_UNITS[unit]: int(number)}) for number, unit in _PART.findall(text))
    return sum(parts, timedelta())


def _within_reason(instant: datetime) -> datetime:
    if not _FIRST_YEAR <= instant.year <= LAST_YEAR:
        raise ValueError(f"lies outside the years {_FIRST_YEAR} to {LAST_YEAR}")
    return instant.astimezone(UTC)
