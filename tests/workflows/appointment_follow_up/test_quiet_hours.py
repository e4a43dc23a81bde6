"""A follow-up never leaves in the recipient's night."""

import pytest

from clinic.domain.instants import from_text, to_text
from tests.workflows.followed_up import VisitedStack, visited_stack

EVENING = "2026-12-01T21:15:00-06:00"
MORNING = from_text("2026-12-03T08:00:00-06:00")


@pytest.mark.parametrize(
    ("changes", "leaves"),
    [
        ({"appointmentDate": EVENING}, MORNING),
        ({"appointmentDate": "2026-12-02T06:59:00-06:00"}, MORNING),
        ({"appointmentDate": "2026-12-02T08:00:00-06:00"}, MORNING),
        ({"timezone": "Asia/Tokyo"}, from_text("2026-12-04T08:00:00+09:00")),  # due at midnight in Tokyo
    ],
    ids=["evening", "before dawn", "the first minute", "elsewhere"],
)
def test_one_that_is_due_at_night_waits_for_the_morning(
    visited: VisitedStack, changes: dict[str, str], leaves: object
) -> None:
    visited.book()
    visited.complete(followUpType="24h", **changes)
    visited.stack.run_until_idle()
    assert visited.followed_up() == [("follow_up_24h", leaves)]


def test_the_ledger_knows_the_recipients_zone(visited: VisitedStack) -> None:
    visited.book(timezone="America/Tijuana")
    visited.complete(followUpType="24h")
    visited.stack.run_until_idle()
    row = visited.rows("r-17")["v1 follow_up_24h"]
    due_at = "2026-12-03T16:00:00.000000Z"  # seven there
    assert (row["time_zone"], row["due_at"]) == ("America/Tijuana", due_at)


def test_one_that_is_held_back_into_the_night_waits_for_the_morning_too() -> None:
    late = "2026-12-02T20:59:50-06:00"
    faults = {"whatsapp": [{"intent": "reservation#r-17#v000001#follow_up_24h", "code": 131057, "times": 1}]}
    with visited_stack(faults=faults) as visited:
        visited.book()
        visited.complete(followUpType="24h", appointmentDate=late, at="2026-12-03T04:00:00Z")
        visited.stack.run_until_idle()
        ((_, at),) = visited.followed_up()
        assert to_text(at) == "2026-12-04T14:00:00Z"
