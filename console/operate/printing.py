"""How operators' commands print figures and documents."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from console.output.output_file import STDOUT, OutputFile
from console.terminal.errors import InputError, NotFoundError
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_output
from console.terminal.text import count, printable

T = TypeVar("T")
_SHOWN_NAMES = 5
_LABEL_WIDTH = 12

NOTHING = "–"


def print_json(document: object) -> None:
    """For programs, on standard output."""
    OutputFile(STDOUT).write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def percent(value: float | None) -> str:
    """``99.5 %``; a dash where there is nothing to measure."""
    return NOTHING if value is None else f"{value:.2f} %".replace(".00 %", " %")


def number(value: float | None, unit: str = "") -> str:
    """``1.25 s``; a dash where there is nothing to measure."""
    return NOTHING if value is None else f"{value:.2f}{unit}"


def print_list(
    documents: Sequence[object],
    columns: Sequence[Column],
    rows: Sequence[Row],
    summary: str,
    *,
    as_json: bool,
) -> None:
    """What a command has found: a document each, or a table and how many there are."""
    if as_json:
        print_json(documents)
        return
    screen = standard_output()
    show_records(screen, columns, rows)
    screen.print(printable(summary), soft_wrap=True)


def print_particulars(particulars: Sequence[tuple[str, str]]) -> None:
    """What there is to say of one thing, a line each; nothing of what is not known."""
    screen = standard_output()
    for label, value in particulars:
        if value:
            screen.print(f"{label:<{_LABEL_WIDTH}} {printable(value)}", soft_wrap=True)


def print_done(document: object, text: str, *, as_json: bool) -> None:
    """What a command has done."""
    if as_json:
        print_json(document)
    else:
        standard_output().print(printable(text), soft_wrap=True)


def the_one(found: Sequence[T], typed: str, *, id_of: Callable[[T], str], noun: str, where: str) -> T:
    """The thing with the id that was typed, or the only one whose id begins so.

    Args:
        found: those that may be meant.
        typed: an id, or its beginning.
        id_of: a thing's id.
        noun: what such a thing is called.
        where: what was looked through.

    Raises:
        InputError: several begin so.
        NotFoundError: none does.
    """
    meant = [it for it in found if id_of(it) == typed] or [
        it for it in found if typed and id_of(it).startswith(typed)
    ]
    names = list(dict.fromkeys(map(id_of, meant)))
    if len(names) > 1:
        shown = ", ".join(names[:_SHOWN_NAMES])
        more = ", …" if len(names) > _SHOWN_NAMES else ""
        raise InputError([f"{typed}: {count(len(names), noun)} begin so: {shown}{more}"])
    if not meant:
        raise NotFoundError(f"{where}: no {noun} is called {printable(typed)!r}")
    return meant[0]
