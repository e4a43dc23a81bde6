"""Reads how often a medicine is taken, from what a clinic writes, in Spanish or English.

Case, accents, dots, brackets and blanks make no difference. What can be read in two ways, or in none, is
refused and never guessed: ``once al día`` (eleven, or the English *once*), ``8 y 20`` (twenty past eight),
``OD`` (once a day, or the right eye). `frequency_refusals` says what was wrong.

As Mexicans say it, ``cada tercer día`` is every other day: the first day counts, too.
"""

import re
from collections.abc import Iterator
from datetime import time
from typing import Any

from clinic.domain.prescriptions.dosing import (
    FREQUENCY_EXPECTED,
    ClockTimes,
    Daily,
    EveryDays,
    EveryHours,
    Frequency,
    Meal,
    MealTime,
    MealTimes,
    Relation,
    SomeDays,
    TimesPerDay,
    Weekdays,
    require,
)
from clinic.domain.prescriptions.dosing_words import NUMBER, normalised, number_of, without_hyphens
from clinic.domain.prescriptions.frequency_refusals import refusal

_NOON = 12
_A_DAY_OF_HOURS = 24
_ENGLISH_TIMES = {"once": 1, "twice": 2, "thrice": 3}
_LATIN = {"bd": 2, "bid": 2, "tds": 3, "tid": 3, "qds": 4, "qid": 4}
_EVERY_DAY = {
    *("diario", "diaria", "diariamente", "a diario", "cada dia", "cada 1 dia", "todos los dias"),
    *("daily", "every day", "everyday", "each day", "every 1 day"),
    *("lunes a domingo", "de lunes a domingo", "monday to sunday"),
}
_EVERY_HOUR = {"cada hora", "c/hora", "every hour", "hourly"}
_DAY = r"(?:(?:al|por|x|/|cada|a|per|each|every) ?)?(?:dia|day)|diari[oa]s?|daily"
_TIMES = r"(?:veces|vez|tomas?|dosis|aplicacion(?:es)?|times?|doses?|x)"

_TIMES_A_DAY = re.compile(rf"{NUMBER} ?{_TIMES} ?(?:{_DAY})")
_TIMES_IN_ENGLISH = re.compile(
    r"(?:(?:only|just) )?(once|twice|thrice) ?(?:(?:a|per|each|every|/) ?day|daily)"
)
# One of whatever the dosage says is taken one time; "dos al día" may be two at a time, and is refused.
_PER_DAY = r"(?:(?:al|por|x|/|cada|a|per|each|every) ?(?:dia|day)|diari[oa]|daily)"
_ONE_A_DAY = re.compile(
    rf"(?:una|uno|1|one) ?{_PER_DAY}"
    rf"|(?:(?:solo|solamente) )?(?:una|1) (?:(?:sola|unica) )?(?:vez|dosis|toma|aplicacion) {_PER_DAY}"
    rf"|(?:(?:una|1) )?(?:(?:dosis|toma|aplicacion) unica|unica (?:dosis|toma|aplicacion)) {_PER_DAY}"
    rf"|(?:(?:a|one|1) )?single (?:dose {_PER_DAY}|daily dose)"
)
_INTERVAL = re.compile(rf"(?:cada|c ?/|every|q) ?{NUMBER} ?(?:horas?|hours?|hrs?|hs?)")
_HOURLY = re.compile(rf"{NUMBER}[ -]?hourly")
_CLOCK = re.compile(
    r"(?:a las? |at )?(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-5][0-9])(?::00)?)?"
    r"(?: ?(?P<half>[ap]) ?m| de la (?P<part>manana|tarde|noche))?(?: ?(?:horas?|hours?|hrs?|hs?))?"
)
_HOURS_OF_PART = {"manana": range(1, 12), "tarde": (12, *range(1, 9)), "noche": range(6, 12)}
_BETWEEN = re.compile(r" ?[,;&+] ?(?:(?:y|and) )?| (?:y|and) ")

_ALTERNATE = re.compile(
    r"(?:(?:1|una) vez )?cada (?:tercer|3er) dia|(?:en )?dias alternos|dia (?:de )?por medio"
    r"|(?:un )?dia si,? (?:y )?(?:otro|(?:un )?dia) no"
    r"|(?:once )?every (?:other|second) day|(?:on )?alternate days"
)
_WEEKLY = re.compile(
    r"(?:(?:1|una) )?semanal|semanalmente|cada semana|weekly|(?:every|each) week"
    r"|(?:1|una)(?: sola)?(?: vez)? ?(?:por|a la|x|cada|/) ?semana"
    r"|(?:1|one|1 time|one time|once)(?: ?(?:a|per|each|every|/) ?week| weekly)"
)
_EVERY_SO_MANY = re.compile(
    rf"(?:(?:1|una) vez |once )?(?:cada|c ?/|every) ?{NUMBER} (?:(?P<weeks>semanas?|weeks?)|dias?|days?)"
)
# Spanish counts the day itself: eight days to a week, fifteen to a fortnight.
_TWO_READINGS_OF_DAYS = re.compile(r"(?:(?:1|una) vez )?(?:cada|c ?/) ?(?:8|ocho|15|quince) dias")
_WEEKDAYS = {
    name: day
    for day, names in enumerate(
        (
            "lunes lun monday mondays mon",
            "martes mar tuesday tuesdays tues tue",
            "miercoles mie mier wednesday wednesdays wed",
            "jueves jue thursday thursdays thurs thur thu",
            "viernes vie friday fridays fri",
            "sabado sabados sab saturday saturdays sat",
            "domingo domingos dom sunday sundays sun",
        )
    )
    for name in names.split()
}
_BEFORE_WEEKDAYS = re.compile(r"\b(?:(?:todos )?los|el|on|cada|every|each) ")
_BETWEEN_WEEKDAYS = re.compile(r" ?[,;&+/] ?(?:(?:y|and|e) )?| (?:y|and|e) | ")
_WEEKENDS = re.compile(r"(?:(?:todos )?los |en (?:los )?)?fines de semana|(?:on (?:the )?)?weekends")
# From one to the other, or these two? One hyphen between two weekdays stays, and the text is refused.
_ONE_HYPHEN = re.compile(rf"[^-]*\b(?:{'|'.join(_WEEKDAYS)})-(?:{'|'.join(_WEEKDAYS)})\b[^-]*")
_WEEKDAY_RANGE = re.compile(r"(?:de |from )?([a-z]+) (?:a|al|to|through|thru|hasta) ([a-z]+)")

_IMPERATIVE = re.compile(r"^(?:tomar|tome|aplicar|aplique|take|apply) ")
_NIGHT = r"(?:(?:(?:cada|por la|en la) noche|todas las noches|every night|nightly|at night),? )?"
_BEDTIME = re.compile(
    rf"{_NIGHT}(?:al (?:acostarse|dormir|ir(?:se)? a (?:dormir|la cama|acostar))"
    r"|antes de (?:dormir|acostarse|ir(?:se)? a (?:dormir|la cama|acostar))|a la hora de (?:dormir|acostarse)"
    r"|(?:at )?bedtime|before (?:bed|bedtime|going to bed|sleep|sleeping)|when going to bed)"
)
_FASTING = re.compile(r"(?:(?:por la|en la|cada) manana,? )?en ayun[ao]s?")
_RELATIONS = {
    "antes de": Relation.BEFORE,
    "before": Relation.BEFORE,
    "con": Relation.WITH,
    "al": Relation.WITH,
    "durante": Relation.WITH,
    "en": Relation.WITH,
    "a la hora de": Relation.WITH,
    "with": Relation.WITH,
    "at": Relation.WITH,
    "despues de": Relation.AFTER,
    "after": Relation.AFTER,
}
_MEALS = {
    **dict.fromkeys(("desayuno", "desayunar", "breakfast"), Meal.BREAKFAST),
    **dict.fromkeys(("comida", "lunch"), Meal.LUNCH),
    **dict.fromkeys(("cena", "cenar", "dinner", "supper"), Meal.DINNER),
}
_MEALS_OF_A_DAY = (Meal.BREAKFAST, Meal.LUNCH, Meal.DINNER)
_ALL_MEALS = r"(?:las )?comidas|los alimentos|(?:cada|todas las|las 3|las tres) comidas?|cada alimento"
_ALL_MEALS += r"|(?:the |all |each |every |your )?meals?"
# Half an hour is what before and after mean here, so it may be said.
_HALF_AN_HOUR = (
    r"(?:(?:(?:30|treinta) (?:minutos?|min)|media hora|30 minutes?|half an hour) "
    r"(?=antes|despues|before|after))?"
)
_MEAL_ITEM = re.compile(
    rf"{_HALF_AN_HOUR}(?:(?P<relation>{'|'.join(_RELATIONS)}) |de )?"
    rf"(?:(?P<all>{_ALL_MEALS})|(?P<article>el |la |the |your )?(?P<meal>{'|'.join(_MEALS)}))"
)


def parse_frequency(value: Any) -> Frequency:
    """Read a frequency, or a list of clock times (``["08:00", "20:00"]``).

    ``cada día`` is once a day, in waking hours; ``cada 24 horas`` is elapsed time. Clock times without am
    or pm are those of the 24-hour clock; some with and some without are refused, and so are times before
    13:00 out of their order (``8:00, 2:00``), which mean the afternoon more often than not.

    Raises:
        ValueError: it is none; the message says what is wrong and what would be accepted, and does not
            repeat it.
    """
    if isinstance(value, list | tuple):
        clocks = _clock_times([normalised(item, FREQUENCY_EXPECTED) for item in value])
        if clocks is None:
            raise ValueError(FREQUENCY_EXPECTED)
        return clocks
    text = normalised(value, FREQUENCY_EXPECTED)
    try:
        frequency = _frequency(_plain_sentence(text))
    except ValueError:  # a number that is too high, times that are not in order
        frequency = None
    if frequency is None:
        raise ValueError(refusal(text))
    return frequency


def _plain_sentence(text: str) -> str:
    """Without brackets, colons behind words, hyphens between them and contracted articles."""
    text = text if _ONE_HYPHEN.fullmatch(text) else without_hyphens(text)
    text = re.sub(r" ?[(\[]", ", ", text) if re.fullmatch(r"[^()\[\]]+[(\[][^()\[\]]+[)\]]", text) else text
    text = re.sub(r"(?<=[a-z]): ", ", ", re.sub(r"[)\]]$", "", _IMPERATIVE.sub("", text)))
    return " ".join(re.sub(r"\bdel\b", "de el", text).split())


def _frequency(text: str) -> Frequency | None:
    interval = _interval(text)
    if interval is not None:
        return interval
    if text in _EVERY_DAY:
        return TimesPerDay(1)
    daily = _daily(text)
    if daily is not None:
        return daily
    days = _days(text)
    if days is not None:
        return SomeDays(days, TimesPerDay(1))
    found = {
        each
        for one, other in _halves(text)
        for each in (_of_halves(one, other), _of_halves(other, one))
        if each
    }
    return found.pop() if len(found) == 1 else None


def _of_halves(one: str, other: str) -> Frequency | None:
    """On which days, and when on them."""
    daily = _daily(other)
    if daily is None:
        return None
    if one in _EVERY_DAY:
        return daily
    interval = _interval(one)
    if interval is not None:
        return daily if interval.hours == _A_DAY_OF_HOURS and _how_many(daily) == 1 else None
    days = _days(one)
    return None if days is None else SomeDays(days, daily)


def _halves(text: str) -> Iterator[tuple[str, str]]:
    """A text in two, at each of its blanks, without what stands between."""
    for blank in re.finditer(r"[ ,;]+(?:(?:y|and) )?", text):
        if blank.start() and blank.end() < len(text):
            yield text[: blank.start()], text[blank.end() :]


def _interval(text: str) -> EveryHours | None:
    if text in _EVERY_HOUR:
        return EveryHours(1)
    match = _INTERVAL.fullmatch(text) or _HOURLY.fullmatch(text)
    return EveryHours(number_of(match)) if match else None


def _daily(text: str) -> Daily | None:
    """So many times a day, at which times, or both where they agree."""
    exactly = _times_per_day(text) or _moments(text)
    if exactly is not None:
        return exactly
    found: set[Daily] = set()
    for one, other in _halves(text):
        for count, moments in (
            (_times_per_day(one), _moments(other)),
            (_times_per_day(other), _moments(one)),
        ):
            if count is not None and moments is not None and count.times == _how_many(moments):
                found.add(moments)
    return found.pop() if len(found) == 1 else None


def _how_many(daily: Daily) -> int:
    return daily.times if isinstance(daily, TimesPerDay) else len(daily.times)


def _times_per_day(text: str) -> TimesPerDay | None:
    if match := _TIMES_A_DAY.fullmatch(text):
        return TimesPerDay(number_of(match))
    if _ONE_A_DAY.fullmatch(text):
        return TimesPerDay(1)
    if match := _TIMES_IN_ENGLISH.fullmatch(text):
        return TimesPerDay(_ENGLISH_TIMES[match[1]])
    latin = text.replace(" ", "")
    return TimesPerDay(_LATIN[latin]) if latin in _LATIN else None


def _moments(text: str) -> ClockTimes | MealTimes | None:
    items = [text] if _BEDTIME.fullmatch(text) or _FASTING.fullmatch(text) else _BETWEEN.split(text)
    try:
        return _clock_times(items) or _meal_times(items)
    except ValueError:  # "8 y 20", "antes y después de la cena": in no order, or in two
        return None


def _clock_times(texts: list[str]) -> ClockTimes | None:
    matches = [_CLOCK.fullmatch(text) for text in texts]
    found = [match for match in matches if match]
    if not found or len(found) < len(matches):
        return None
    halves = [match["half"] or match["part"] for match in found]
    require(all(halves) or not any(halves), FREQUENCY_EXPECTED)
    times = [_clock(match) for match in found]
    in_order = sorted(set(times))
    require(len(in_order) == len(times), FREQUENCY_EXPECTED)
    might_mean_afternoon = times != in_order and not any(halves) and in_order[-1].hour <= _NOON
    require(not might_mean_afternoon, FREQUENCY_EXPECTED)
    return ClockTimes(tuple(in_order))


def _clock(match: re.Match[str]) -> time:
    hour, minute, half, part = int(match["hour"]), match["minute"], match["half"], match["part"]
    if part:
        require(hour in _HOURS_OF_PART[part], FREQUENCY_EXPECTED)
        half = "a" if part == "manana" else "p"
    if half:
        require(1 <= hour <= _NOON, FREQUENCY_EXPECTED)
        hour = hour % _NOON + (_NOON if half == "p" else 0)
    # A bare hour may be minutes ("a las 8 y 20") or an interval ("8 h").
    require(hour < 2 * _NOON and bool(half or minute), FREQUENCY_EXPECTED)
    return time(hour, int(minute or 0))


def _meal_times(items: list[str]) -> MealTimes | None:
    moments: list[MealTime] = []
    relation: Relation | None = None
    for item in items:
        if _BEDTIME.fullmatch(item):
            moments.append(MealTime(Relation.AT, Meal.BEDTIME))
            continue
        if _FASTING.fullmatch(item):
            moments.append(MealTime(Relation.BEFORE, Meal.BREAKFAST))
            continue
        match = _MEAL_ITEM.fullmatch(re.sub(f"^{_NIGHT}(?=.*(?:cena|dinner|supper))", "", item))
        # "con comida" is with food, at whichever times: how, not when.
        if not match or (len(items) == 1 and match["meal"] == "comida" and not match["article"]):
            return None
        relation = _RELATIONS[match["relation"]] if match["relation"] else relation or Relation.WITH
        meals = _MEALS_OF_A_DAY if match["all"] else (_MEALS[match["meal"]],)
        moments += [MealTime(relation, meal) for meal in meals]
    return MealTimes(tuple(sorted(moments, key=lambda moment: moment.meal.value)))


def _days(text: str) -> EveryDays | Weekdays | None:
    if _ALTERNATE.fullmatch(text):
        return EveryDays(2)
    if _WEEKLY.fullmatch(text):
        return EveryDays(7)
    if _WEEKENDS.fullmatch(text):
        return Weekdays((5, 6))
    if (match := _EVERY_SO_MANY.fullmatch(text)) and not _TWO_READINGS_OF_DAYS.fullmatch(text):
        return EveryDays(number_of(match) * (7 if match["weeks"] else 1))
    if (match := _WEEKDAY_RANGE.fullmatch(text)) and {match[1], match[2]} <= _WEEKDAYS.keys():
        first, last = _WEEKDAYS[match[1]], _WEEKDAYS[match[2]]
        return Weekdays(tuple(range(first, last + 1)))
    named = [_WEEKDAYS.get(item) for item in _BETWEEN_WEEKDAYS.split(_BEFORE_WEEKDAYS.sub("", text))]
    days = [day for day in named if day is not None]
    if len(days) < len(named) or len(set(days)) < len(days):
        return None
    return Weekdays(tuple(sorted(days)))
