"""Prints rows of ids and words: as a table where it fits, else each row as a block; no id is ever broken."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table
from rich.text import Text

from console.text import printable

_GAP = 2
# Narrower than this a sentence reads badly.
_NARROWEST_PROSE = 24


@dataclass(frozen=True)
class Column:
    """A column; ``is_prose``: its text may be wrapped between words, an id's may not."""

    name: str
    is_prose: bool = False


@dataclass(frozen=True)
class Row:
    """A row's cells, as plain text whatever is in it, and how it is coloured."""

    cells: tuple[str, ...]
    style: str = ""


def show_records(
    screen: Console, columns: Sequence[Column], rows: Sequence[Row], *, title: str | None = None
) -> None:
    """Print them; nothing for no rows."""
    if not rows:
        return
    shown = [Row(tuple(map(printable, row.cells)), row.style) for row in rows]
    if title is not None:
        screen.print(Text(title, "italic"))
    if _needed(columns, shown) <= screen.width:
        screen.print(_table(columns, shown))
        return
    label = max(len(column.name) for column in columns)
    for row in shown:
        for column, cell in zip(columns, row.cells, strict=True):
            if cell:
                screen.print(Text(f"{column.name:<{label}}  {cell}", row.style), soft_wrap=True)
        screen.print()


def _table(columns: Sequence[Column], rows: Sequence[Row]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(Text(column.name), no_wrap=not column.is_prose, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row.cells), style=row.style)
    return table


def _needed(columns: Sequence[Column], rows: Sequence[Row]) -> int:
    """The least width at which nothing is broken but sentences between their words."""
    widths = []
    for place, column in enumerate(columns):
        cells = [row.cells[place] for row in rows]
        whole = max(map(len, (column.name, *cells)))
        longest_word = max((len(word) for cell in cells for word in cell.split()), default=0)
        widths.append(min(whole, max(longest_word, _NARROWEST_PROSE)) if column.is_prose else whole)
    return sum(widths) + _GAP * len(widths)
