"""The spellings of a clinic, and what they mean; what could mean two things is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from clinic.domain.prescriptions.dosing import (
    FREQUENCY_EXPECTED,
    AtInstant,
    AtLocalTime,
    ClockTimes,
    EveryDays,
    EveryHours,
    ForDays,
    ForMonths,
    Meal,
    MealTime,
    MealTimes,
    OnDate,
    Relation,
    TimesPerDay,
    UntilDate,
    Weekdays,
)
from clinic.domain.prescriptions.dosing_words import parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency

TIMES_A_DAY = {
    1: [
        *(
            "1 vez al día",
            "una vez al día",
            "una vez por dia",
            "1x al día",
            "1 toma diaria",
            "una dosis al día",
        ),
        *("diario", "Diaria", "diariamente", "a diario", "cada día", "todos los días"),
        *("once daily", "once a day", "once per day", "one time a day", "daily", "every day", "each day"),
    ],
    2: [
        *("2 veces al día", "dos veces al día", "dos veces por día", "2 veces diarias", "2x/día", "2 x dia"),
        *("twice a day", "twice daily", "2 times daily", "2 times/day", "two times per day", "2x daily"),
        *("BID", "b.i.d.", "b. i. d.", "bid", "BD"),
    ],
    3: [
        *(
            "3 veces al día",
            "tres veces al día",
            "3 veces por día",
            "3x al día",
            "3 veces x día",
            "3 x al día",
        ),
        *(
            "3 VECES AL DÍA",
            "3  veces   al dia.",
            " 3 veces al di\u0301a ",
            "3\u00a0veces al día",
            "3 dosis al día",
        ),
        *("three times a day", "3 times daily", "three times each day", "thrice a day", "3 doses a day"),
        *("TID", "t.i.d.", "T.I.D", "tds"),
    ],
    4: ["4 veces al día", "cuatro tomas diarias", "four times a day", "QID", "q.i.d.", "QDS"],
    12: ["12 veces al día", "doce veces al día", "12 times a day"],
}

EVERY_HOURS = {
    1: ["cada hora", "cada 1 hora", "every hour", "hourly", "q1h", "c/1h", "cada una hora"],
    4: ["cada 4 horas", "cada 4hs", "q4h", "4 hourly", "4-hourly"],
    8: [
        *("cada 8 horas", "cada 8 hrs", "Cada 8 Hrs.", "cada 8 hr", "cada 8 h", "cada 8h", "cada ocho horas"),
        *("c/8h", "c/ 8 horas", "c / 8 hrs.", "C/8 HORAS", "cada 08 horas", "cada 8. horas"),
        *("every 8 hours", "every 8 hrs", "every 8h", "every eight hours", "q8h", "q 8 h", "Q8H", "q8hrs"),
    ],
    12: ["cada 12 horas", "cada doce horas", "every twelve hours", "q12h"],
    24: ["cada 24 horas", "cada veinticuatro horas", "every 24 hours", "every twenty-four hours", "q24h"],
    48: ["cada 48 horas", "q48h"],
    72: ["cada 72 horas", "every 72 hours", "q72h", "c/72 hrs"],
    168: ["cada 168 horas"],
}

CLOCK_TIMES: dict[str, list[Any]] = {
    "08:00": ["08:00", "8:00", "a las 8:00", "8 am", "8 a.m.", "8 a. m.", "8:00 hrs", "08:00:00", ["08:00"]],
    "20:00": ["20:00", "8 pm", "8:00 PM", "8:00 p. m.", "at 8 pm"],
    "00:00": ["00:00", "0:00", "12 am", "12:00 a.m."],
    "12:00": ["12:00", "12 pm", "12:00 p.m."],
    "08:00 20:00": [
        *("08:00, 20:00", "8:00 y 20:00", "8:00,20:00", "a las 8:00 y 20:00", "a las 8:00 y a las 20:00"),
        *("8 am y 8 pm", "8am, 8pm", "8 a.m. y 8 p.m.", "8:00 and 20:00", "8 am & 8 pm", "8:00; 20:00"),
        *("20:00, 08:00", "8 pm y 8 am", "8:00 hrs y 20:00 hrs.", "8:00 y 20:00 horas"),
        *(["08:00", "20:00"], ["20:00", "08:00"], ("8 am", "8 pm"), ["8:00 a. m.", "8:00 p. m."]),
    ],
    "08:00 16:00": ["8:00, 16:00"],
    "08:00 14:00 20:00": ["08:00, 14:00 y 20:00", "8:00, 14:00, y 20:00", "8 am, 2 pm y 8 pm"],
    "06:30 22:15": ["6:30 y 22:15", "6:30 am, 10:15 pm"],
    "01:00 07:00": ["1:00 y 7:00"],
}

NO_FREQUENCY: list[Any] = [
    *(
        "",
        " ",
        "PRN",
        "prn",
        "cuando duela",
        "si hay dolor",
        "según indicación",
        "QOD",
        "q.o.d.",
        "HS",
        "qhs",
    ),
    *("0 veces", "0 veces al día", "13 veces al día", "-3 veces al día", "3", "3 veces", "veces al día"),
    *("cada 0 horas", "cada 169 horas", "cada 999 horas", "cada 8", "c/8", "q8", "8 h", "8h", "8 horas"),
    *(
        "cada 2.5 horas",
        "cada .5 horas",
        "cada.5 horas",
        "cada 2,5 horas",
        "cada ½ hora",
        "cada 1\u00b2 horas",
    ),
    *("cada 90 minutos", "cada 6 u 8 horas", "cada 6-8 horas", "cada 8 a 12 horas", "cada -8 horas"),
    *(
        "cada \u0668 horas",
        "cada 8\u0335 horas",
        "cada\u200b8 horas",
        "cada 8 horas y media",
        "cada 8 horas PRN",
    ),
    # Spanish "once" is eleven.
    *("once al día", "once veces al día", "cada once horas", "once"),
    # Three of what?
    *("3 al día", "3/día", "1-1-1", "1 tableta cada 8 horas"),
    *("8 y 20", "a las 8 y 20", "a las 8", "8 hrs y 20 hrs", "8 y 8 pm", "20 pm", "0 am", "13:00 am"),
    *("24:00", "8:60", "8:5", "8.00", "8:00 - 20:00", "de 8:00 a 20:00", "8:00 20:00", "8:00:30", "8:00,"),
    *(
        "8:00 y 8:00",
        "8 am y 8:00 am",
        "8:00, 14:00, 2:00 pm",
        "8:00 y 2:00 pm",
        "8:00, 2:00",
        "12:00 y 6:00",
    ),
    ", ".join(f"{hour}:00" for hour in range(13)),
    *(None, True, 3, 8.0, b"q8h", {}, {"hours": 8}, [], [None], [8, 20], ["8:00", ""], ["8:00", "8:00"]),
    *(["8:00", "2:00"], ["8:00, 20:00"], ["q8h"], [["8:00"]], "cada 8 horas" + " " * 200),
]

DURATIONS: dict[int, list[Any]] = {
    1: [1, 1.0, "1 día", "un día", "1 day", "one day", "1d"],
    7: [
        7,
        7.0,
        "7 días",
        "7 dias",
        "7 DÍAS",
        "7d",
        "siete días",
        "una semana",
        "1 semana",
        "1 week",
        "1w",
        "x 7 días",
    ],
    10: ["10 dias", "10 days", "por 10 días", "durante 10 días", "for 10 days", "10 días.", " 10  días "],
    14: ["2 semanas", "dos semanas", "2w", "2 sem.", "2 weeks", "2 wks", "durante 2 semanas", "14 días"],
    15: ["quince días"],
    732: [732, "732 días"],
    728: ["104 semanas"],
}

NO_DURATION: list[Any] = [
    *("", "7", "días", "0 días", "-1 días", "1.5 días", "733 días", "105 semanas", "9999 días", "25 meses"),
    *(
        "mes y medio",
        "a month",
        "siempre",
        "permanente",
        "7-10 días",
        "7 días o más",
        "once días",
        "7 días y 2 semanas",
    ),
    *("10/12/2026", "2026-13-01", "2026-02-30", "20261210", "2026-W50-4", "hasta el 10", "hasta 7 días"),
    *("1999-12-31", "2200-01-01", "0000-01-01", "2026-12-10T00:00:00Z", "\u0667 días"),
    *(0.0, 1.5, 733.0, 1e300, float("inf"), float("nan")),
    *(0, -1, 733, 10**30, True, None, [], [7], {}, b"7d"),
]

STARTS = {
    "2026-11-30": OnDate(date(2026, 11, 30)),
    " 2026-11-30 ": OnDate(date(2026, 11, 30)),
    "2026-11-30T08:00": AtLocalTime(datetime(2026, 11, 30, 8, 0)),  # noqa: DTZ001 - a wall clock
    "2026-11-30 08:00": AtLocalTime(datetime(2026, 11, 30, 8, 0)),  # noqa: DTZ001 - a wall clock
    "2026-11-30T08:00:15.9": AtLocalTime(datetime(2026, 11, 30, 8, 0, 15)),  # noqa: DTZ001 - a wall clock
    "2026-11-30T08:00:00-06:00": AtInstant(datetime(2026, 11, 30, 14, 0, tzinfo=UTC)),
    "2026-11-30T08:00-0600": AtInstant(datetime(2026, 11, 30, 14, 0, tzinfo=UTC)),
    "2026-11-30T14:00:00.123Z": AtInstant(datetime(2026, 11, 30, 14, 0, tzinfo=UTC)),
    "2026-11-30t14:00:00z": AtInstant(datetime(2026, 11, 30, 14, 0, tzinfo=UTC)),
}

NO_START: list[Any] = [
    *("", "mañana", "30/11/2026", "20261130", "2026-W49-1", "2026-02-30", "2026-11-30T", "2026-11-30T8:00"),
    *("2026-11-30T24:00", "2026-11-30T08:60", "2026-11-30T08", "2026-11-30T08:00:00+99:00", "1999-12-31"),
    *(
        "2200-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-11-30" + " " * 200,
    ),
    *(None, 0, 20261130, True, [], {}, b"2026-11-30", date(2026, 11, 30)),
]


def clocks(text: str) -> tuple[time, ...]:
    return tuple(time.fromisoformat(clock) for clock in text.split())


@pytest.mark.parametrize(("times", "text"), [(n, text) for n, texts in TIMES_A_DAY.items() for text in texts])
def test_so_many_times_a_day_in_a_clinics_spellings(times: int, text: str) -> None:
    assert parse_frequency(text) == TimesPerDay(times)


@pytest.mark.parametrize(("hours", "text"), [(n, text) for n, texts in EVERY_HOURS.items() for text in texts])
def test_every_so_many_hours_in_a_clinics_spellings(hours: int, text: str) -> None:
    assert parse_frequency(text) == EveryHours(hours)


@pytest.mark.parametrize(
    ("times", "value"), [(t, value) for t, values in CLOCK_TIMES.items() for value in values]
)
def test_clock_times_in_a_clinics_spellings_and_in_lists(times: str, value: Any) -> None:
    assert parse_frequency(value) == ClockTimes(clocks(times))


def refusal(parse: Callable[[Any], object], value: Any) -> str:
    with pytest.raises(ValueError, match=r"(^|; )expected ") as refused:
        parse(value)
    return str(refused.value)


@pytest.mark.parametrize("value", NO_FREQUENCY, ids=repr)
def test_a_frequency_that_is_unknown_or_means_two_things_is_refused(value: Any) -> None:
    assert refusal(parse_frequency, value).endswith(FREQUENCY_EXPECTED)


@pytest.mark.parametrize("times", [(), clocks("20:00 08:00"), clocks("08:00 08:00"), (time(8, 0, 1),)])
def test_clock_times_are_whole_minutes_in_the_order_of_the_day(times: tuple[time, ...]) -> None:
    with pytest.raises(ValueError, match="expected times per day"):
        ClockTimes(times)


@pytest.mark.parametrize(
    ("days", "value"), [(n, value) for n, values in DURATIONS.items() for value in values]
)
def test_a_duration_in_days_or_weeks(days: int, value: Any) -> None:
    assert parse_duration(value) == ForDays(days)


@pytest.mark.parametrize(
    "text",
    ["2026-12-10", "hasta el 2026-12-10", "hasta 2026-12-10.", "until 2026-12-10", "UNTIL the 2026-12-10"],
)
def test_a_duration_until_a_date(text: str) -> None:
    assert parse_duration(text) == UntilDate(date(2026, 12, 10))


@pytest.mark.parametrize("value", NO_DURATION, ids=repr)
def test_a_duration_that_is_none_is_refused(value: Any) -> None:
    assert refusal(parse_duration, value).endswith(
        "expected 1 to 732 days, as a number (7, not in quotes) or with days, weeks or months said (10 días, "
        "2 semanas, 1 mes, 2 weeks), or a last date (hasta el 2026-12-10)"
    )


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        ("tratamiento permanente", "a course without an end"),
        ("indefinido", "a course without an end"),
        (2.5, "no course lasts a part of a day"),
        ("1.5 días", "no course lasts a part of a day"),
        ("2,5 semanas", "no course lasts a part of a day"),
        ("7-10 días", "how many days is not decided"),
        ("7 a 10 días", "how many days is not decided"),
    ],
)
def test_a_refused_duration_says_what_was_wrong(text: Any, begin: str) -> None:
    assert refusal(parse_duration, text).startswith(begin)


@pytest.mark.parametrize(
    ("months", "text"),
    [
        (1, "1 mes"),
        (1, "un mes"),
        (2, "2 meses"),
        (1, "1 month"),
        (3, "por tres meses"),
        (6, "6 months"),
        (12, "1 año"),
    ],
)
def test_a_duration_in_months(months: int, text: str) -> None:
    assert parse_duration(text) == ForMonths(months)


WRONG_DAYS_AND_MEALS: dict[str, Callable[[], object]] = {
    "every day": lambda: EveryDays(1),
    "every 91 days": lambda: EveryDays(91),
    "no weekday": lambda: Weekdays(()),
    "all weekdays": lambda: Weekdays(tuple(range(7))),
    "weekdays in disorder": lambda: Weekdays((1, 0)),
    "an eighth weekday": lambda: Weekdays((7,)),
    "no meal": lambda: MealTimes(()),
    "at lunch": lambda: MealTime(Relation.AT, Meal.LUNCH),
    "after bedtime": lambda: MealTime(Relation.AFTER, Meal.BEDTIME),
    "dinner before lunch": lambda: MealTimes(
        (MealTime(Relation.WITH, Meal.DINNER), MealTime(Relation.WITH, Meal.LUNCH))
    ),
}


@pytest.mark.parametrize("name", WRONG_DAYS_AND_MEALS)
def test_days_and_meals_are_real_ones_in_their_order(name: str) -> None:
    with pytest.raises(ValueError, match="expected times per day"):
        WRONG_DAYS_AND_MEALS[name]()


@pytest.mark.parametrize("text", STARTS)
def test_a_start_with_or_without_a_time(text: str) -> None:
    assert parse_start(text) == STARTS[text]


@pytest.mark.parametrize("value", NO_START, ids=repr)
def test_a_start_that_is_none_is_refused(value: Any) -> None:
    assert refusal(parse_start, value) == (
        "expected a date (2026-11-30), a local time of it (2026-11-30T08:00) or an ISO 8601 instant with "
        "its offset (2026-11-30T08:00:00-06:00), in the years 2000 to 2199"
    )
