"""How the commands' help looks: as a table where it fits, else plainly. No name is ever cut."""

import re
import shutil
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.models import CommandFunctionType

# In a narrower terminal the table's columns would cut names.
_LEAST_FOR_A_TABLE = 80
_MARKUP = re.compile(r"\[/?(?:bold)?\]")


def without_markup(text: str, *, mark: str = "") -> str:
    """A help text as plain text; what stood in bold stands between ``mark``."""
    return _MARKUP.sub(mark, text)


def _format(command: TyperCommand | TyperGroup, draw: Any, formatter: Any) -> None:
    room = shutil.get_terminal_size().columns
    if room >= _LEAST_FOR_A_TABLE:
        draw()
        return
    formatter.width = room
    markup, command.rich_markup_mode = command.rich_markup_mode, None
    try:
        draw()
    finally:
        command.rich_markup_mode = markup
    formatter.buffer[:] = [without_markup(formatter.getvalue())]


class _Command(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _format(self, lambda: super(_Command, self).format_help(ctx, formatter), formatter)


class _Group(TyperGroup):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _format(self, lambda: super(_Group, self).format_help(ctx, formatter), formatter)


class Commands(typer.Typer):
    """A group of commands whose help can be read in a narrow terminal, too."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"cls": _Group, "rich_markup_mode": "rich", **options})

    def command(self, *names: Any, **options: Any) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Add a command as Typer does, with its help plain."""
        return super().command(*names, **{"cls": _Command, **options})
