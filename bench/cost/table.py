"""Numbers and tables of the pages on cost, in Markdown."""

from collections.abc import Iterable, Sequence

_WHOLE = 10


def amount(number: float) -> str:
    """Whole, or with two digits where it is small."""
    return f"{number:,.0f}" if number >= _WHOLE else f"{number:.2g}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table's lines."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, *rows)]
    return [lines[0], "|---" * len(head) + "|", *lines[1:]]
