import re

import pytest

from tests.architecture import project
from tests.docs import documents

DECISIONS = sorted(
    path for path in (project.ROOT / "docs/decisions").glob("*.md") if path.name != "README.md"
)
_HEAD = re.compile(
    r"# (\d{4})\. .+\n\nStatus: (proposed|accepted|superseded by \d{4})\nDate: \d{4}-\d{2}-\d{2}\n"
)


@pytest.mark.parametrize("number", range(1, len(DECISIONS) + 1))
def test_a_decision_has_its_number_status_and_date(number: int) -> None:
    path = DECISIONS[number - 1]
    head = _HEAD.match(path.read_text())
    assert head, path.name
    assert path.name.startswith(f"{head[1]}-")


@pytest.mark.parametrize("number", range(1, len(DECISIONS) + 1))
def test_a_decision_says_why_what_and_what_follows(number: int) -> None:
    headings = re.findall(r"^## (.+)$", DECISIONS[number - 1].read_text(), re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences"]


def test_the_list_of_decisions_is_whole() -> None:
    listed = documents.page("docs/decisions/README.md")
    titles = [(path.name, path.read_text().split("\n")[0].split(". ", 1)[1]) for path in DECISIONS]
    assert [name for name, title in titles if f"({name}) | {title} |" not in listed] == []
