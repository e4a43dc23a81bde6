"""Phone numbers in E.164: ``+`` and 8 to 15 digits, country code first."""

import re

_SEPARATORS = re.compile(r"[\s().\-]")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
# Ten digits or fewer could be a national number; read as international they would name another country.
_INTERNATIONAL_DIGITS = re.compile(r"[1-9][0-9]{10,14}")

# Spellings of one person's mobile number, from before and after a change of the country's numbering plan.
_MEXICO_WITH_1 = re.compile(r"\+521([0-9]{10})")
_ARGENTINA_WITH_9 = re.compile(r"\+549([0-9]{10})")
_BRAZIL_WITHOUT_9 = re.compile(r"\+55([1-9][0-9])([6-9][0-9]{7})")

ACCEPTED = "a phone number in international form: +, country code, number"


def to_e164(text: str) -> str:
    """Bring a number to ``+525500000000``.

    Spaces, dots, dashes and parentheses are dropped; the ``+`` may be missing from eleven digits on.

    Raises:
        ValueError: it is no such number. The message does not repeat it.
    """
    compact = _SEPARATORS.sub("", text)
    if _E164.fullmatch(compact):
        return compact
    if _INTERNATIONAL_DIGITS.fullmatch(compact):
        return f"+{compact}"
    raise ValueError(f"expected {ACCEPTED}")


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
