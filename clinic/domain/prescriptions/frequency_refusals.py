"""Says why a frequency can't be read: one sentence for each kind of error, with what would be accepted.

The abbreviations are those of ISMP's list of error-prone abbreviations and of the Joint Commission's "do
not use" list. A sentence repeats none of the text but these.
"""

import re

from clinic.domain.prescriptions.dosing import FREQUENCY_EXPECTED, MOST_TIMES_A_DAY
from clinic.domain.prescriptions.dosing_words import NUMBER

# Refused for what they may be taken for; each pattern is a whole abbreviation, dots and blanks taken out.
_ABBREVIATIONS = {
    "od": "once a day or the right eye: write once a day, or una vez al día",
    "os": "the left eye or by mouth: it says not how often",
    "ou": "both eyes: it says not how often",
    "qd": "once a day, and is taken for QID: write once a day, or una vez al día",
    "q1d": "once a day, and is taken for QID: write once a day, or una vez al día",
    "qod": "every other day, and is taken for QD and QID: write every other day, or cada tercer día",
    "eod": "every other day or the end of the day: write every other day, or cada tercer día",
    "hs": "at bedtime or half strength: write at bedtime, or al acostarse",
    "qhs": "at bedtime, and is taken for every hour: write at bedtime, or al acostarse",
    "qn": "every night, and is taken for every hour: write at bedtime, or al acostarse",
    "bt": "at bedtime, and is taken for BID: write at bedtime, or al acostarse",
    "qw": "every week, and is taken for other intervals: write once a week, or una vez por semana",
    "biw": "twice a week or every two weeks: name the weekdays, or write every 2 weeks",
    "tiw": "three times a week, and is taken for three times a day: name the weekdays",
    "ac": "before meals, in letters that are easily mistaken: write antes de las comidas, or before meals",
    "pc": "after meals, in letters that are easily mistaken: write después de las comidas, or after meals",
    "ud": "as directed: it says not how often",
}
_AS_NEEDED = (
    r"\b(?:prn|sos|por razon necesaria|segun (?:sea necesario|necesidad|necesite)|a demanda|on demand"
    r"|(?:solo )?si (?!y )\w+|(?:solo )?en caso|cuando (?!going)\w+|as needed|as necessary|as required"
    r"|(?:when|if|where) (?!going)\w+|for (?:pain|fever|nausea|itching|sleep|anxiety)|para el dolor)\b"
)
_BIWEEKLY = (
    r"\b(?:bi[ -]?weekly|semi[ -]?weekly|bisemanal|quincenal(?:mente)?|fortnightly|cada quincena|bimensual"
    r"|bi[ -]?monthly)\b"
)
_NUMBER = NUMBER.replace("?P<number>", "?:")
_PER_DAY = r"(?:(?:al|por|x|/|cada|a|per|each|every) ?(?:dia|day)|diari[oa]s?|daily)"
_SINGLE = (
    r"\b(?:dosis|toma|aplicacion|vez) unica\b"
    r"|\b(?:unica|sola|single) (?:vez|dosis|toma|aplicacion|dose|time)\b"
    r"|\b(?:solo|solamente|unicamente|only|just) (?:una vez|once|one time|por hoy|hoy|today)\b"
    r"|\b(?:once|one time) only\b|\bstat\b"
    r"|^(?:una|1|one)[ -](?:vez|dosis|toma|aplicacion|time|dose)(?: dose)?$"
)
_AMOUNT = "how much is said in dosage, how often here"
_CLOCKS = (
    "clock times can be read in more than one way, or in none: whole minutes of 24 hours, or "
    "all with am or pm, each "
    "once and in the order of the day, without from and to"
)
_WEEKDAY = r"(?:lun|mar|mie|jue|vie|sab|dom|mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_TIMES = r"\b(?:veces|vez|times|twice|once|thrice|[bt]id|qid)\b"
_MEAL = r"(?:comida|alimentos|desayuno|cena|meal|breakfast|lunch|dinner|supper|acostarse|dormir|bed)"
_KINDS: tuple[tuple[str, str], ...] = (
    (
        _AS_NEEDED,
        (
            "as needed (por razón necesaria, si hay dolor) is no schedule: nobody can be "
            "reminded of doses that are "
            "not due at any time"
        ),
    ),
    (
        r"\bsegun (?:indicacion|esquema|instrucciones)|\bas directed\b|\bcomo (?:se )?indi\w+",
        "as directed is no schedule: say how often",
    ),
    (
        r"\bonce (?:al dia|veces|horas|por dia|diarias)|\b(?:cada|every) once\b|^once$",
        "once is eleven in Spanish and one time in English: write una vez, 1, or 11",
    ),
    (
        _SINGLE,
        (
            "a single dose is a course of one day: write una vez al día, or its time (20:00), and a "
            "duration of 1 día"
        ),
    ),
    (
        r"\bfin(?:es)? de semana\b|\bweek-?ends?\b",
        "on which of its days? write fines de semana (Saturday and Sunday), or the one day",
    ),
    (
        (
            r"\bentre semana\b|\bdias (?:entre semana|habiles|laborables|laborales)\b|\bweekdays?\b"
            r"|\b(?:work(?:ing)?|business) ?days?\b"
        ),
        "with Saturday, with holidays, or without? write de lunes a viernes",
    ),
    (
        _BIWEEKLY,
        (
            "twice in a period, or once in two? write the days (lunes y jueves), or cada 2 semanas, "
            "every 2 weeks"
        ),
    ),
    (
        r"\bcada (?:8|ocho|15|quince) dias\b",
        (
            "eight days are said for a week and fifteen for a fortnight: write cada semana or cada "
            "2 semanas; in days, "
            "every 8 days or every 15 days"
        ),
    ),
    (
        r"\b(?:cada (?:cuarto|quinto|sexto) dia|every (?:third|3rd|fourth|fifth) day)\b",
        "counted with or without the first day? write the number: cada 3 días, every 3 days",
    ),
    (
        (
            r"\b(?:veces|times|vez|twice|thrice) ?(?:por|a la|a|al|per|each|cada|/)? ?(?:semana"
            r"|week)|\b(?:twice|thrice) weekly"
            rf"|\b{_NUMBER} ?(?:(?:por|a la|x|/|a|per|each) ?(?:semana|week)\b|semanales\b|weekly\b)"
        ),
        "so many times a week leaves open on which days: name them (lunes y jueves, Mondays and Thursdays)",
    ),
    (
        r"\b(?:mensual(?:mente)?|monthly|(?:cada|al|por|a|per|every) (?:mes|month)|meses|months)\b",
        "months are no interval of doses: write weeks or days (cada 4 semanas, every 30 days)",
    ),
    (
        r"\b(?:minutos?|min|minutes?)\b",
        "minutes are no interval here: whole hours, or half an hour before or after a meal",
    ),
    (
        (
            r"\b(?:por|durante|for|x) ?\w+ (?:dias?|semanas?|mes|meses|days?|weeks?|months?)\b"
            rf"|\b(?:hasta|until)\b|^{_NUMBER} (?:dias?|semanas?|days?|weeks?)$"
        ),
        "how long is said in duration, how often here",
    ),
    (
        (
            r"\b(?:tabletas?|tabs?|capsulas?|caps?|comprimidos?|pastillas?|grageas?|gotas?|ml|mg|mcg|g|ui|sobres?|puffs?"
            r"|disparos?|inhalaciones|inhalacion|cucharadas?|cucharaditas?|ampolletas?|unidades|parches?"
            r"|tablets?|pills?|drops?|capsules?|units?|teaspoons?|tablespoons?|patch)\b"
        ),
        _AMOUNT,
    ),
    (rf"^{_NUMBER} (?:(?:dosis|tomas?|doses?) )?(?:cada|every|c ?/|q) ?{_NUMBER} ", _AMOUNT),
    (
        r"[0-9]:[0-9]|\b[0-9]+ ?[ap] ?m\b",
        _CLOCKS,
    ),
    (
        rf"\b{_WEEKDAY} ?- ?{_WEEKDAY}\b|^[lmjvsdxtwf](?: ?[-,/] ?[lmjvsdxtwf])+$",
        (
            "from one weekday to another, or these alone? write de lunes a viernes, or lunes, "
            "miércoles y viernes, in words"
        ),
    ),
    (
        rf"{_TIMES}.*{_MEAL}|{_MEAL}.*{_TIMES}",
        "so many times a day and these meals do not agree: as many meals as times, or one of the two",
    ),
    (
        r"[0-9]+[.,][0-9]|½|\bmedia hora$|\by media\b|[0-9] ?(?:-|–|a|o|u|to|or) ?[0-9]",
        "one whole number is needed, no fraction and no range",
    ),
    (
        r"\b(?:manana|tarde|noche|mediodia|medianoche|morning|afternoon|evening|night|nightly|noon|midnight)\b",
        "a part of the day is no time: say a clock time, a meal or bedtime",
    ),
    (
        r"\balmuerzo\b|\balmorzar\b",
        "almuerzo is another meal from place to place: write desayuno, comida or cena",
    ),
    (
        (
            r"\b(?:con|sin) (?:alimentos?|comida|agua|leche)\b|\bcomer\b|\bwith(?:out)? (?:food"
            r"|water|milk)\b|\bempty stomach\b"
            r"|\b(?:c|q|cada|every) ?/? ?[0-9]+ ?\w+ .*(?:comida|alimento|meal|cena|desayuno|dinner)"
        ),
        (
            "how it is taken (with food, without) is said in instructions, when here: a meal is a "
            "time only by itself or "
            "with as many times a day"
        ),
    ),
    (
        (
            rf"^(?:cada|c ?/|every|q) ?(?:[0-9]+|\w+)$|^{_NUMBER}(?: ?(?:veces|vez|times?|x))?$"
            r"|^(?:[0-9]+ ?)(?:h|hs|hrs?|horas?|hours?)$"
        ),
        "of what? say hours or days behind a number, or how many times a day",
    ),
    (rf"\b{_NUMBER} ?{_PER_DAY}\b", "of what? write veces or times behind the number"),
    (
        (
            r"^-|\b0+ |\b(?:veces|times|tomas|dosis|doses|horas?|hours?|hrs?|hs?|dias|days|semanas"
            r"|weeks)\b.*|[0-9]h\b"
        ),
        (
            f"the number is out of range, or other words stand beside it (1 to {MOST_TIMES_A_DAY} "
            f"times a day, 1 to 168 hours, "
            "2 to 90 days)"
        ),
    ),
    (r"^(?:a las )?[0-9]", _CLOCKS),
)


def _misread(abbreviation: str) -> str:
    return f"{abbreviation.upper()} may mean {_ABBREVIATIONS[abbreviation]}; {FREQUENCY_EXPECTED}"


SENTENCES = frozenset(
    {FREQUENCY_EXPECTED}
    | {f"{problem}; {FREQUENCY_EXPECTED}" for _, problem in _KINDS}
    | {_misread(abbreviation) for abbreviation in _ABBREVIATIONS}
)
"""All that can be said of a frequency: nothing of what was given."""


def refusal(text: str) -> str:
    """Say what is wrong with a frequency that could not be read, and what would be accepted.

    Args:
        text: as `dosing_words.normalised` gives it.
    """
    whole = re.sub(r"[ .]", "", text)
    if whole in _ABBREVIATIONS:
        return _misread(whole)
    if not re.search(_AS_NEEDED, text):
        # Behind a number they are hours: "cada 8 hs".
        for word in re.findall(r"(?<![0-9] )\b[a-z]{2,3}\b", text):
            if word in _ABBREVIATIONS:
                return _misread(word)
    for pattern, problem in _KINDS:
        if re.search(pattern, text):
            return f"{problem}; {FREQUENCY_EXPECTED}"
    return FREQUENCY_EXPECTED
