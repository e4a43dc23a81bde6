"""docs/scaling.md: what is reached first stands first, and follows from what is used and what there is."""

import re

import pytest

from tests.docs.documents import page

Row = tuple[str, float, float, float]


@pytest.fixture
def rows() -> list[Row]:
    found = re.findall(
        r"^\| ([^|]+) \| ([\d,.]+) [a-z ]+ \| ([\d,.]+) \| [^|]+ \| \*\*([\d,.]+)( million)?\*\* \|",
        page("docs/scaling.md"),
        re.MULTILINE,
    )
    return [
        (what, _number(used), _number(most), _number(at) * (1_000_000 if millions else 1))
        for what, used, most, at, millions in found
    ]


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def test_a_limit_is_reached_where_all_of_it_is_used(rows: list[Row]) -> None:
    assert len(rows) >= 10
    for what, used, most, reached_at in rows:
        assert reached_at == pytest.approx(1_000_000 * most / used, rel=0.06), what


def test_the_first_to_be_reached_stands_first_and_is_named(rows: list[Row]) -> None:
    assert [row[3] for row in rows] == sorted(row[3] for row in rows)
    assert f"The first is {rows[0][0]}," in page("docs/scaling.md")


def test_nothing_grows_faster_than_the_appointments() -> None:
    exponents = re.findall(
        r"^\| [^|]+ \| [\d,]+ \| [\d,]+ \| ([\d.]+) \|$", page("docs/scaling.md"), re.MULTILINE
    )
    assert len(exponents) == 5
    assert all(0.5 < float(exponent) < 1.05 for exponent in exponents)
