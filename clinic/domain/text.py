"""Free text in the one form a message parameter may have: a single line."""

import re
import unicodedata

_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
# Control characters, and halves of a character that a publisher has cut in two: UTF-8 can't hold them.
_DROPPED = {"Cc", "Cs"}
LINE_SEPARATOR = " · "


def plain(text: str) -> str:
    """A text for comparison: whatever its case, accents and blanks."""
    letters = (c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _SPACES.sub(" ", "".join(letters)).strip()


def to_single_line(text: str) -> str:
    """Join lines with `` · ``, runs of blanks with one space, and drop what can't be shown.

    WhatsApp refuses template parameters with new lines, tabs or more than four spaces in a row.
    """
    lines = [
        _SPACES.sub(
            " ", "".join(c for c in line if c == "\t" or unicodedata.category(c) not in _DROPPED)
        ).strip()
        for line in _LINE_BREAK.split(text)
    ]
    return LINE_SEPARATOR.join(line for line in lines if line)
