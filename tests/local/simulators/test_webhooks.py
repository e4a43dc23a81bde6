"""WhatsApp tells by webhook of a message it accepted: what, when, in one body, and again."""

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.stack import LocalStack
from tests.local.sample import START, sample_stack
from tests.local.simulators.webhook_sample import noted, send, told, values, webhook_stack


def _run(stack: LocalStack, *ids: str) -> LocalStack:
    for name in ids or ("r-17",):
        stack.publish("sample/created", {"id": name})
    stack.run_until_idle()
    return stack


def test_a_message_is_sent_then_delivered(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        _run(stack)
        assert told(stack) == [(1, "r-17", "sent"), (4, "r-17", "delivered")]
        assert [(call.at - START, call.status, call.statuses) for call in stack.simulator.webhooks] == [
            (timedelta(seconds=1), 200, 1),
            (timedelta(seconds=4), 200, 1),
        ]
        assert stack.clock.pending == 0


def test_a_status_has_metas_form(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        _run(stack)
        (message,) = stack.simulator.sent
        (at, value), _ = values(stack)
        assert set(value) == {"messaging_product", "metadata", "contacts", "statuses"}
        assert value["metadata"] == {
            "display_phone_number": "525500000000",
            "phone_number_id": "000000000000000",
        }
        (status,) = value["statuses"]
        user_id = status.pop("recipient_user_id")
        assert status == {
            "id": message.message_id,
            "status": "sent",
            "timestamp": str(int(at.timestamp())),
            "recipient_id": "525500000001",
            "biz_opaque_callback_data": "r-17",
            "pricing": {"billable": True, "pricing_model": "PMP", "type": "regular", "category": "utility"},
        }
        (contact,) = value["contacts"]
        assert (contact["wa_id"], contact["user_id"]) == ("525500000001", user_id)
        assert "525500000001" not in user_id


def test_a_body_is_signed_with_the_secret_that_the_function_knows(tmp_path: Path) -> None:
    with webhook_stack(tmp_path, app_secret="another secret") as stack:
        _run(stack)
        for event in noted(stack):
            digest = hmac.new(b"another secret", event["body"].encode(), hashlib.sha256).hexdigest()
            assert event["headers"]["x-hub-signature-256"] == f"sha256={digest}"
            document = json.loads(event["body"])
            assert document["object"] == "whatsapp_business_account"
            assert document["entry"][0]["changes"][0]["field"] == "messages"


def test_what_comes_due_in_one_second_is_told_in_one_body(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        _run(stack, "a", "b", "c")
        assert [call.statuses for call in stack.simulator.webhooks] == [3, 3]
        assert told(stack) == [
            (second, name, status) for second, status in ((1, "sent"), (4, "delivered")) for name in "abc"
        ]


def test_what_was_accepted_between_two_seconds_is_told_at_the_next(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        stack.advance(milliseconds=400)
        _run(stack)
        assert [second for second, _, _ in told(stack)] == [2, 5]
        assert [value["statuses"][0]["timestamp"] for _, value in values(stack)] == [
            str(int(START.timestamp()) + 1),
            str(int(START.timestamp()) + 4),
        ]


def test_an_answer_that_got_lost_is_made_good_by_the_webhook(tmp_path: Path) -> None:
    faults = {"whatsapp": [{"call": 1, "timeout": "after"}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        _run(stack)
        assert stack.executions()[0].status == "FAILED"
        assert told(stack) == [(1, "r-17", "sent"), (4, "r-17", "delivered")]


def test_of_a_message_that_was_refused_nothing_is_told(tmp_path: Path) -> None:
    faults = {"whatsapp": [{"call": 1, "code": 131026}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        _run(stack)
        assert stack.simulator.webhooks == []


def test_what_is_not_taken_comes_again_after_a_growing_gap(tmp_path: Path) -> None:
    faults = {"lambda": [{"workflow": "hook", "dies": "before", "times": 3}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        _run(stack)
        tries = [
            (round((call.at - START).total_seconds()), call.status, call.attempt)
            for call in stack.simulator.webhooks
        ]
        assert tries == [(1, 500, 1), (4, 500, 1), (31, 500, 2), (34, 200, 2), (121, 200, 3)]
        assert told(stack) == [(34, "r-17", "delivered"), (121, "r-17", "sent")]
        assert values(stack)[1][1]["statuses"][0]["timestamp"] == str(int(START.timestamp()) + 1)


def test_after_seven_days_nothing_comes_again(tmp_path: Path) -> None:
    faults = {"lambda": [{"workflow": "hook", "dies": "before", "times": 1000}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        _run(stack)
        tries = [call.at - START for call in stack.simulator.webhooks]
        gaps = [later - earlier for earlier, later in zip(tries[::2], tries[2::2], strict=False)]
        assert gaps == sorted(gaps)
        assert timedelta(days=6) < tries[-1] <= timedelta(days=7, seconds=4)
        assert len(tries) < 40
        assert told(stack) == []


def test_a_template_without_a_webhook_hears_nothing(tmp_path: Path) -> None:
    with sample_stack(tmp_path, send()) as stack:
        _run(stack)
        assert len(stack.simulator.sent) == 1
        assert stack.simulator.webhooks == []
        assert stack.clock.now() == START


def test_whatsapp_can_be_told_to_keep_statuses_to_itself(tmp_path: Path) -> None:
    with webhook_stack(tmp_path, status_webhooks=False) as stack:
        _run(stack)
        assert stack.clock.now() == START
        stack.receive("+525500000101", "BAJA")
        assert [(call.statuses, call.messages) for call in stack.simulator.webhooks] == [(0, 1)]


def test_no_verification_is_asked_for_at_the_start(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        assert stack.lambda_invocations == []


def test_the_same_run_posts_the_same_bytes(tmp_path: Path) -> None:
    def run() -> list[dict[str, Any]]:
        with webhook_stack(tmp_path, faults={"webhooks": [{"rate": 0.5, "late": "9s"}]}) as stack:
            _run(stack, *"abcdefgh")
            stack.receive("+525500000101", "BAJA")
            return noted(stack)

    first = run()
    assert len(first) > 3
    assert run() == first


def test_webhooks_that_lie_ahead_are_waited_for(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        stack.publish("sample/created", {"id": "r-17"})
        stack.advance(seconds=2)
        assert (stack.clock.idle, stack.clock.pending) == (False, 1)
        stack.run_until_idle()
        assert stack.clock.now() == START + timedelta(seconds=4)
