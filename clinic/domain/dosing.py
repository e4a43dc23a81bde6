"""How a prescription says when a medicine is taken: how often, for how long, from when.

Read from what a clinic writes, in Spanish or English, whatever the case, accents, dots and blanks. What can
be read in two ways, or in none, is refused with what would be accepted, and never guessed: ``once al día``
(eleven, or the English *once*), ``8 y 20`` (twenty past eight), ``PRN``, ``cada tercer día``, a month.
FHIR: Timing.repeat, MedicationRequest.dosageInstruction.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import Any

MOST_TIMES_A_DAY = 12
LONGEST_INTERVAL = 168
LONGEST_DURATION = 2 * 366
_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2199
_NOON = 12

_FREQUENCY_EXPECTED = (
    "expected times per day (3 veces al día, twice a day, TID; 1 to 12), whole hours (cada 8 horas, "
    "every 8 hours, q8h; 1 to 168) or clock times (08:00, 14:00 y 20:00; 8 am y 8 pm)"
)
_DURATION_EXPECTED = (
    "expected 1 to 732 days, as a number (7, not in quotes) or with days or weeks said (10 días, "
    "2 semanas, 2 weeks), or a last date (hasta el 2026-12-10)"
)
_START_EXPECTED = (
    "expected a date (2026-11-30), a local time of it (2026-11-30T08:00) or an ISO 8601 instant with its "
    "offset (2026-11-30T08:00:00-06:00), in the years 2000 to 2199"
)


@dataclass(frozen=True)
class TimesPerDay:
    """So many times a day, in waking hours: the patient chooses when, the clinic proposes."""

    times: int

    def __post_init__(self) -> None:
        _require(1 <= self.times <= MOST_TIMES_A_DAY, _FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class EveryHours:
    """Every so many whole hours of elapsed time, day and night, also over a change of clocks."""

    hours: int

    def __post_init__(self) -> None:
        _require(1 <= self.hours <= LONGEST_INTERVAL, _FREQUENCY_EXPECTED)


@dataclass(frozen=True)
class ClockTimes:
    """At these times of every day, by the clock on the patient's wall: whole minutes, ascending."""

    times: tuple[time, ...]

    def __post_init__(self) -> None:
        _require(1 <= len(self.times) <= MOST_TIMES_A_DAY, _FREQUENCY_EXPECTED)
        _require(all(earlier < later for earlier, later in pairwise(self.times)), _FREQUENCY_EXPECTED)
        _require(all(is_whole_minute(clock) for clock in self.times), _FREQUENCY_EXPECTED)


Frequency = TimesPerDay | EveryHours | ClockTimes
"""How often a medicine is taken. FHIR: Timing.repeat.frequency, period, timeOfDay."""


@dataclass(frozen=True)
class ForDays:
    """So many days, at most two years."""

    days: int

    def __post_init__(self) -> None:
        _require(1 <= self.days <= LONGEST_DURATION, _DURATION_EXPECTED)


@dataclass(frozen=True)
class UntilDate:
    """Until a date is over, in the patient's zone: its doses are the last ones."""

    last: date


Duration = ForDays | UntilDate
"""How long a medicine is taken. FHIR: Timing.repeat.boundsDuration, boundsPeriod."""


@dataclass(frozen=True)
class OnDate:
    """From a date of the patient's zone on; no hour was said."""

    day: date


@dataclass(frozen=True)
class AtLocalTime:
    """From a time of a date on, by the clock on the patient's wall (naive, whole seconds)."""

    wall: datetime


@dataclass(frozen=True)
class AtInstant:
    """From an instant (UTC, whole seconds) on."""

    instant: datetime


StartAt = OnDate | AtLocalTime | AtInstant
"""When a medicine is taken from."""


# "once" is left out: eleven in Spanish, one time in English.
_WORDS = {
    1: "un una one",
    2: "dos two",
    3: "tres three",
    4: "cuatro four",
    5: "cinco five",
    6: "seis six",
    7: "siete seven",
    8: "ocho eight",
    9: "nueve nine",
    10: "diez ten",
    12: "doce twelve",
    14: "catorce fourteen",
    15: "quince fifteen",
    20: "veinte twenty",
    24: "veinticuatro twenty-four",
    30: "treinta thirty",
}
_NUMBERS = {word: number for number, words in _WORDS.items() for word in words.split()}
_ENGLISH_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_LATIN = {"od": 1, "qd": 1, "bd": 2, "bid": 2, "tds": 3, "tid": 3, "qds": 4, "qid": 4}
_EVERY_DAY = {"diario", "diaria", "diariamente", "a diario", "cada dia", "todos los dias"} | {
    *("daily", "every day", "everyday", "each day")
}
_EVERY_HOUR = {"cada hora", "c/hora", "every hour", "hourly"}
_NUMBER = rf"(?P<number>[0-9]{{1,3}}|{'|'.join(_NUMBERS)})"
_DAY = r"(?:(?:al|por|x|/|cada|a|per|each|every) ?)?(?:dia|day)|diari[oa]s?|daily"

_TIMES_A_DAY = re.compile(rf"{_NUMBER} ?(?:veces|vez|tomas?|dosis|times?|doses?|x) ?(?:{_DAY})")
_TIMES_IN_ENGLISH = re.compile(r"(once|twice|thrice) ?(?:(?:a|per|each|every|/) ?day|daily)")
_INTERVAL = re.compile(rf"(?:cada|c ?/|every|q) ?{_NUMBER} ?(?:horas?|hours?|hrs?|hs?)")
_HOURLY = re.compile(rf"{_NUMBER}[ -]?hourly")
_CLOCK = re.compile(
    r"(?:a las? |at )?(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-5][0-9])(?::00)?)?"
    r"(?: ?(?P<half>[ap]) ?m)?(?: ?(?:horas?|hours?|hrs?|hs?))?"
)
_BETWEEN_TIMES = re.compile(r" ?[,;&] ?(?:(?:y|and) )?| (?:y|and) ")
_DAYS_OR_WEEKS = re.compile(
    rf"(?:(?:por|durante|for|x) ?)?{_NUMBER} ?"
    r"(?:(?P<days>dias?|days?|d)|(?P<weeks>semanas?|sem|weeks?|wks?|w))"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNTIL = re.compile(rf"(?:(?:hasta|until|till|through) (?:el |the )?)?(?P<last>{_DATE.pattern})")
_TIME_OF_DATE = re.compile(
    rf"{_DATE.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
# Other marks (a digit struck through) are no accents: they stay, and the text is refused.
_ACCENTS = re.compile("[\u0300-\u0303\u0308]")
# A dot before a digit may be a decimal's: it stays, and the text is refused.
_DOTS = re.compile(r"(?<=[a-z0-9])\.+(?![0-9.])")
_LONGEST_TEXT = 200


def parse_frequency(value: Any) -> Frequency:
    """Read a frequency, or a list of clock times (``["08:00", "20:00"]``).

    ``cada día`` and ``QD`` are once a day, in waking hours; ``cada 24 horas`` is elapsed time. Clock times
    without am or pm are those of the 24-hour clock; some with and some without are refused, and so are
    times before 13:00 out of their order (``8:00, 2:00``), which mean the afternoon more often than not.

    Raises:
        ValueError: it is none; the message says what would be accepted and does not repeat it.
    """
    if isinstance(value, list | tuple):
        return _clock_times([_normalise(item, _FREQUENCY_EXPECTED) for item in value])
    text = _normalise(value, _FREQUENCY_EXPECTED)
    if match := _TIMES_A_DAY.fullmatch(text):
        return TimesPerDay(_number(match))
    if match := _TIMES_IN_ENGLISH.fullmatch(text):
        return TimesPerDay(_ENGLISH_TIMES[match[1]])
    if text in _EVERY_DAY:
        return TimesPerDay(1)
    if (latin := text.replace(" ", "")) in _LATIN:
        return TimesPerDay(_LATIN[latin])
    if match := _INTERVAL.fullmatch(text) or _HOURLY.fullmatch(text):
        return EveryHours(_number(match))
    if text in _EVERY_HOUR:
        return EveryHours(1)
    return _clock_times(_BETWEEN_TIMES.split(text))


def parse_duration(value: Any) -> Duration:
    """Read a duration: a whole number is days; a text says days, weeks (seven days) or the last date.

    Raises:
        ValueError: it is none; the message says what would be accepted and does not repeat it.
    """
    if type(value) is int:
        return ForDays(value)
    text = _normalise(value, _DURATION_EXPECTED)
    if match := _DAYS_OR_WEEKS.fullmatch(text):
        return ForDays(_number(match) * (7 if match["weeks"] else 1))
    if match := _UNTIL.fullmatch(text):
        return UntilDate(_date(match["last"], _DURATION_EXPECTED))
    raise ValueError(_DURATION_EXPECTED)


def parse_start(value: Any) -> StartAt:
    """Read a start: a date, a time of it in the patient's zone, or an instant with its offset.

    Fractions of a second are dropped, as from all instants.

    Raises:
        ValueError: it is none; the message says what would be accepted and does not repeat it.
    """
    text = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_TEXT else ""
    if _DATE.fullmatch(text):
        return OnDate(_date(text, _START_EXPECTED))
    match = _TIME_OF_DATE.fullmatch(text)
    _require(match is not None, _START_EXPECTED)
    _date(text[:10], _START_EXPECTED)
    try:
        moment = datetime.fromisoformat(text.upper()).replace(microsecond=0)
    except ValueError:
        raise ValueError(_START_EXPECTED) from None
    return AtLocalTime(moment) if moment.tzinfo is None else AtInstant(moment.astimezone(UTC))


def is_whole_minute(clock: time) -> bool:
    """Whether it is a wall clock's whole minute, without a zone of its own."""
    return clock == clock.replace(second=0, microsecond=0, tzinfo=None)


def _clock_times(texts: list[str]) -> ClockTimes:
    matches = [_CLOCK.fullmatch(text) for text in texts]
    found = [match for match in matches if match]
    _require(len(found) == len(matches) > 0, _FREQUENCY_EXPECTED)
    halves = [match["half"] for match in found]
    _require(all(halves) or not any(halves), _FREQUENCY_EXPECTED)
    times = [_clock(match) for match in found]
    in_order = sorted(set(times))
    _require(len(in_order) == len(times), _FREQUENCY_EXPECTED)
    might_mean_afternoon = times != in_order and not any(halves) and in_order[-1].hour <= _NOON
    _require(not might_mean_afternoon, _FREQUENCY_EXPECTED)
    return ClockTimes(tuple(in_order))


def _clock(match: re.Match[str]) -> time:
    hour, minute, half = int(match["hour"]), match["minute"], match["half"]
    if half:
        _require(1 <= hour <= _NOON, _FREQUENCY_EXPECTED)
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    # A bare hour may be minutes ("a las 8 y 20") or an interval ("8 h").
    _require(hour < 2 * _NOON and bool(half or minute), _FREQUENCY_EXPECTED)
    return time(hour, int(minute or 0))


def _normalise(value: Any, expected: str) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(expected)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", value)).casefold()
    return " ".join(_DOTS.sub("", plain).split())


def _number(match: re.Match[str]) -> int:
    text = match["number"]
    return _NUMBERS[text] if text in _NUMBERS else int(text)


def _date(text: str, expected: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(expected) from None
    _require(_EARLIEST_YEAR <= day.year <= _LATEST_YEAR, expected)
    return day


def _require(condition: bool, expected: str) -> None:
    if not condition:
        raise ValueError(expected)
