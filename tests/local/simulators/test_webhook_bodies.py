"""The bodies of webhooks, read by the client library ``pywa``."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pywa.client import WhatsApp
from pywa.types.base_update import RawUpdate
from pywa.types.message import Message
from pywa.types.message_status import MessageStatus, MessageStatusType, PricingCategory
from pywa.utils import webhook_updates_validator

from local.simulators.webhook_bodies import Inbound, Status, message_body, received_in, signed, status_body
from local.simulators.whatsapp_rules import error_title

AT = datetime(2026, 11, 23, 15, 0, 4, tzinfo=UTC)


def _update(body: bytes) -> RawUpdate:
    return RawUpdate(body, hmac_header=None, update_hash="")


def _client() -> WhatsApp:
    return WhatsApp(phone_id="123", token="token")


def _status(name: str, recipient: str = "525500000001", code: int | None = None) -> Status:
    return Status("wamid.1", name, AT, recipient, "reservation#r-1", "utility", code)


@pytest.mark.parametrize("name", ["sent", "delivered", "read"])
def test_pywa_reads_a_status(name: str) -> None:
    status: MessageStatus[Any] = MessageStatus.from_update(
        _client(), _update(status_body("123", [_status(name)]))
    )
    assert (status.id, status.status, status.timestamp) == ("wamid.1", MessageStatusType(name), AT)
    assert (status.from_user.wa_id, status.tracker) == ("525500000001", "reservation#r-1")
    assert status.metadata.phone_number_id == "123"
    assert status.error is None
    assert (status.pricing is None) is (name == "read")
    if status.pricing is not None:
        assert status.pricing.category is PricingCategory.UTILITY
        assert status.pricing.billable


@pytest.mark.parametrize("code", [131026, 131049, 131050])
def test_pywa_reads_a_failure(code: int) -> None:
    """It wants a contact, which Meta leaves out of a failure: another status of the same body brings it."""
    body = status_body("123", [_status("failed", code=code), _status("sent", "525500000002")])
    status: MessageStatus[Any] = MessageStatus.from_update(_client(), _update(body))
    assert status.status is MessageStatusType.FAILED
    assert status.error is not None
    assert (status.error.code, status.error.message) == (code, error_title(code))
    assert status.error.details


def test_pywa_reads_a_message() -> None:
    body = message_body("123", Inbound("wamid.2", "525500000101", "¿BAJA?", AT))
    message = Message.from_update(_client(), _update(body))
    assert (message.id, message.text, message.timestamp) == ("wamid.2", "¿BAJA?", AT)
    assert message.from_user.wa_id == "525500000101"


def test_pywa_accepts_the_signature_and_no_other() -> None:
    body = status_body("123", [_status("sent")])
    header = signed(body, "secret")["x-hub-signature-256"]
    assert webhook_updates_validator("secret", body, header)
    assert not webhook_updates_validator("other", body, header)
    assert not webhook_updates_validator("secret", body + b" ", header)


def test_many_statuses_of_one_person_name_the_person_once() -> None:
    body = status_body("123", [_status("sent"), _status("delivered"), _status("sent", "525500000002")])
    value = json.loads(body)["entry"][0]["changes"][0]["value"]
    assert [contact["wa_id"] for contact in value["contacts"]] == ["525500000001", "525500000002"]
    assert [status["status"] for status in value["statuses"]] == ["sent", "delivered", "sent"]


def test_a_body_is_plain_ascii() -> None:
    """So Meta writes it: every other letter is escaped, and the signature is that of the escaped form."""
    body = message_body("123", Inbound("wamid.2", "525500000101", "ñandú 😀", AT))
    assert body.isascii()


def test_a_text_comes_back_out_of_its_body() -> None:
    message = Inbound("wamid.2", "525500000101", "¿BAJA? 😀", AT)
    assert received_in(message_body("123", message), AT) == [message]


@pytest.mark.parametrize(
    ("pressed", "text"),
    [
        ({"type": "button", "button": {"payload": "stop", "text": "BAJA"}}, "BAJA"),
        ({"type": "interactive", "interactive": {"button_reply": {"id": "b-1", "title": "Sí"}}}, "Sí"),
        ({"type": "interactive", "interactive": {"list_reply": {"id": "l-1", "title": "ALTA"}}}, "ALTA"),
    ],
)
def test_of_a_button_that_was_pressed_stands_what_is_written_on_it(pressed: Any, text: str) -> None:
    message = {"id": "wamid.3", "from": "525500000101", "timestamp": "1", **pressed}
    body = {"entry": [{"changes": [{"value": {"messages": [message]}}]}]}
    assert received_in(json.dumps(body).encode(), AT) == [Inbound("wamid.3", "525500000101", text, AT)]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"1",
        b'{"entry": 1}',
        b'{"entry": [{"changes": [{"value": "messages"}]}]}',
        b'{"entry": [{"changes": [{"value": {"messages": [{"type": "image"}, 7]}}]}]}',
        b"[" * 100_000,
        status_body("123", []),
    ],
)
def test_of_anything_else_nobody_has_written_anything(body: bytes) -> None:
    assert received_in(body, AT) == []
