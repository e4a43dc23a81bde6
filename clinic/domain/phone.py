"""Phone numbers in E.164: ``+`` and 8 to 15 digits, country code first."""

import re

_SEPARATORS = re.compile(r"[\s().\-]")
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
# Ten digits or fewer could be a national number; read as international they would name another country.
_INTERNATIONAL_DIGITS = re.compile(r"[1-9][0-9]{10,14}")

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
