"""Messages that somebody writes to the business's number."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from local.simulators.webhook_bodies import Inbound, message_body, signed
from local.simulators.webhooks import WebhookNotConnectedError
from local.stack import LocalStack
from tests.local.sample import START, sample_stack
from tests.local.simulators.webhook_sample import send, values, webhook_stack


def _texts(stack: LocalStack) -> list[tuple[float, str]]:
    return [
        ((at - START).total_seconds(), message["text"]["body"])
        for at, value in values(stack)
        for message in value["messages"]
    ]


def test_a_message_is_handed_over_at_once_in_metas_form(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        stack.advance(minutes=5)
        stack.receive("+52 55 0000-0101", "¿Baja? 😀")
        ((at, value),) = values(stack)
        assert at == START + timedelta(minutes=5)
        assert set(value) == {"messaging_product", "metadata", "contacts", "messages"}
        (message,) = value["messages"]
        assert message.pop("id").startswith("wamid.")
        assert message == {
            "from": "525500000101",
            "timestamp": str(int(at.timestamp())),
            "type": "text",
            "text": {"body": "¿Baja? 😀"},
        }
        assert value["contacts"][0]["wa_id"] == "525500000101"
        (call,) = stack.simulator.webhooks
        assert (call.status, call.statuses, call.messages) == (200, 0, 1)


def test_what_anybody_posts_is_kept_with_the_webhooks_answer(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        stack.receive("+52 55 0000-0101", "BAJA")
        body = message_body("123", Inbound("wamid.2", "525500000102", "ALTA", START))
        for secret in ("local-app-secret", "nobody's"):
            requests.post(
                stack.outputs["WhatsAppWebhookUrl"], data=body, headers=signed(body, secret), timeout=120
            )
        kept = [(it.sender, it.text, it.status) for it in stack.inbound_messages()]

    assert kept == [
        ("525500000101", "BAJA", 200),
        ("525500000102", "ALTA", 200),
        ("525500000102", "ALTA", 401),
    ]


def test_every_message_has_an_id_of_its_own(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        for _ in range(3):
            stack.receive("+525500000101", "BAJA")
        ids = {message["id"] for _, value in values(stack) for message in value["messages"]}
        assert len(ids) == 3


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"line": 2, "late": "3h"}, [(10_800, "BAJA")]),
        ({"line": 2, "delivered": 2}, [(0, "BAJA"), (0, "BAJA")]),
        ({"line": 2, "delivered": 2, "late": "1m"}, [(60, "BAJA"), (60, "BAJA")]),
        ({"line": 3, "late": "3h"}, [(0, "BAJA")]),
    ],
)
def test_the_plan_of_events_holds_for_a_lines_message(tmp_path: Path, fault: Any, expected: Any) -> None:
    with webhook_stack(tmp_path, faults={"events": [fault]}) as stack:
        stack.receive("+525500000101", "BAJA", line=2)
        stack.run_until_idle()
        assert _texts(stack) == expected
        ids = {message["id"] for _, value in values(stack) for message in value["messages"]}
        assert len(ids) == 1
        assert stack.unused_faults() == ([] if fault["line"] == 2 else ["events[0]"])


def test_a_message_that_is_not_taken_comes_again(tmp_path: Path) -> None:
    faults = {"lambda": [{"workflow": "hook", "dies": "after"}]}
    with webhook_stack(tmp_path, faults=faults) as stack:
        stack.receive("+525500000101", "ALTA")
        stack.run_until_idle()
        assert _texts(stack) == [(0, "ALTA"), (30, "ALTA")]
        assert [(call.status, call.attempt) for call in stack.simulator.webhooks] == [(500, 1), (200, 2)]


def test_it_can_be_written_while_time_runs(tmp_path: Path) -> None:
    with webhook_stack(tmp_path) as stack:
        stack.publish("sample/created", {"id": "a"})
        moment = START + timedelta(seconds=2)
        stack.clock.call_at(moment, lambda: stack.receive("+525500000101", "BAJA"))
        stack.run_until_idle()
        assert [(call.statuses, call.messages) for call in stack.simulator.webhooks] == [
            (1, 0),
            (0, 1),
            (1, 0),
        ]


def test_without_a_webhook_nobody_can_be_told(tmp_path: Path) -> None:
    with (
        sample_stack(tmp_path, send()) as stack,
        pytest.raises(WebhookNotConnectedError, match="WhatsAppWebhookUrl"),
    ):
        stack.receive("+525500000101", "BAJA")
