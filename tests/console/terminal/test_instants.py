from datetime import UTC, datetime, timedelta

import pytest

from console.terminal.instants import parse_instant, parse_until

START = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("+9d", timedelta(days=9)),
        ("+36h", timedelta(hours=36)),
        ("+1d12h", timedelta(hours=36)),
        ("+90m", timedelta(minutes=90)),
        ("+2w", timedelta(weeks=2)),
        ("+45s", timedelta(seconds=45)),
        ("+0s", timedelta()),
        ("2026-11-24T15:00:00Z", timedelta(days=1)),
        ("2026-11-24T09:00:00-06:00", timedelta(days=1)),
    ],
)
def test_an_end_is_an_instant_or_a_time_after_the_start(text: str, after: timedelta) -> None:
    assert parse_until(text, START) == START + after


@pytest.mark.parametrize(
    "text", ["", "9d", "+9", "+d", "+9 d", "+9y", "tomorrow", "2026-11-24", "+-9d", "+٩d"]
)
def test_anything_else_is_refused_with_what_is_accepted(text: str) -> None:
    with pytest.raises(ValueError, match=r"\+9d"):
        parse_until(text, START)


@pytest.mark.parametrize("text", ["+9999999w", "+9999999d"])
def test_an_end_outside_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="outside"):
        parse_until(text, START)


def test_an_instant_is_read_into_utc() -> None:
    assert parse_instant("2026-11-23T09:00:00.5-06:00") == START + timedelta(seconds=0.5)
