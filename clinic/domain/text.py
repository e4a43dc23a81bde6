"""Free text in the one form a message parameter may have: a single line."""

import re
import unicodedata

_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s+")
# Controls; halves of a character that a publisher has cut in two, which UTF-8 can't hold; and what Unicode
# calls default ignorable: it shows nothing, and marks of direction among it turn a line round.
_DROPPED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff"
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"
)
# Default ignorable, too, but part of what is written: in emoji, Persian, Indian scripts, Han variants.
_JOINERS = "\u200c\u200d"
_VARIATIONS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_PARTS_OF_CHARACTERS = re.compile(f"[{_JOINERS}{_VARIATIONS}]+")
# Korean fillers and Braille's pattern without dots: no blanks to Unicode, but nothing to see.
_BLANKS = str.maketrans(dict.fromkeys("\u3164\uffa0\u2800", " "))
_ENDS = (".", "!", "?", "…", ":")
LINE_SEPARATOR = " · "


def plain(text: str) -> str:
    """A text for comparison: whatever its case, accents and blanks."""
    letters = (c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _SPACES.sub(" ", "".join(letters)).strip()


def to_single_line(text: str) -> str:
    """Join lines with `` · ``, runs of blanks with one space, and drop what can't be shown.

    The values of a message's text may have no new lines, tabs or more than four spaces in a row.
    """
    lines = [_SPACES.sub(" ", _shown(line)).strip() for line in _LINE_BREAK.split(text)]
    return LINE_SEPARATOR.join(line for line in lines if any(not unicodedata.combining(c) for c in line))


def sentences(*parts: str) -> str:
    """Say one thing after the other, each but the last ending as a sentence does; empty ones are left out."""
    said = [part for part in parts if part]
    ended = [part if part.endswith(_ENDS) else f"{part}." for part in said[:-1]]
    return " ".join([*ended, *said[-1:]])


def _shown(line: str) -> str:
    kept = _DROPPED.sub("", line.translate(_BLANKS))
    return _PARTS_OF_CHARACTERS.sub(_in_its_place, kept)


def _in_its_place(found: re.Match[str]) -> str:
    """A variation of the character before, and a joiner between two: what stands elsewhere is left out."""
    before = found.string[max(found.start() - 1, 0) : found.start()]
    after = found.string[found.end() : found.end() + 1]
    if not before.strip():
        return ""
    variation = found[0][:1] if found[0][0] not in _JOINERS else ""
    joiner = next((c for c in found[0] if c in _JOINERS), "") if after.strip() else ""
    return variation + joiner
