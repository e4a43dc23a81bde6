"""Text from files and messages, made safe to show in a terminal."""

import unicodedata

_DIRECTION = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def printable(text: str) -> str:
    """The text with what could drive a terminal, or turn its direction around, shown as ``�``."""
    return "".join(
        "�" if character in _DIRECTION or unicodedata.category(character) in {"Cc", "Cs"} else character
        for character in text
    )


def count(number: int, noun: str, plural: str | None = None) -> str:
    """``1 run``, ``2 runs``, ``1,000 runs``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
