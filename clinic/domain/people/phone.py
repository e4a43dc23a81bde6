"""Phone numbers in E.164: ``+``, country code, number; of a length that the country's numbering plan has."""

import re

_SEPARATORS = re.compile(r"[\s().\-\u2010\u2011\u2013]")
# What phones put around a number that is copied from them; it can't be seen.
_DIRECTION_MARKS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
# Eleven digits or fewer could be a national number; read as international they would name another country.
_INTERNATIONAL_DIGITS = re.compile(r"[1-9][0-9]{11,14}")
# A table's number with decimals ("525500000000.0"), or a remark after the number ("+52 55 0000 0000 (2)").
_NOT_OF_THE_NUMBER = re.compile(r"\.(?:[0-9]|0+)\s*$|\)\s*$")

# Mexico's prefixes of before 2019: 01 within the country, 044 and 045 to a mobile; some write (0) for them.
_MEXICO_WITH_PREFIX = re.compile(r"\+520(?:1|44|45)?([0-9]{10})")

# Spellings of one person's mobile number, from before and after a change of the country's numbering plan.
_MEXICO_WITH_1 = re.compile(r"\+521([0-9]{10})")
# Ten digits with such a prefix or that 1 among them, and so too few: no number within Mexico begins so.
_CUT_OFF = re.compile(r"\+52[01]")
_ARGENTINA_WITH_9 = re.compile(r"\+549([0-9]{10})")
_BRAZIL_WITHOUT_9 = re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})")

_ACCEPTED = "a phone number in international form: +, country code, number"
_POSSIBLE = f"{_ACCEPTED}, as long as the country's numbers are"


def to_e164(text: str) -> str:
    """Bring a number that a publisher wrote to ``+525500000000``.

    Spaces, dots, dashes, parentheses and direction marks are dropped, and so is a prefix that is dialled
    within the country alone (``+44 (0)20 …``). The ``+`` may be missing from twelve digits on. The number has
    to be possible: as long as its country's are. Whether anybody has been given it is not asked.

    Raises:
        ValueError: it is no such number. The message does not repeat it.
    """
    text = _DIRECTION_MARKS.sub("", text)
    compact = _SEPARATORS.sub("", text)
    if _INTERNATIONAL_DIGITS.fullmatch(compact):
        compact = f"+{compact}"
    if not re.fullmatch(r"\+[1-9][0-9]+", compact) or _NOT_OF_THE_NUMBER.search(text):
        raise ValueError(f"expected {_ACCEPTED}")
    compact = _MEXICO_WITH_PREFIX.sub(r"+52\1", compact)
    # The library knows no spelling of before 2019, which messengers still take, and give as a person's id.
    mexican = _MEXICO_WITH_1.sub(r"+52\1", compact)
    number = _in_its_plan(mexican)
    if number is None or not _E164.fullmatch(number) or _CUT_OFF.match(number):
        raise ValueError(f"expected {_POSSIBLE}")
    return compact if mexican != compact and number == mexican else number


def of_digits(digits: str) -> str:
    """The number (E.164) of a person whom a channel names by its digits alone.

    A channel has such numbers from the phones themselves: only their form is looked at.

    Raises:
        ValueError: these are no such digits. The message does not repeat them.
    """
    number = f"+{digits.removeprefix('+')}"
    if not _E164.fullmatch(number):
        raise ValueError(f"expected {_ACCEPTED}")
    return number


def _in_its_plan(number: str) -> str | None:
    # Here, since loading it takes a while and most steps read no number.
    from phonenumbers import phonenumberutil as plans

    try:
        parsed = plans.parse(number)
        written = plans.format_number(parsed, plans.PhoneNumberFormat.E164)
        # A second prefix under the first: what stands there is no number.
        is_settled = plans.parse(written) == parsed
    except plans.NumberParseException:
        return None
    reason = plans.is_possible_number_with_reason(parsed)
    return written if is_settled and reason == plans.ValidationResult.IS_POSSIBLE else None


def person_of(number: str) -> str:
    """The one spelling of a number (E.164) that stands for its person, whichever was given.

    Mexico's mobile numbers were written with a 1 after the country code, Argentina's are with a 9 and
    without, Brazil's got a ninth digit. It is a key, not a number to write to.
    """
    if match := _MEXICO_WITH_1.fullmatch(number):
        return f"+52{match[1]}"
    if match := _ARGENTINA_WITH_9.fullmatch(number):
        return f"+54{match[1]}"
    if match := _BRAZIL_WITHOUT_9.fullmatch(number):
        return f"+55{match[1]}9{match[2]}"
    return number
