"""A channel's name is a word of its own rooms: the domain, the use cases and the texts know none."""

import re
from pathlib import Path

import pytest

from clinic.channels.failures import CHANNELS
from tests.architecture.project import ROOT

# The names of channels that there are, and of others that somebody may add; and whose they are.
NAMES = re.compile(
    r"whats_?app|wamid|\bsms\b|telegram|twilio|\bmeta\b(?!\.)|" + "|".join(c.name for c in CHANNELS),
    re.IGNORECASE,
)
NEUTRAL = ("domain", "services", "templates")


@pytest.mark.parametrize("room", NEUTRAL)
def test_no_channel_is_named_where_all_are_served(room: str) -> None:
    named = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in sorted((ROOT / "clinic" / room).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if NAMES.search(line)
    ]
    assert named == []


def test_the_rooms_are_there() -> None:
    assert all(any(Path(ROOT, "clinic", room).rglob("*.py")) for room in NEUTRAL)
