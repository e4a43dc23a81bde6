"""The timeline says what a run that went well came to, and whose clocks it shows."""

from datetime import UTC, datetime

import pytest
from rich.console import Console

from console.output.rows import ExecutionRow
from console.show.timeline import EntryPrinter, run_ends

AT = datetime(2026, 11, 23, 15, tzinfo=UTC)


def ended(outcome: str | None) -> ExecutionRow:
    return ExecutionRow(
        workflow="appointment-rescheduling",
        name="e-1",
        event_id="e-1",
        line=3,
        status="SUCCEEDED",
        started_at=AT,
        stopped_at=AT,
        error=None,
        cause=None,
        transitions=2,
        outcome=outcome,
    )


@pytest.mark.parametrize(
    ("outcome", "slots", "ending"),
    [
        ("already_rescheduled", None, "ends: already rescheduled"),
        ("rescheduled", None, "ends: rescheduled"),
        (None, None, "ends well"),
        (None, "3 made", "ends well; slots: 3 made"),
    ],
)
def test_it_says_what_the_run_came_to(outcome: str | None, slots: str | None, ending: str) -> None:
    entry = run_ends(ended(outcome), slots)
    assert entry.title == f"appointment-rescheduling (line 3) {ending}"


def test_the_heading_says_which_of_the_two_times_is_which() -> None:
    screen = Console(width=120)
    with screen.capture() as printed:
        EntryPrinter(screen, "America/Mexico_City").show(run_ends(ended(None)))
    heading, line = printed.get().strip().splitlines()
    assert heading == "Monday 2026-11-23  America/Mexico_City, then day and time in UTC"
    assert line.strip().startswith("09:00:00 23T15:00:00Z")
