"""WhatsApp's errors lead to another try, or to an end with a reason."""

from datetime import timedelta

from tests.workflows.followed_up import AFTER_1WEEK, AFTER_24H, visited_stack

FIRST = "reservation#r-17#v000001#follow_up_24h"
ALL_SENT = {"v1 follow_up_24h": "sent", "v1 follow_up_1week": "sent"}


def test_500_twice_then_200_sends_one_message() -> None:
    with visited_stack(faults={"whatsapp": [{"intent": FIRST, "status": 500, "times": 2}]}) as visited:
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.follow_ups() == ALL_SENT
        assert len(visited.followed_up()) == 2


def test_an_unreachable_recipient_is_recorded_and_the_next_message_goes_out() -> None:
    with visited_stack(faults={"whatsapp": [{"intent": FIRST, "code": 131026}]}) as visited:
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.follow_ups() == {**ALL_SENT, "v1 follow_up_24h": "failed"}
        assert visited.reasons()["v1 follow_up_24h"] == "whatsapp:131026"
        assert visited.followed_up() == [("follow_up_1week", AFTER_1WEEK)]


def test_a_fault_that_outlasts_its_use_is_recorded_and_said() -> None:
    with visited_stack(faults={"whatsapp": [{"intent": FIRST, "status": 500}]}) as visited:
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.reasons()["v1 follow_up_24h"] == "retries_exhausted:MessengerUnavailableError"
        tried = [call.at for call in visited.stack.simulator.calls if call.intent_id == FIRST]
        assert tried[-1] - tried[0] > timedelta(hours=22)
        (output,) = visited.outputs()
        assert [follow_up["status"] for follow_up in output["followUps"]] == ["failed", "sent"]


def test_a_wait_whatsapp_asks_for_is_kept() -> None:
    faults = {"whatsapp": [{"intent": FIRST, "code": 131057, "times": 1}]}
    with visited_stack(faults=faults) as visited:
        visited.complete()
        visited.stack.run_until_idle()
        assert visited.followed_up()[0] == ("follow_up_24h", AFTER_24H + timedelta(minutes=1))


def test_a_refused_token_fails_the_run_loudly_and_the_event_again_mends_it() -> None:
    with visited_stack(faults={"whatsapp": [{"intent": FIRST, "code": 190, "times": 1}]}) as visited:
        visited.complete()
        visited.complete(AFTER_24H + timedelta(hours=3))
        visited.stack.run_until_idle()
        assert visited.outputs()[0] == "MessengerAccountError"
        assert visited.follow_ups() == ALL_SENT
        assert visited.followed_up()[0] == ("follow_up_24h", AFTER_24H + timedelta(hours=3))
