"""A step's process dies: nobody is asked twice, nothing is lost."""

import pytest

from tests.workflows.followed_up import AFTER_1WEEK, dies, visited_stack

ALL_SENT = {"v1 follow_up_24h": "sent", "v1 follow_up_1week": "sent"}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["PlanFollowUps", "SendFollowUp"])
def test_around_its_effect_the_step_is_repeated_without_a_second_message(step: str, when: str) -> None:
    with visited_stack(faults=dies(step, when)) as visited:
        visited.book()
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.follow_ups() == ALL_SENT
        assert len(visited.followed_up()) == 2
        assert (visited.status(), visited.holders()) == ("completed", set())
        assert set(visited.statuses()) == {"SUCCEEDED"}


@pytest.mark.parametrize("when", ["before_request", "after_request"])
def test_around_its_request_it_is_settled_in_the_end_and_the_next_has_its_turn(when: str) -> None:
    with visited_stack(faults=dies("SendFollowUp", when)) as visited:
        visited.book()
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.follow_ups()["v1 follow_up_1week"] == "sent"
        assert visited.followed_up()[-1] == ("follow_up_1week", AFTER_1WEEK)
        assert visited.follow_ups()["v1 follow_up_24h"] not in {"planned", "sending", "unknown"}
        (output,) = visited.outputs()
        assert output["followUps"][0]["status"] == visited.follow_ups()["v1 follow_up_24h"]


def test_a_step_that_dies_at_every_retry_is_asked_again_later() -> None:
    with visited_stack(faults=dies("SendFollowUp", "before", times=3)) as visited:
        visited.book()
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.follow_ups() == ALL_SENT


def test_a_step_that_dies_every_time_is_given_up_and_the_next_message_goes_out() -> None:
    # Until the day after: the week's follow-up finds a process that lives.
    with visited_stack(faults=dies("SendFollowUp", "before", times=110)) as visited:
        visited.book()
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.follow_ups() == {**ALL_SENT, "v1 follow_up_24h": "failed"}
        assert visited.reasons()["v1 follow_up_24h"] == "retries_exhausted:Runtime.ExitError"


def test_a_plan_that_dies_every_time_fails_the_run_and_leaves_the_visit_as_it_was() -> None:
    with visited_stack(faults=dies("PlanFollowUps", "before", times=3)) as visited:
        visited.book()
        visited.complete()
        visited.stack.run_until_idle()
        assert (visited.outputs(), visited.status()) == (["Runtime.ExitError"], "confirmed")
        assert visited.holders() == {"r-17"}
