"""Whoever wants to add something finds where; that every path named exists is held by test_links."""

import re

import pytest

from tests.architecture import project
from tests.docs import documents

THINGS = (
    "a workflow",
    "an event",
    "an optional field",
    "a message",
    "a language",
    "a channel",
    "an alarm",
    "an operator's command",
    "a DynamoDB index",
)
_SECTION = re.compile(r"^## Where do I add (.+?)\?$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def _paths(thing: str) -> list[str]:
    sections = dict(_SECTION.findall(documents.page("docs/contributing.md")))
    return [name for name in documents.code(sections[thing]) if "/" in name and not name.startswith("<")]


def test_each_thing_has_a_section_and_nothing_else_has() -> None:
    assert [thing for thing, _ in _SECTION.findall(documents.page("docs/contributing.md"))] == list(THINGS)


@pytest.mark.parametrize("thing", THINGS)
def test_a_section_names_where_it_goes_and_the_tests_that_hold_it(thing: str) -> None:
    paths = _paths(thing)
    assert [name for name in paths if not (project.ROOT / name).exists()] == []
    tests = [name for name in paths if name.startswith("tests/")]
    assert tests
    assert len(paths) > len(tests)
