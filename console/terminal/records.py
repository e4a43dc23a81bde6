"""Prints rows of ids and words: as a table where it fits, else each row as a block; no id is ever broken."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.terminal.text import printable

_GAP = 2
# Narrower than this a sentence reads badly.
_NARROWEST_PROSE = 24


@dataclass(frozen=True)
class Column:
    """A column.

    Attributes:
        name: its heading.
        is_prose: its text may be wrapped between words, an id's may not.
        is_number: it stands to the right.
        label: what a block calls it, where that is not its heading.
    """

    name: str
    is_prose: bool = False
    is_number: bool = False
    label: str | None = None


@dataclass(frozen=True)
class Row:
    """A row's cells, as plain text whatever is in it, and how it and single cells are coloured.

    Attributes:
        styles: of the cells whose colour is not the row's, by their places.
    """

    cells: tuple[str, ...]
    style: str = ""
    styles: tuple[tuple[int, str], ...] = ()

    def text(self, place: int) -> Text:
        """The cell there."""
        return Text(self.cells[place], dict(self.styles).get(place, ""))


def show_records(
    screen: Console,
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    title: str | None = None,
    indent: int = 0,
) -> None:
    """Print them, ``indent`` columns from the left; nothing for no rows."""
    if not rows:
        return
    shown = [Row(tuple(map(printable, row.cells)), row.style, row.styles) for row in rows]
    if title is not None:
        screen.print(Text(title, "italic"))
    widths = _widths(columns, shown, screen.width - indent)
    if widths is not None:
        screen.print(Padding(_table(columns, shown, widths), (0, 0, 0, indent), expand=False))
        return
    labels = [column.name if column.label is None else column.label for column in columns]
    longest = max(map(len, labels))
    for row in shown:
        for place, label in enumerate(labels):
            if row.cells[place]:
                line = Text(f"{'':<{indent}}{label:<{longest}}  ", row.style).append_text(row.text(place))
                screen.print(line, soft_wrap=True)
        screen.print()


def _table(columns: Sequence[Column], rows: Sequence[Row], widths: Sequence[int]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="bold")
    for column, width in zip(columns, widths, strict=True):
        table.add_column(
            Text(column.name),
            no_wrap=not column.is_prose,
            overflow="fold",
            width=width,
            justify="right" if column.is_number else "left",
        )
    for row in rows:
        table.add_row(*(row.text(place) for place in range(len(columns))), style=row.style)
    return table


def _widths(columns: Sequence[Column], rows: Sequence[Row], room: int) -> list[int] | None:
    """The columns' widths, at which nothing is broken but sentences between words; None: there is no room."""
    least, most = [], []
    for place, column in enumerate(columns):
        cells = [row.cells[place] for row in rows]
        whole = max(map(cell_len, (column.name, *cells)))
        longest_word = max(
            (cell_len(word) for cell in (column.name, *cells) for word in cell.split()), default=0
        )
        most.append(whole)
        least.append(min(whole, max(longest_word, _NARROWEST_PROSE)) if column.is_prose else whole)
    left = room - sum(least) - _GAP * len(columns)
    if left < 0:
        return None
    for place, whole in enumerate(most):
        more = min(whole - least[place], left)
        least[place] += more
        left -= more
    return least
