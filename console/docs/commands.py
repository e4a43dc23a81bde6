"""Writes `docs/commands.md`: every command of `citas` with its options, made of the commands themselves.

``python -m console.docs.commands``
"""

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import groupby
from pathlib import Path
from textwrap import fill
from typing import Any

from typer.core import TyperGroup
from typer.main import get_command

from console.main import app
from console.terminal.help import without_markup
from console.terminal.options import STAGE_OPTIONS

_WIDTH = 118
_CODE = re.compile("`[^`]*`")
_NO_BREAK = "\0"
PAGE = Path(__file__).parents[2] / "docs" / "commands.md"

_HEAD = """\
# Commands

Every command of `citas` and every option, made of the commands themselves
(`python -m console.docs.commands`, which `make format` runs); a test holds it current.
`--help`, or `-h`, behind any of them shows the same at the terminal.

`citas` is in `.venv/bin`. What a command is asked for goes to standard output, all else to standard error.
With `CITAS_DEBUG=1` in the environment a fault in Citas itself shows its traceback.
"""


def page() -> str:
    """The whole page, as it should be."""
    root: Any = get_command(app)
    stage = [it for it in root.commands["health"].params if it.name in STAGE_OPTIONS]
    return "\n".join(
        [
            _HEAD,
            *_section("citas", root, without=()),
            "## The options of a stage",
            "",
            "Commands that ask a deployed stage, or a local one (`--endpoint-url`), take these.",
            "",
            *_table("Option", stage),
            "",
            *(line for words, each in _commands(root, "citas") for line in _section(words, each)),
        ]
    )


def _commands(group: TyperGroup, *before: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        words = (*before, name)
        yield " ".join(words), command
        if isinstance(command, TyperGroup):
            yield from _commands(command, *words)


def _section(words: str, command: Any, without: Sequence[str] = STAGE_OPTIONS) -> Iterator[str]:
    yield from (f"{'#' * max(2, len(words.split()))} {words}", "")
    yield from (_prose(command.help or ""), "")
    arguments = [it for it in command.params if it.param_type_name == "argument"]
    options = [it for it in command.params if it not in arguments and it.name not in without]
    if arguments:
        yield from (*_table("Argument", arguments), "")
    if options:
        yield from (*_table("Option", options), "")
    if any(it.name in without for it in command.params):
        yield from ("And [the options of a stage](#the-options-of-a-stage).", "")
    if command.epilog:
        yield from (_epilog(command.epilog), "")


def _table(head: str, parameters: Sequence[Any]) -> Iterator[str]:
    yield f"| {head} | What | Default |"
    yield "|---|---|---|"
    for it in parameters:
        cells = (_name(it), _text(it.help or ""), _default(it))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _name(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or parameter.name}`"
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    return names if parameter.is_flag else f"{names} {_value(parameter)}"


def _value(parameter: Any) -> str:
    """What an option takes."""
    bounds = [
        f"{word} {bound:,}"
        for word, bound in (("from", parameter.min), ("to", parameter.max))
        if bound is not None
    ]
    is_number = isinstance(parameter.default, int)
    shown = parameter.metavar or ("N" if is_number else str(parameter.display_type_rich(ctx=None)))
    return f"`{shown}`{', ' if bounds else ''}{' '.join(bounds)}"


def _default(parameter: Any) -> str:
    value = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if parameter.required:
        return "required"
    if value is None or callable(value) or value is False:
        return ""
    return f"`{parameter.opts[0]}`" if value is True else f"`{value}`"


def _text(text: str) -> str:
    return without_markup(text, mark="`")


def _prose(text: str) -> str:
    """Its paragraphs, each in lines of the page's width."""
    # What is code is not broken: a space in it is no place for a line to end.
    whole = _CODE.sub(lambda found: found[0].replace(" ", _NO_BREAK), _text(text))
    paragraphs = [
        fill(it, _WIDTH, break_long_words=False, break_on_hyphens=False) for it in whole.split("\n\n")
    ]
    return "\n\n".join(paragraphs).replace(_NO_BREAK, " ")


def _epilog(text: str) -> str:
    """Its sentences as they are, the examples between them as a block."""
    parts: list[str] = []
    for is_example, lines in groupby(text.split("\n\n"), lambda it: it.startswith("citas ")):
        paragraphs = list(lines)
        parts += ["\n".join(["```", *paragraphs, "```"])] if is_example else map(_prose, paragraphs)
    return "\n\n".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
