"""The documentation's pages, for tests that hold them against the code."""

import re
from pathlib import Path

from tests.architecture import project

_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")


def pages() -> list[Path]:
    """Every page of the documentation."""
    return [path for path in project.files(".md") if not project.name(path).startswith("tests/")]


def page(name: str) -> str:
    """One page's text."""
    return (project.ROOT / name).read_text()


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return _FENCE.sub("", text)


def fenced(text: str) -> list[str]:
    """The content of each fenced block."""
    return [block.split("\n", 1)[1].rsplit("```", 1)[0] for block in _FENCE.findall(text)]


def code(text: str) -> list[str]:
    """What stands between single backticks, outside fenced blocks."""
    return _CODE.findall(prose(text))


def table_rows(text: str, header: str) -> list[list[str]]:
    """The cells of the table whose header row begins with ``| <header>``, without header and rule.

    Raises:
        LookupError: the page has no such table.
    """
    lines = iter(prose(text).splitlines())
    for line in lines:
        if line.startswith(f"| {header}"):
            next(lines)
            rows: list[list[str]] = []
            for row in lines:
                if not row.startswith("|"):
                    return rows
                rows.append([cell.strip() for cell in row.strip("|").split("|")])
            return rows
    raise LookupError(f"no table begins with {header}")
