"""Whoever did not come is not asked how the visit was."""

from datetime import timedelta

from tests.fakes.appointments.visits import AFTERWARDS
from tests.workflows.followed_up import AFTER_1WEEK, AFTER_24H, DAY, VisitedStack

AN_HOUR_LATER = AFTERWARDS + timedelta(hours=1)
DONE = {"reservationId": "r-17", "version": 1, "outcome": "no_show", "followUps": [], "skipped": []}


def test_nothing_is_sent_and_the_place_is_free(visited: VisitedStack) -> None:
    visited.book()
    visited.miss()
    visited.stack.run_until_idle()
    assert (visited.status(), visited.holders(), visited.followed_up()) == ("no_show", set(), [])
    assert visited.outputs() == [DONE]


def test_after_a_completed_ends_what_that_had_planned(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.miss(AN_HOUR_LATER)
    visited.stack.run_until_idle()
    assert (visited.status(), visited.followed_up()) == ("no_show", [])
    assert visited.follow_ups() == {"v1 follow_up_24h": "skipped", "v1 follow_up_1week": "skipped"}
    assert visited.reasons()["v1 follow_up_1week"] == "no_show"


def test_after_the_first_follow_up_ends_the_next(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.miss(AFTER_24H + timedelta(hours=2))
    visited.stack.run_until_idle()
    assert visited.followed_up() == [("follow_up_24h", AFTER_24H)]
    assert visited.follow_ups() == {"v1 follow_up_24h": "sent", "v1 follow_up_1week": "skipped"}


def test_of_somebody_who_came_after_all_is_corrected(visited: VisitedStack) -> None:
    visited.book()
    visited.miss()
    visited.complete(AN_HOUR_LATER)
    visited.stack.run_until_idle()
    assert visited.status() == "completed"
    assert visited.follow_ups() == {"v2 follow_up_24h": "sent", "v2 follow_up_1week": "sent"}
    assert [output["outcome"] for output in visited.outputs()] == ["no_show", "corrected"]


def test_a_correction_asks_nobody_twice(visited: VisitedStack) -> None:
    visited.book()
    visited.complete()
    visited.miss(AFTER_24H + timedelta(hours=2))
    visited.complete(AFTER_24H + timedelta(hours=3))
    visited.stack.run_until_idle()
    assert visited.followed_up() == [("follow_up_24h", AFTER_24H), ("follow_up_1week", AFTER_1WEEK)]
    assert visited.follow_ups() == {
        "v1 follow_up_24h": "sent",
        "v1 follow_up_1week": "skipped",
        "v2 follow_up_1week": "sent",
    }


def test_before_the_visit_began_it_is_refused(visited: VisitedStack) -> None:
    visited.book()
    visited.miss(AFTERWARDS - DAY)
    visited.stack.run_until_idle()
    assert (visited.status(), visited.outputs()) == ("confirmed", ["InvalidEventError"])


def test_one_that_nobody_has_booked_here_is_kept_and_its_booking_sends_nothing(visited: VisitedStack) -> None:
    visited.miss()
    visited.at(AN_HOUR_LATER, visited.book)
    visited.stack.run_until_idle()
    assert (visited.status(), visited.sent(), visited.holders()) == ("no_show", [], set())
