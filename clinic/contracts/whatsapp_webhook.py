"""The calls of WhatsApp's webhook: what became of messages, and what people write.

Source: Meta, WhatsApp Cloud API, webhooks of the field ``messages``. Many notifications may come in one body.
Meta adds fields and kinds as it likes: what is not known is passed over, and what can't be read does not keep
the rest from being read.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from clinic.channels.whatsapp import WHATSAPP
from clinic.domain.errors import UnreadableNotificationError
from clinic.domain.messages.intent import IntentId
from clinic.domain.messages.notifications import InboundMessage, Notification
from clinic.domain.messages.receipts import Receipt, ReceiptStatus
from clinic.domain.people.phone import of_digits

# Meta's own limit, well under the 6 MB that a Lambda function takes.
LARGEST_BODY = 3 * 1024 * 1024

_ACCOUNT = "whatsapp_business_account"
_ID = re.compile(r"[!-~]{1,512}")
_EPOCH_SECONDS = re.compile(r"[0-9]{1,11}")
ModelT = TypeVar("ModelT", bound=BaseModel)


def _id(value: str) -> str:
    if not _ID.fullmatch(value):
        raise ValueError("expected up to 512 ASCII letters, digits and marks")
    return value


def _instant(value: Any) -> datetime:
    if isinstance(value, bool) or not _EPOCH_SECONDS.fullmatch(str(value)):
        raise ValueError("expected seconds since 1970")
    return datetime.fromtimestamp(int(value), UTC)


Id = Annotated[str, AfterValidator(_id)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Number = Annotated[str, AfterValidator(of_digits)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Error(_Part):
    code: int


class _Status(_Part):
    id: Id
    status: ReceiptStatus
    timestamp: Instant
    biz_opaque_callback_data: Any = None
    errors: Any = None

    def receipt(self) -> Receipt:
        return Receipt(
            self.id,
            self.status,
            self.timestamp,
            _intent_id(self.biz_opaque_callback_data),
            self._code() if self.status is ReceiptStatus.FAILED else None,
            WHATSAPP.name,
        )

    def _code(self) -> int | None:
        errors = (_read(_Error, part) for part in _objects(self.errors))
        return next((error.code for error in errors if error is not None), None)


class _Message(_Part):
    id: Id
    sender: Number
    timestamp: Instant


def parse_notification(body: bytes, phone_number_id: str) -> Notification:
    """Read a body; what it says of other numbers than this one is left out.

    Raises:
        UnreadableNotificationError: it is no JSON.
    """
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise UnreadableNotificationError("expected JSON") from None
    if not isinstance(payload, dict) or payload.get("object") != _ACCOUNT:
        return Notification(passed_over=1)
    statuses: list[Receipt | None] = []
    messages: list[InboundMessage | None] = []
    for value in _values(payload, phone_number_id):
        statuses += [_receipt(part) for part in _objects(value.get("statuses"))]
        messages += [_message(part) for part in _objects(value.get("messages"))]
    read = [receipt for receipt in statuses if receipt is not None]
    heard = [message for message in messages if message is not None]
    passed_over = len(statuses) + len(messages) - len(read) - len(heard)
    return Notification(tuple(read), tuple(heard), passed_over)


def _values(payload: dict[str, Any], phone_number_id: str) -> Iterator[dict[str, Any]]:
    for entry in _objects(payload.get("entry")):
        for change in _objects(entry.get("changes")):
            match change:
                case {"value": {"metadata": {"phone_number_id": number}} as value} if (
                    number == phone_number_id
                ):
                    yield value


def _objects(found: Any) -> list[dict[str, Any]]:
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _read(model: type[ModelT], part: dict[str, Any]) -> ModelT | None:
    try:
        return model.model_validate(part)
    except ValidationError:
        return None


def _receipt(part: dict[str, Any]) -> Receipt | None:
    status = _read(_Status, part)
    return status.receipt() if status is not None else None


def _message(part: dict[str, Any]) -> InboundMessage | None:
    texts = tuple(text for text in _texts(part) if isinstance(text, str))
    message = _read(_Message, {**part, "sender": part.get("from")}) if texts else None
    return InboundMessage(message.sender, message.timestamp, texts) if message is not None else None


def _texts(part: dict[str, Any]) -> Iterator[Any]:
    match part:
        case {"type": "text", "text": {"body": body}}:
            yield body
        case {"type": "button", "button": dict(button)}:
            yield from (button.get("payload"), button.get("text"))
        case {"type": "interactive", "interactive": dict(interactive)}:
            for reply in (interactive.get("button_reply"), interactive.get("list_reply")):
                if isinstance(reply, dict):
                    yield from (reply.get("id"), reply.get("title"))


def _intent_id(data: Any) -> IntentId | None:
    """Other programs that send from the same number put something else there."""
    try:
        return IntentId.parse(_id(data)) if isinstance(data, str) else None
    except ValueError:
        return None
