"""However often a visit is said to be over, its patient is asked once."""

from datetime import timedelta

from tests.fakes.appointments.visits import AFTERWARDS, completed_detail
from tests.workflows.followed_up import AFTER_1WEEK, AFTER_24H, DAY, VisitedStack, visited_stack

ASKED = [("follow_up_24h", AFTER_24H), ("follow_up_1week", AFTER_1WEEK)]


def test_the_same_event_three_times(visited: VisitedStack) -> None:
    visited.book()
    for _ in range(3):
        visited.complete()
    visited.stack.run_until_idle()
    assert visited.followed_up() == ASKED
    assert [output["outcome"] for output in visited.outputs()] == [
        "planned",
        "already_planned",
        "already_planned",
    ]


def test_one_event_delivered_three_times() -> None:
    with visited_stack(faults={"events": [{"line": 1, "delivered": 3}]}) as visited:
        visited.book()
        visited.at(
            AFTERWARDS, lambda: visited.stack.publish("appointment/completed", completed_detail(), line=1)
        )
        visited.stack.run_until_idle()
        assert visited.followed_up() == ASKED
        assert len(visited.outputs()) == 3


def test_three_deliveries_at_once_where_steps_run_side_by_side() -> None:
    with visited_stack(concurrent=True) as visited:
        visited.book()
        for _ in range(3):
            visited.complete()
        visited.stack.run_until_idle()
        assert visited.followed_up() == ASKED


def test_a_repeat_after_everything_was_sent(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.complete(AFTERWARDS + 10 * DAY)
    visited.stack.run_until_idle()
    assert visited.followed_up() == ASKED
    assert [output["followUps"] for output in visited.outputs()][1:] == [[]]


def test_a_correction_of_the_number_reaches_what_has_not_left(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.complete(AFTER_24H + timedelta(hours=1), patientPhone="+52 55 0000 0002")
    visited.stack.run_until_idle()
    assert visited.followed_up() == ASKED
    first, second = (m.to for m in visited.messages if m.template.startswith("follow_up"))
    assert (first[-4:], second[-4:]) == ("0001", "0002")
