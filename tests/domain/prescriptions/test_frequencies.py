"""How clinics write how often, in Spanish and English: what each means, or why it is refused."""

import unicodedata
from datetime import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.prescriptions.dosing import (
    FREQUENCY_EXPECTED,
    ClockTimes,
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
)
from clinic.domain.prescriptions.frequencies import parse_frequency

BREAKFAST, LUNCH, DINNER = Meal.BREAKFAST, Meal.LUNCH, Meal.DINNER
BEFORE, WITH, AFTER = Relation.BEFORE, Relation.WITH, Relation.AFTER
BEDTIME = MealTime(Relation.AT, Meal.BEDTIME)
ONCE = TimesPerDay(1)


def at(*clocks: str) -> ClockTimes:
    return ClockTimes(tuple(time.fromisoformat(clock) for clock in clocks))


def meals(relation: Relation, *named: Meal) -> MealTimes:
    return MealTimes(tuple(MealTime(relation, meal) for meal in named))


def every_meal(relation: Relation) -> MealTimes:
    return meals(relation, BREAKFAST, LUNCH, DINNER)


def every(days: int, daily: Any = ONCE) -> SomeDays:
    return SomeDays(EveryDays(days), daily)


def on(*days: int, daily: Any = ONCE) -> SomeDays:
    return SomeDays(Weekdays(days), daily)


AT_BEDTIME = MealTimes((BEDTIME,))
MEANINGS: dict[Frequency, tuple[str, ...]] = {
    every(2): (
        *("cada tercer día", "cada 3er día", "1 vez cada tercer día", "cada 2 días", "cada dos días"),
        *("un día sí y otro no", "un día sí, un día no", "un día sí y un día no", "día sí, día no"),
        *("días alternos", "en días alternos", "día de por medio", "día por medio"),
        *("every other day", "every second day", "every two days", "every 2 days", "on alternate days"),
        *("every-other-day", "once every other day"),
    ),
    every(3): ("cada 3 días", "cada tres días", "1 vez cada 3 días", "every 3 days", "once every three days"),
    every(7): (
        *(
            "semanal",
            "semanalmente",
            "cada semana",
            "una vez por semana",
            "1 vez a la semana",
            "una vez a la semana",
        ),
        *("1 vez/semana", "cada 7 días", "c/7 días", "weekly", "once a week", "once weekly", "once per week"),
        *("every week", "each week", "every 7 days", "una por semana", "1 a la semana", "una semanal"),
        *("one a week", "una sola vez por semana"),
    ),
    every(14): (
        "cada 2 semanas",
        "cada dos semanas",
        "every 2 weeks",
        "once every two weeks",
        "cada 14 días",
    ),
    every(15): ("every 15 days",),
    every(30): ("cada 30 días", "cada treinta días"),
    every(2, at("20:00")): ("cada tercer día a las 20:00", "cada tercer día, 8 pm", "8 pm every other day"),
    every(2, TimesPerDay(2)): ("cada tercer día, 2 veces al día", "2 veces al día cada tercer día"),
    every(2, AT_BEDTIME): ("cada tercer día al acostarse", "every other day at bedtime"),
    every(7, at("08:00")): ("una vez por semana a las 8:00", "once a week at 8 am"),
    on(0, 2, 4): (
        *("lunes, miércoles y viernes", "lun/mié/vie", "lun, mié, vie", "Lun. Mié. Vie.", "lun-mié-vie"),
        *("los lunes, miércoles y viernes", "viernes, lunes y miércoles", "lunes miércoles viernes"),
        *("Monday, Wednesday and Friday", "Mon/Wed/Fri", "mondays, wednesdays & fridays"),
        *("1 vez al día lunes, miércoles y viernes", "todos los lunes, miércoles y viernes"),
    ),
    on(0): ("lunes", "los lunes", "cada lunes", "todos los lunes", "every Monday", "on Mondays"),
    on(5, 6): (
        *("fines de semana", "Fines de semana.", "los fines de semana", "en fines de semana", "weekends"),
        *("todos los fines de semana", "1 vez al día los fines de semana", "on weekends", "on the weekends"),
        *("sábado y domingo", "sábados y domingos", "sáb y dom", "Saturday and Sunday", "Sat/Sun"),
    ),
    on(0, 1, 2, 3, 4): ("de lunes a viernes", "lunes a viernes", "Monday to Friday", "Mon through Fri"),
    on(0, 3, daily=at("08:00")): (
        *("lunes y jueves a las 8:00", "los lunes y jueves, 8 am", "8:00 lunes y jueves"),
        *("Mondays and Thursdays at 8 am", "lunes y jueves (8:00)", "lunes y jueves: 8:00"),
    ),
    on(0, 3, daily=at("08:00", "20:00")): ("lunes y jueves, 8:00 y 20:00",),
    on(0, 3, daily=meals(WITH, DINNER)): ("cada lunes y jueves con la cena",),
    EveryHours(72): ("cada 72 horas", "every 72 hours", "q72h", "c/72 hrs."),
    EveryHours(24): ("cada 24 horas", "q24h", "every twenty-four hours", "cada 24 hora(s)"),
    EveryHours(8): ("tomar cada 8 horas", "Tome cada 8 hrs", "take every 8 hours", "aplicar c/8 h"),
    AT_BEDTIME: (
        *("al acostarse", "al dormir", "antes de dormir", "antes de acostarse", "a la hora de dormir"),
        *(
            "al irse a dormir",
            "antes de irse a la cama",
            "por la noche al acostarse",
            "cada noche, antes de dormir",
        ),
        *("1 vez al día al acostarse", "una vez al día, antes de dormir", "cada 24 horas al acostarse"),
        *("diario al acostarse", "at bedtime", "before bed", "before going to bed", "when going to bed"),
        *("once daily at bedtime", "every night at bedtime", "nightly at bedtime"),
    ),
    meals(WITH, BREAKFAST): (
        *(
            "con el desayuno",
            "en el desayuno",
            "al desayunar",
            "durante el desayuno",
            "a la hora del desayuno",
        ),
        *("1 vez al día con el desayuno", "with breakfast", "once a day with breakfast"),
    ),
    meals(WITH, LUNCH): ("con la comida", "a la hora de la comida", "with lunch"),
    meals(WITH, DINNER): (
        "con la cena",
        "al cenar",
        "with dinner",
        "with supper",
        "por la noche con la cena",
    ),
    meals(WITH, BREAKFAST, DINNER): (
        *(
            "con el desayuno y la cena",
            "con el desayuno y con la cena",
            "desayuno y cena",
            "con la cena y el desayuno",
        ),
        *(
            "2 veces al día, con el desayuno y la cena",
            "BID with breakfast and dinner",
            "with breakfast and dinner",
        ),
    ),
    meals(BEFORE, BREAKFAST): (
        "antes del desayuno",
        "en ayunas",
        "por la mañana en ayunas",
        "before breakfast",
    ),
    meals(AFTER, DINNER): ("después de la cena", "después de cenar", "after dinner"),
    meals(BEFORE, BREAKFAST, DINNER): ("antes del desayuno y de la cena", "before breakfast and dinner"),
    every_meal(WITH): (
        *(
            "con las comidas",
            "con los alimentos",
            "con cada comida",
            "con cada alimento",
            "con desayuno, comida y cena",
        ),
        *("3 veces al día con las comidas", "with meals", "with each meal", "three times a day with meals"),
    ),
    every_meal(BEFORE): (
        *("antes de las comidas", "antes de cada comida", "antes de los alimentos", "antes de comidas"),
        *(
            "30 minutos antes de las comidas",
            "media hora antes de las comidas",
            "before meals",
            "before each meal",
        ),
    ),
    every_meal(AFTER): ("después de las comidas", "después de cada comida", "after meals", "TID after meals"),
    MealTimes((MealTime(WITH, BREAKFAST), BEDTIME)): (
        "con el desayuno y al acostarse",
        "with breakfast and at bedtime",
    ),
    at("08:00", "20:00"): (
        *(
            "a las 8 de la mañana y 8 de la noche",
            "2 veces al día: 8:00 y 20:00",
            "2 veces al día (8:00 y 20:00)",
        ),
        *(
            "diario a las 8 am y 8 pm",
            "todos los días a las 8:00 y a las 20:00",
            "twice a day at 8 am and 8 pm",
        ),
    ),
    at("08:00", "14:00", "20:00"): ("3 veces al día (8:00, 14:00, 20:00)",),
    at("09:00"): ("diario a las 9:00", "cada 24 horas a las 9:00", "every day at 9 am", "daily at 9:00"),
    TimesPerDay(3): ("3 veces al día, todos los días", "todos los días 3 veces al día", "tres-veces-al-día"),
    TimesPerDay(1): (
        *("cada 1 día", "once-daily", "de lunes a domingo"),
        # One of whatever the dosage says: taken one time, whoever reads it.
        *("una diaria", "Una diaria.", "uno diario", "1 diaria", "una al día", "1 al día", "una por día"),
        *("una cada día", "1/día", "one daily", "one a day", "1 per day"),
        *("una sola vez al día", "una única vez al día", "1 sola toma al día", "una sola dosis diaria"),
        *("dosis única diaria", "dosis única al día", "toma única diaria", "una dosis única diaria"),
        *("single dose daily", "a single daily dose", "one single dose a day", "only once a day"),
    ),
    on(5, 6, daily=at("08:00")): ("fines de semana a las 8:00", "on weekends at 8 am"),
}
AS_NEEDED = "as needed (por razón necesaria, si hay dolor) is no schedule"
WEEKLY = "so many times a week leaves open on which days"
AMOUNT, DURATION = "how much is said in dosage", "how long is said in duration"
PART, HOW, WHAT = "a part of the day is no time", "how it is taken", "of what?"
MONTHS, RANGE = "months are no interval of doses", "the number is out of range"
COUNTED, PERIOD = "counted with or without the first day?", "twice in a period, or once in two?"
SINGLE = "a single dose is a course of one day"
WEEKEND = "on which of its days?"
WORKING = "with Saturday, with holidays, or without?"
CLOCKS, WHOLE = "clock times can be read in more than one way", "one whole number is needed"
REFUSALS: dict[str, tuple[str, ...]] = {
    "OD may mean once a day or the right eye": ("OD", "o.d.", "O. D.", "1 gota OD", "od"),
    "QD may mean once a day, and is taken for QID": ("QD", "q.d."),
    "QOD may mean every other day": ("QOD", "q.o.d."),
    "HS may mean at bedtime or half strength": ("HS", "h.s."),
    "QHS may mean at bedtime": ("qhs",),
    "QN may mean every night": ("qn",),
    "BT may mean at bedtime": ("BT",),
    "BIW may mean twice a week or every two weeks": ("BIW",),
    "TIW may mean three times a week": ("tiw",),
    "AC may mean before meals": ("a.c.",),
    "TIW may mean three times a week, and": ("T.I.W.",),
    AS_NEEDED: (
        *(
            "PRN",
            "p.r.n.",
            "por razón necesaria",
            "si hay dolor",
            "solo si hay fiebre",
            "en caso de dolor",
            "SOS",
        ),
        *(
            "en caso necesario",
            "cuando duela",
            "cuando sea necesario",
            "según sea necesario",
            "cada 8 horas PRN",
        ),
        *(
            "cada 8 hs si hay dolor",
            "as needed",
            "every 6 hours as needed",
            "if needed",
            "for pain",
            "a demanda",
        ),
        *("3 veces al día si tiene dolor", "when in pain", "cada 8 horas en caso de fiebre"),
    ),
    "as directed is no schedule": ("según indicación médica", "as directed", "como se indicó"),
    "once is eleven in Spanish": ("once al día", "once veces al día", "cada once horas", "once"),
    PERIOD: ("biweekly", "bi-weekly", "bisemanal", "quincenal", "bimensual", "fortnightly"),
    "eight days are said for a week": ("cada 8 días", "cada quince días", "1 vez cada 15 días"),
    COUNTED: ("cada cuarto día", "every third day", "every 3rd day"),
    WEEKLY: (
        "2 veces por semana",
        "tres veces a la semana",
        "twice a week",
        "3 times per week",
        "twice weekly",
        *("2 por semana", "dos a la semana", "3 semanales", "two a week"),
    ),
    MONTHS: ("mensual", "cada mes", "una vez al mes", "monthly", "once a month", "cada 3 meses"),
    "minutes are no interval": ("cada 90 minutos", "every 30 minutes", "15 minutos antes de la cena"),
    DURATION: (
        "cada 8 horas por 7 días",
        "diario durante 2 semanas",
        "twice a day for 10 days",
        "diario hasta el 10",
        *("1 día", "un día", "7 días", "2 weeks"),
    ),
    AMOUNT: (
        "1 tableta cada 8 horas",
        "2 gotas 3 veces al día",
        "10 ml cada 12 horas",
        "1 tablet twice a day",
        *("1 cada 8 horas", "una cada 8 horas", "2 c/12 hrs", "dos cada 6 horas", "one every 8 hours"),
        *("una dosis cada 8 horas", "2 doses every 6 hours"),
    ),
    WHOLE: (
        "cada 6 u 8 horas",
        "cada 6-8 horas",
        "cada 8 a 12 horas",
        "cada 2.5 horas",
        "cada 2,5 horas",
        "1-1-1",
    ),
    PART: (
        "por la mañana",
        "mañana y noche",
        "cada noche",
        "in the morning",
        "nightly",
        "cada 24 horas por la noche",
    ),
    "almuerzo is another meal": ("con el almuerzo", "después del almuerzo"),
    "so many times a day and these meals do not agree": (
        "2 veces al día con las comidas",
        "once a day with meals",
    ),
    HOW: (
        "con alimentos",
        "con comida",
        "with food",
        "cada 12 horas con alimentos",
        "on an empty stomach",
        "después de comer",
    ),
    WHAT: (
        *("cada 8", "c/8", "q8", "3", "3 veces", "una", "dos veces", "8 horas", "8h", "3 al día", "3/día"),
        *("3 diarias", "dos diarias", "dos al día", "tres por día", "two daily", "2 a day", "tres cada día"),
    ),
    SINGLE: (
        *("Dosis única", "dosis unica.", "una dosis única", "única dosis", "toma única", "aplicación única"),
        *("una sola vez", "una sola dosis", "1 sola toma", "una única vez", "única vez", "solo una vez"),
        *("una vez", "1 vez", "una dosis", "1 dosis", "solo por hoy", "solamente una vez", "por única vez"),
        *("single dose", "one dose", "one time", "one time only", "once only", "only once", "just once"),
        *("1 dose", "one-time dose", "stat", "dosis única al acostarse", "una sola vez, con la cena"),
        *("dosis única por la mañana", "dosis única a las 8:00", "dosis única cada 8 horas"),
    ),
    WEEKEND: (
        *("cada fin de semana", "fin de semana", "una vez cada fin de semana", "el fin de semana"),
        *("every weekend", "once a weekend", "at the weekend"),
    ),
    WORKING: ("entre semana", "días hábiles", "en días laborables", "weekdays", "on weekdays", "workdays"),
    RANGE: (
        "13 veces al día",
        "0 veces al día",
        "cada 0 horas",
        "cada 169 horas",
        "cada 91 días",
        "veces al día",
    ),
    "from one weekday to another, or these alone?": ("lunes-viernes", "L-M-V", "L, M, V"),
    CLOCKS: (
        "8 y 20",
        "a las 8",
        "24:00",
        "8:60",
        "8:00 - 20:00",
        "8:00, 2:00",
        "8:00 y 8:00",
        "8:00,",
        "13:00 am",
    ),
    "expected times per day": (
        "",
        "antes y después de la cena",
        "siempre",
        "lunes y lunes",
        "viernes a lunes",
    ),
}
CORPUS = [(text, frequency) for frequency, texts in MEANINGS.items() for text in texts]


@pytest.mark.parametrize(("text", "frequency"), CORPUS, ids=[text for text, _ in CORPUS])
def test_what_a_clinic_writes_has_one_meaning(text: str, frequency: Frequency) -> None:
    assert parse_frequency(text) == frequency


@pytest.mark.parametrize(
    ("text", "begin"), [(text, begin) for begin, texts in REFUSALS.items() for text in texts]
)
def test_a_refusal_says_what_was_wrong_and_what_would_be_accepted(text: str, begin: str) -> None:
    with pytest.raises(ValueError, match=r"expected times per day") as refused:
        parse_frequency(text)
    assert str(refused.value).startswith(begin)
    assert str(refused.value).endswith(FREQUENCY_EXPECTED)


@given(
    st.sampled_from(CORPUS),
    st.sampled_from([str.upper, str.lower, str.title, str]),
    st.sampled_from([" ", "  ", "\t", "\u00a0"]),
    st.booleans(),
    st.sampled_from(["", ".", " . ".strip() + " "]),
)
def test_case_accents_blanks_and_a_full_stop_change_no_meaning(
    written: tuple[str, Frequency], case: Any, blank: str, has_accents: bool, end: str
) -> None:
    text, frequency = written
    if not has_accents:
        plain = unicodedata.normalize("NFD", text)
        text = "".join(letter for letter in plain if not unicodedata.combining(letter))
    assert parse_frequency(f"{blank}{case(text).replace(' ', blank)}{end}") == frequency
