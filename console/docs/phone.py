"""Draws a person's phone as the demo leaves it, for the README: an SVG made of what `citas demo` prints.

``citas demo | python -m console.docs.phone +525500000101 > docs/phone.svg``
"""

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from console.terminal.exit_codes import ExitCode

_WIDTH, _MARGIN, _PADDING, _LINE, _FONT = 360, 14, 12, 18, 13
# So many characters of the font fit a bubble's width, with room for the widest.
_CHARACTERS = 44

_DAY = re.compile(r"[A-Z][a-z]+day (?P<day>[0-9-]{10}) ")
_TIME = re.compile(r"  (?P<time>[0-9]{2}:[0-9]{2}):[0-9]{2} ")
_MESSAGE = re.compile(r".*\bmessage .* → (?P<to>\+[0-9]+)$")
_TEXT = "      │ "
_USAGE = "usage: citas demo | python -m console.docs.phone +525500000101 > docs/phone.svg\n"


@dataclass(frozen=True)
class Bubble:
    """A message as its receiver sees it: the clinic's date and time of day, and its lines."""

    day: str
    time: str
    lines: tuple[str, ...]


def bubbles(printed: Iterable[str], phone: str) -> Iterator[Bubble]:
    """The messages to a phone (E.164) among the lines that `citas demo` prints, in their order."""
    day = time = ""
    lines: list[str] | None = None
    for line in (*printed, ""):
        if lines is not None and line.startswith(_TEXT):
            lines.append(line.removeprefix(_TEXT))
            continue
        if lines:
            yield Bubble(day, time, tuple(lines))
        lines = None
        if found := _DAY.match(line):
            day = found["day"]
        if found := _TIME.match(line):
            time = found["time"]
        if (found := _MESSAGE.match(line)) and found["to"] == phone:
            lines = []


def picture(conversation: Iterable[Bubble]) -> str:
    """The phone's screen as an SVG document."""
    parts: list[str] = []
    top, day = _MARGIN, ""
    for bubble in conversation:
        if bubble.day != day:
            day = bubble.day
            parts.append(_text(_WIDTH / 2, top + _LINE, day, 'text-anchor="middle" fill="#667781"'))
            top += 2 * _LINE
        lines = [piece for line in bubble.lines for piece in textwrap.wrap(line, _CHARACTERS) or [""]]
        height = (len(lines) + 1) * _LINE + 2 * _PADDING - _LINE // 3
        width = _WIDTH - 2 * _MARGIN
        parts.append(f'<rect x="{_MARGIN}" y="{top}" width="{width}" height="{height}" rx="8" fill="#fff"/>')
        for number, line in enumerate(lines, start=1):
            parts.append(_text(_MARGIN + _PADDING, top + number * _LINE + _PADDING // 2, line))
        at_the_right = 'text-anchor="end" fill="#667781" font-size="11"'
        parts.append(
            _text(_WIDTH - _MARGIN - _PADDING, top + height - _PADDING + 2, bubble.time, at_the_right)
        )
        top += height + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}" '
        f'viewBox="0 0 {_WIDTH} {top}" font-family="Helvetica, Arial, sans-serif" font-size="{_FONT}" '
        'role="img" aria-label="A phone with messages from the clinic">'
    )
    screen = f'<rect width="{_WIDTH}" height="{top}" rx="16" fill="#efeae2"/>'
    return "\n".join([head, screen, *parts, "</svg>", ""])


def _text(x: float, y: float, words: str, style: str = 'fill="#111b21"') -> str:
    return f'<text x="{x:g}" y="{y:g}" {style}>{escape(words)}</text>'


def main(arguments: list[str]) -> ExitCode:
    """Read what `citas demo` prints, write the picture; without a message to the phone say so."""
    if len(arguments) != 1 or arguments[0] in {"-h", "--help"}:
        sys.stderr.write(_USAGE)
        return ExitCode.OK if arguments else ExitCode.BAD_INPUT
    conversation = list(bubbles((line.rstrip("\n") for line in sys.stdin), arguments[0]))
    if not conversation:
        sys.stderr.write(f"no message to {arguments[0]} was printed; expected what `citas demo` prints\n")
        return ExitCode.BAD_INPUT
    sys.stdout.write(picture(conversation))
    return ExitCode.OK


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
