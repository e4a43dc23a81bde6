"""A webhook's body is read part by part; what can't be read keeps nothing else from being read."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.whatsapp_webhook import parse_notification
from clinic.domain.errors import UnreadableNotificationError
from clinic.domain.messages.intent import IntentId
from clinic.domain.messages.notifications import InboundMessage, Notification
from clinic.domain.messages.receipts import Receipt, ReceiptStatus
from tests.fakes.examples import NOW
from tests.fakes.messages.notifications import INTENT_ID, PHONE_NUMBER_ID, notification, status, text

INTENT = IntentId.parse(INTENT_ID)
DELIVERED = Receipt("wamid.1", ReceiptStatus.DELIVERED, NOW, INTENT)


def parse(payload: Any) -> Notification:
    return parse_notification(json.dumps(payload).encode(), PHONE_NUMBER_ID)


# As Meta's documentation shows them, with fictional values.
DOCUMENTED = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "200000000000002",
            "changes": [
                {
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {
                            "display_phone_number": "525500000100",
                            "phone_number_id": PHONE_NUMBER_ID,
                        },
                        "statuses": [
                            {
                                "id": "wamid.HBgL=",
                                "status": "failed",
                                "timestamp": "1750857384",
                                "recipient_id": "525500000101",
                                "biz_opaque_callback_data": INTENT_ID,
                                "errors": [
                                    {
                                        "code": 131026,
                                        "title": "Message undeliverable",
                                        "message": "Message undeliverable",
                                        "error_data": {"details": "Message Undeliverable."},
                                        "href": "https://developers.facebook.com/docs/",
                                    }
                                ],
                            }
                        ],
                    },
                    "field": "messages",
                }
            ],
        }
    ],
}


def test_a_documented_status_is_read() -> None:
    at = datetime(2025, 6, 25, 13, 16, 24, tzinfo=UTC)
    failed = Receipt("wamid.HBgL=", ReceiptStatus.FAILED, at, INTENT, 131026)
    assert parse(DOCUMENTED) == Notification(receipts=(failed,))


@pytest.mark.parametrize("word", ["sent", "delivered", "read", "failed"])
def test_each_status_is_read(word: str) -> None:
    (receipt,) = parse(notification([status(word)])).receipts
    assert (receipt.status, receipt.code) == (word, None)


def test_many_parts_of_many_entries_are_read_in_order() -> None:
    whole = notification([status("sent"), status("read")], [text("BAJA")])
    whole["entry"] += notification([status("delivered")], number="999")["entry"]
    whole["entry"][0]["changes"] += notification([status("delivered")], [text("hola")])["entry"][0]["changes"]
    found = parse(whole)
    assert [receipt.status for receipt in found.receipts] == ["sent", "read", "delivered"]
    assert [message.texts for message in found.messages] == [("BAJA",), ("hola",)]
    assert found.passed_over == 0


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (INTENT_ID, INTENT),
        (None, None),
        ("order-17", None),
        ("", None),
        (17, None),
        (["x"], None),
        ("reservation#r-17#v1#reminder_24h", None),
        ("reservation#\ud83d#v000001#reminder_24h", None),
        ("reservation#" + "r" * 600 + "#v000001#reminder_24h", None),
    ],
)
def test_what_a_message_carried_is_an_intent_of_ours_or_nothing(data: Any, expected: IntentId | None) -> None:
    (receipt,) = parse(notification([{**status(), "biz_opaque_callback_data": data}])).receipts
    assert receipt.intent_id == expected


@pytest.mark.parametrize(
    ("errors", "code"),
    [
        ([], None),
        (None, None),
        ("x", None),
        ([{}], None),
        ([{"code": "131026"}], 131026),
        ([{"title": "x"}, {"code": 131049}], 131049),
        ([{"code": None}, 7, {"code": 131047}, {"code": 1}], 131047),
    ],
)
def test_a_failures_code_is_the_first_there_is(errors: Any, code: int | None) -> None:
    (receipt,) = parse(notification([{**status("failed"), "errors": errors}])).receipts
    assert receipt.code == code


BROKEN_STATUSES: list[Any] = [
    {},
    {**status(), "status": "deleted"},
    {**status(), "status": None},
    {**status(), "id": ""},
    {**status(), "id": None},
    {**status(), "id": "wamid \ud83d"},
    {**status(), "id": "w" * 513},
    {**status(), "timestamp": "yesterday"},
    {**status(), "timestamp": "-1"},
    {**status(), "timestamp": "9" * 30},
    {**status(), "timestamp": True},
    {**status(), "timestamp": None},
]
BROKEN_MESSAGES: list[Any] = [
    {},
    {**text("BAJA"), "from": None},
    {**text("BAJA"), "from": "5500"},
    {**text("BAJA"), "from": "Ana"},
    {**text("BAJA"), "timestamp": ""},
    {**text("BAJA"), "text": "BAJA"},
    {**text("BAJA"), "text": {"body": None}},
    {**text("BAJA"), "type": "image", "image": {"id": "1"}},
    {**text("BAJA"), "type": "reaction", "reaction": {"emoji": "x"}},
    {**text("BAJA"), "type": "unsupported"},
]


@pytest.mark.parametrize("broken", BROKEN_STATUSES)
def test_a_status_that_cant_be_read_is_passed_over_alone(broken: Any) -> None:
    found = parse(notification([status("sent"), broken, status("read")]))
    assert [receipt.status for receipt in found.receipts] == ["sent", "read"]
    assert found.passed_over == 1


@pytest.mark.parametrize("broken", BROKEN_MESSAGES)
def test_a_message_that_cant_be_read_is_passed_over_alone(broken: Any) -> None:
    found = parse(notification([status()], [broken, text("ALTA")]))
    assert (found.receipts, [it.texts for it in found.messages]) == ((DELIVERED,), [("ALTA",)])
    assert found.passed_over == 1


@pytest.mark.parametrize(
    ("kind", "texts"),
    [
        ({"type": "text", "text": {"body": "BAJA"}}, ("BAJA",)),
        ({"type": "button", "button": {"payload": "BAJA", "text": "No más"}}, ("BAJA", "No más")),
        ({"type": "button", "button": {"text": "BAJA"}}, ("BAJA",)),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button_reply", "button_reply": {"id": "b-1", "title": "BAJA"}},
            },
            ("b-1", "BAJA"),
        ),
        (
            {
                "type": "interactive",
                "interactive": {"type": "list_reply", "list_reply": {"id": "BAJA", "title": "x"}},
            },
            ("BAJA", "x"),
        ),
    ],
)
def test_what_is_written_and_what_is_pressed_are_read_alike(
    kind: dict[str, Any], texts: tuple[str, ...]
) -> None:
    message = {"from": "525500000101", "id": "wamid.in.1", "timestamp": "1795446000", **kind}
    at = datetime.fromtimestamp(1795446000, UTC)
    assert parse(notification([], [message])).messages == (InboundMessage("+525500000101", at, texts),)


def test_a_number_may_come_with_its_plus_too() -> None:
    (message,) = parse(notification([], [text("BAJA", sender="+525500000101")])).messages
    assert message.sender == "+525500000101"


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nothing", b'{"object"', b"[" * 200_000])
def test_what_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(UnreadableNotificationError, match=r"^expected JSON$"):
        parse_notification(body, PHONE_NUMBER_ID)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["entry", "changes", "value", "metadata", "statuses", "messages", "errors", "timestamp", "id", "text"]


@given(st.data())
def test_nothing_that_is_json_makes_it_fail(data: st.DataObject) -> None:
    """Any part of a good body, replaced by anything."""
    good = notification([status("failed", code=1), status()], [text("BAJA"), text("hola")])
    name = data.draw(st.sampled_from(NAMES))

    def replaced(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: data.draw(json_values) if k == name else replaced(it) for k, it in part.items()}
        return [replaced(it) for it in part] if isinstance(part, list) else part

    found = parse(replaced(good))
    assert all(receipt.at >= NOW - timedelta(days=40_000) for receipt in found.receipts)


@given(json_values)
def test_no_body_of_another_form_says_anything(payload: Any) -> None:
    assert parse(payload) == Notification(passed_over=1)
