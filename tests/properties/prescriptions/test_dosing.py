"""Whatever is written as a frequency, duration or start: it is read in one way, or refused in one way."""

import unicodedata
from collections.abc import Callable
from datetime import date, time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.prescriptions.dosing import (
    ClockTimes,
    Duration,
    EveryHours,
    ForDays,
    Frequency,
    OnDate,
    StartAt,
    TimesPerDay,
    UntilDate,
)
from clinic.domain.prescriptions.dosing_words import DURATION_SENTENCES, parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency
from clinic.domain.prescriptions.frequency_refusals import SENTENCES

TIMES = [
    "{} veces al día",
    "{} veces por día",
    "{}x al día",
    "{} tomas diarias",
    "{} times a day",
    "{} times daily",
]
HOURS = ["cada {} horas", "cada {} hrs.", "c/{}h", "c/ {} horas", "every {} hours", "q{}h", "q {} h"]
DAYS = ["{} días", "{} dias", "por {} días", "durante {} días", "{}d", "{} days", "for {} days"]

PIECES = st.sampled_from(
    [
        *(
            "cada",
            "8",
            "20",
            "horas",
            "h",
            "q",
            "c/",
            "veces",
            "al",
            "día",
            "diario",
            "once",
            "twice",
            "a",
            "day",
        ),
        *(
            "y",
            ",",
            ":",
            "00",
            "am",
            "pm",
            ".",
            " ",
            "  ",
            "-",
            "x",
            "bid",
            "hasta",
            "el",
            "2026-12-10",
            "T",
            "Z",
        ),
        *(
            "días",
            "semanas",
            "lunes",
            "tercer",
            "con",
            "la cena",
            "al acostarse",
            "mes",
            "prn",
            "w",
            "d",
            "+06:00",
            "0",
            "\u0668",
            "\u00b2",
            "½",
            "\u0335",
            "\n",
            "\x00",
            "\ud800",
        ),
    ]
)
texts = (
    st.text(max_size=40)
    | st.lists(PIECES, max_size=8).map("".join)
    | st.lists(PIECES, max_size=8).map(" ".join)
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.dates() | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=6,
)


def refusal(parse: Callable[[Any], object], value: Any) -> str | None:
    """Why a value is refused; None when it is read. Nothing it came from may follow into a log."""
    try:
        parse(value)
    except ValueError as error:
        is_alone = error.__suppress_context__ or error.__context__ is None
        return str(error) if is_alone else "shows another error"
    return None


def read(parse: Callable[[Any], object], value: Any) -> object:
    """What it is read as; None when it is refused, in one of the sentences there are."""
    reason = refusal(parse, value)
    if parse is parse_frequency:
        assert reason is None or reason in SENTENCES
    elif parse is parse_duration:
        assert reason is None or reason in DURATION_SENTENCES
    else:
        assert reason in {None, refusal(parse, None)}
    return parse(value) if reason is None else None


@given(values)
def test_anything_is_a_frequency_or_refused_without_being_repeated(value: Any) -> None:
    assert isinstance(read(parse_frequency, value), Frequency | None)


@given(values)
def test_anything_is_a_duration_or_refused_without_being_repeated(value: Any) -> None:
    assert isinstance(read(parse_duration, value), Duration | None)


@given(values)
def test_anything_is_a_start_or_refused_without_being_repeated(value: Any) -> None:
    assert isinstance(read(parse_start, value), StartAt | None)


@st.composite
def spellings(draw: st.DrawFn, patterns: list[str], numbers: st.SearchStrategy[int]) -> tuple[int, str]:
    """A number, and one of these with it: in any case, with or without accents, more blanks, a full stop."""
    number = draw(numbers)
    text = unicodedata.normalize(draw(st.sampled_from(["NFC", "NFD"])), draw(st.sampled_from(patterns)))
    if draw(st.booleans()):
        text = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    cases = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    text = "".join(c.upper() if upper else c for c, upper in zip(text, cases, strict=True))
    blank = draw(st.sampled_from([" ", "  ", "\t", "\u00a0", "\n "]))
    before, after = draw(st.sampled_from(["", blank])), draw(st.sampled_from(["", ".", blank, f".{blank}"]))
    return number, f"{before}{text.format(number).replace(' ', blank)}{after}"


@given(spellings(TIMES, st.integers(0, 30)))
def test_times_a_day_are_read_however_they_are_written(written: tuple[int, str]) -> None:
    number, text = written
    assert read(parse_frequency, text) == (TimesPerDay(number) if 1 <= number <= 12 else None)


@given(spellings(HOURS, st.integers(0, 200)))
def test_hours_are_read_however_they_are_written(written: tuple[int, str]) -> None:
    number, text = written
    assert read(parse_frequency, text) == (EveryHours(number) if 1 <= number <= 168 else None)


@given(spellings(DAYS, st.integers(0, 800)))
def test_days_are_read_however_they_are_written(written: tuple[int, str]) -> None:
    number, text = written
    assert read(parse_duration, text) == (ForDays(number) if 1 <= number <= 732 else None)


clock_times = st.integers(0, 24 * 60 - 1).map(lambda minutes: time(*divmod(minutes, 60)))
some_clocks = st.lists(clock_times, min_size=1, max_size=12, unique=True).map(sorted)


@given(some_clocks, st.sampled_from([", ", ",", " y ", ", y ", " and ", "; "]), st.booleans())
def test_clock_times_are_read_in_a_text_or_a_list_with_24_hours_or_twelve(
    clocks: list[time], between: str, by_half: bool
) -> None:
    written = [f"{clock:%I:%M %p}" if by_half else f"{clock.hour}:{clock:%M}" for clock in clocks]
    assert parse_frequency(between.join(written)) == ClockTimes(tuple(clocks))
    assert parse_frequency(written) == ClockTimes(tuple(clocks))


@given(st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_date_is_a_start_and_an_end(day: date) -> None:
    assert parse_start(day.isoformat()) == OnDate(day)
    assert parse_duration(f"hasta el {day.isoformat()}") == UntilDate(day)
