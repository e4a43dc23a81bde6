"""Reads how long a medicine is taken, and from when; and the words that frequencies share with them.

Texts are read in Spanish and English, whatever the case, accents, dots and blanks. What can be read in two
ways, or in none, is refused with what would be accepted, and never guessed.
"""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Any

from clinic.domain.numbers import whole
from clinic.domain.prescriptions.dosing import (
    DURATION_EXPECTED,
    AtInstant,
    AtLocalTime,
    Duration,
    ForDays,
    ForMonths,
    OnDate,
    StartAt,
    UntilDate,
    require,
)

_EARLIEST_YEAR, _LATEST_YEAR = 2000, 2199
_LONGEST_TEXT = 200
_START_EXPECTED = (
    "expected a date (2026-11-30), a local time of it (2026-11-30T08:00) or an ISO 8601 instant with its "
    "offset (2026-11-30T08:00:00-06:00), in the years 2000 to 2199"
)
_ENDLESS = (
    "a course without an end can't be reminded of: give it one, and prescribe again when it comes; "
    + DURATION_EXPECTED
)
_RANGE = "how many days is not decided: give one number; " + DURATION_EXPECTED
_PART_OF_A_DAY = "no course lasts a part of a day: give a whole number; " + DURATION_EXPECTED

DURATION_SENTENCES = frozenset({DURATION_EXPECTED, _ENDLESS, _RANGE, _PART_OF_A_DAY})
"""All that can be said of a duration that is refused: nothing of what was given."""

# "once" is left out: eleven in Spanish, one time in English.
_WORDS = {
    1: "un una uno one",
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
    21: "veintiun veintiuno twenty-one",
    24: "veinticuatro twenty-four",
    28: "veintiocho twenty-eight",
    30: "treinta thirty",
}
_NUMBERS = {word.replace("-", " "): number for number, words in _WORDS.items() for word in words.split()}
# The longest first: "twenty four" before "twenty".
_NUMBER_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
NUMBER = rf"(?P<number>[0-9]{{1,3}}|{_NUMBER_WORDS})"
"""A whole number, in figures or as a word: the group ``number``."""

_DAYS_OR_LONGER = re.compile(
    rf"(?:(?:por|durante|for|x) ?)?{NUMBER} ?"
    r"(?:(?P<days>dias?|days?|d)|(?P<weeks>semanas?|sem|weeks?|wks?|w)"
    r"|(?P<months>mes|meses|months?)|(?P<years>ano|anos|years?))(?: seguidos| consecutivos)?"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNTIL = re.compile(rf"(?:(?:hasta|until|till|through) (?:el |the )?)?(?P<last>{_DATE.pattern})")
_TIME_OF_DATE = re.compile(
    rf"{_DATE.pattern}[Tt ][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\.[0-9]+)?)?"
    r"(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2})?"
)
_NO_END = (
    r"\b(?:siempre|permanente|indefinid[oa]|cronico|de por vida|continu[oa]|lifelong|indefinitely|ongoing)\b"
)
_DECIMALS = r"[0-9]+[.,][0-9]+ [a-z]"
_NO_ONE_NUMBER = r"[0-9] ?(?:-|a|o|u|to|or) ?[0-9]"
# Other marks (a digit struck through) are no accents: they stay, and the text is refused.
_ACCENTS = re.compile("[\u0300-\u0303\u0308]")
# A dot before a digit may be a decimal's: it stays, and the text is refused.
_DOTS = re.compile(r"(?<=[a-z0-9)\]])\.+(?![0-9.])")
_PLURALS = re.compile(r"(?<=[a-z])\((?:s|es)\)")
_HYPHENS = re.compile(r"(?<=[a-z])-(?=[a-z])")
_MONTHS_OF_A_YEAR = 12


def parse_duration(value: Any) -> Duration:
    """Read a duration: a whole number is days; a text says days, weeks (seven days), months or the last date.

    Raises:
        ValueError: it is none; the message says what is wrong and what would be accepted, and does not
            repeat it.
    """
    value = whole(value)
    if type(value) is int:
        return ForDays(value)
    if isinstance(value, float):
        raise ValueError(_PART_OF_A_DAY)  # noqa: TRY004 - pydantic reports ValueError only
    text = without_hyphens(normalised(value, DURATION_EXPECTED))
    if match := _DAYS_OR_LONGER.fullmatch(text):
        number = number_of(match)
        if match["months"] or match["years"]:
            return ForMonths(number * (_MONTHS_OF_A_YEAR if match["years"] else 1))
        return ForDays(number * (7 if match["weeks"] else 1))
    if match := _UNTIL.fullmatch(text):
        return UntilDate(_date(match["last"], DURATION_EXPECTED))
    if re.search(_NO_END, text):
        raise ValueError(_ENDLESS)
    if re.match(_DECIMALS, text):
        raise ValueError(_PART_OF_A_DAY)
    raise ValueError(_RANGE if re.match(_NO_ONE_NUMBER, text) else DURATION_EXPECTED)


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
    require(match is not None, _START_EXPECTED)
    _date(text[:10], _START_EXPECTED)
    try:
        moment = datetime.fromisoformat(text.upper()).replace(microsecond=0)
    except ValueError:
        raise ValueError(_START_EXPECTED) from None
    return AtLocalTime(moment) if moment.tzinfo is None else AtInstant(moment.astimezone(UTC))


def normalised(value: Any, expected: str) -> str:
    """A text in lower case without accents, dots after words, and more than one blank at a time.

    Raises:
        ValueError: it is no text, or a very long one; the message is ``expected``.
    """
    if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
        raise ValueError(expected)
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", value)).casefold()
    return " ".join(_PLURALS.sub("s", _DOTS.sub("", plain)).split())


def without_hyphens(text: str) -> str:
    """The same with a blank for each hyphen between two letters."""
    return _HYPHENS.sub(" ", text)


def number_of(match: re.Match[str]) -> int:
    """What `NUMBER` has matched."""
    text = match["number"]
    return _NUMBERS[text] if text in _NUMBERS else int(text)


def _date(text: str, expected: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError(expected) from None
    require(_EARLIEST_YEAR <= day.year <= _LATEST_YEAR, expected)
    return day
