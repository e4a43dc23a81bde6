"""The bodies that Meta posts to a webhook, and how they are signed.

Written from Meta's "Status messages webhook reference" and "Text messages webhook reference". Of what these
leave optional, a conversation is left out, as Meta does from v24.0 of the API on.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from local.faults.rules import digits
from local.simulators.whatsapp_rules import error_title

ACCOUNT_ID = "000000000000001"
DISPLAY_PHONE_NUMBER = "525500000000"
_ERRORS = "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"
_BILLED = frozenset({"sent", "delivered"})


@dataclass(frozen=True)
class Status:
    """What became of a message.

    Attributes:
        status: ``sent``, ``delivered``, ``read`` or ``failed``.
        at: when it did; the webhook may come later.
        recipient: the number's digits.
        intent: ``biz_opaque_callback_data``.
        category: the template's, in small letters.
        code: Meta's error code of a failure.
    """

    message_id: str
    status: str
    at: datetime
    recipient: str
    intent: str | None
    category: str
    code: int | None = None

    def document(self) -> dict[str, Any]:
        """In Meta's form."""
        document: dict[str, Any] = {
            "id": self.message_id,
            "status": self.status,
            "timestamp": _timestamp(self.at),
            "recipient_id": self.recipient,
        }
        if self.code is None:
            document["recipient_user_id"] = _user_id(self.recipient)
        if self.intent is not None:
            document["biz_opaque_callback_data"] = self.intent
        if self.status in _BILLED:
            document["pricing"] = {
                "billable": True,
                "pricing_model": "PMP",
                "type": "regular",
                "category": self.category,
            }
        if self.code is not None:
            document["errors"] = [_error(self.code)]
        return document


@dataclass(frozen=True)
class Inbound:
    """A text that somebody wrote to the business, or a button's; ``sender``: the number's digits."""

    message_id: str
    sender: str
    text: str
    at: datetime


def status_body(phone_number_id: str, statuses: Iterable[Status]) -> bytes:
    """The body that tells of statuses, in their order."""
    told = list(statuses)
    known = dict.fromkeys(status.recipient for status in told if status.code is None)
    return _body(phone_number_id, known, statuses=[status.document() for status in told])


def message_body(phone_number_id: str, message: Inbound) -> bytes:
    """The body that hands over a text."""
    document = {
        "from": message.sender,
        "id": message.message_id,
        "timestamp": _timestamp(message.at),
        "type": "text",
        "text": {"body": message.text},
    }
    return _body(phone_number_id, [message.sender], messages=[document])


def received_in(body: bytes, at: datetime) -> list[Inbound]:
    """What people wrote, or which buttons they pressed, if a body hands that over."""
    try:
        document = json.loads(body)
        changes = [change for entry in document["entry"] for change in entry["changes"]]
        written = [one for change in changes for one in change["value"].get("messages", [])]
        return [
            Inbound(str(one["id"]), digits(str(one["from"])), text, at)
            for one in written
            if (text := _text_of(one)) is not None
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return []


def _text_of(message: dict[str, Any]) -> str | None:
    """A text as it was written, or what is written on the button that was pressed."""
    match message:
        case {"type": "text", "text": {"body": str(text)}}:
            return text
        case {"type": "button", "button": {"text": str(text)}}:
            return text
        case {"type": "interactive", "interactive": {"button_reply": {"title": str(text)}}}:
            return text
        case {"type": "interactive", "interactive": {"list_reply": {"title": str(text)}}}:
            return text
    return None


def message_id(seed: bytes) -> str:
    """An id in the form WhatsApp gives a message, made of 30 bytes."""
    return "wamid." + base64.b64encode(seed[:30]).decode()


def signed(body: bytes, app_secret: str) -> dict[str, str]:
    """The headers a body comes with."""
    digest = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return {
        "accept": "*/*",
        "content-length": str(len(body)),
        "content-type": "application/json",
        "user-agent": "facebookexternalua",
        "x-hub-signature-256": f"sha256={digest}",
    }


def _body(phone_number_id: str, contacts: Iterable[str], **told: list[dict[str, Any]]) -> bytes:
    value: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": DISPLAY_PHONE_NUMBER, "phone_number_id": phone_number_id},
    }
    people = [_contact(number) for number in contacts]
    if people:  # of somebody who could not be reached nothing is known
        value["contacts"] = people
    changes = [{"value": {**value, **told}, "field": "messages"}]
    document = {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT_ID, "changes": changes}]}
    return json.dumps(document, separators=(",", ":")).encode()


def _contact(number: str) -> dict[str, Any]:
    return {"profile": {"name": "Paciente Ejemplo"}, "wa_id": number, "user_id": _user_id(number)}


def _user_id(number: str) -> str:
    """A business-scoped user id: a country and a number that is not the phone's."""
    return f"MX.{int(hashlib.sha256(number.encode()).hexdigest()[:14], 16):017d}"


def _error(code: int) -> dict[str, Any]:
    title = error_title(code)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": "injected by the fault plan"},
        "href": _ERRORS,
    }


def _timestamp(instant: datetime) -> str:
    return str(int(instant.timestamp()))
