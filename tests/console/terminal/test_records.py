"""Rows are printed so that no id and no word is broken, at any width."""

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from console.terminal.records import Column, Row, show_records

COLUMNS = (Column("run"), Column("about"), Column("reason", is_prose=True))
IDS = st.text(st.sampled_from("abc-:.[]/é0"), max_size=40)
PROSE = st.lists(st.text(st.sampled_from("abcdé[]"), min_size=1, max_size=30), max_size=12).map(" ".join)


@given(st.lists(st.tuples(IDS, IDS, PROSE), min_size=1, max_size=4), st.integers(10, 160))
def test_no_id_and_no_word_is_broken_at_any_width(rows: list[tuple[str, str, str]], width: int) -> None:
    out = io.StringIO()
    screen = Console(file=out, width=width, markup=False, highlight=False)
    show_records(screen, COLUMNS, [Row(cells) for cells in rows])
    shown = out.getvalue()
    for run, about, reason in rows:
        for whole in (run, about, *reason.split()):
            assert whole in shown


def test_what_fits_is_a_table_and_what_does_not_is_a_block_a_row() -> None:
    def shown(width: int) -> list[str]:
        out = io.StringIO()
        screen = Console(file=out, width=width, markup=False, highlight=False)
        show_records(screen, COLUMNS, [Row(("r-1", "a-1", "no place was free"))])
        return [line.rstrip() for line in out.getvalue().splitlines()]

    assert shown(60) == ["run  about  reason", "r-1  a-1    no place was free"]
    assert shown(12) == ["run     r-1", "about   a-1", "reason  no place was free", ""]
