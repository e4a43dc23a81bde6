"""Free text in the one form a message parameter may have: a single line."""

import re
import unicodedata

_LINE_BREAK = re.compile(r"\s*[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_SPACES = re.compile(r"\s+")
LINE_SEPARATOR = " · "


def to_single_line(text: str) -> str:
    """Join lines with `` · ``, runs of blanks with one space, and drop other control characters.

    WhatsApp refuses template parameters with new lines, tabs or more than four spaces in a row.
    """
    lines = [
        _SPACES.sub(" ", "".join(c for c in line if c == "\t" or unicodedata.category(c) != "Cc")).strip()
        for line in _LINE_BREAK.split(text)
    ]
    return LINE_SEPARATOR.join(line for line in lines if line)
