"""The README tells a stranger in a screen what Citas is, for whom, why not something else, what it is not."""

import re

import pytest

from tests.architecture import project
from tests.docs import documents

A_SCREEN = 50
MOST_LINES = 100


def lines() -> list[str]:
    return documents.page("README.md").splitlines()


def test_it_is_short() -> None:
    assert len(lines()) <= MOST_LINES


@pytest.mark.parametrize(
    "said",
    [
        "It is for whoever",
        "It has never run on real AWS or sent a real WhatsApp message",
        "It is no page for booking, no medical record and no engine for other workflows",
        "$ make demo",
        "`make test`",
        "](docs/phone.svg)",
    ],
)
def test_the_first_screen_says_it(said: str) -> None:
    assert any(said in line for line in lines()[:A_SCREEN])


@pytest.mark.parametrize("other", ["Inngest", "Temporal", "Cal.com", "Lambdas by hand"])
def test_each_claim_against_something_else_is_shown_by_tests_that_it_links_to(other: str) -> None:
    [row] = [row for row in documents.table_rows(documents.page("README.md"), "Why not …") if row[0] == other]
    _, better_if, claim = row
    assert better_if
    shown = re.findall(r"\]\((tests/[^)]+)\)", claim)
    assert shown
    assert [path for path in shown if not (project.ROOT / path).is_file()] == []
