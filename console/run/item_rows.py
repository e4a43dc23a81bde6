"""DynamoDB's items as plain Python values, and the ledger's as rows of OUT.json."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from console.output.rows import MessageRow

_OFTEN_ABSENT = (
    *("to", "useful_until", "sent_at", "reason"),
    *("message_id", "created_at", "updated_at"),
)


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item in DynamoDB's notation as plain values; whole numbers are ints."""
    # Whoever has an item has loaded boto3; `citas --help` must not.
    from boto3.dynamodb.types import TypeDeserializer

    deserialise: Callable[[Any], Any] = TypeDeserializer().deserialize
    return {name: _plain(deserialise(value)) for name, value in item.items()}


def message_row(item: Mapping[str, Any]) -> MessageRow:
    """A row of the ledger, as `plain` gives it; its text is only WhatsApp's to say."""
    blank: dict[str, Any] = dict.fromkeys(_OFTEN_ABSENT)
    blank |= {"parameters": {}, "attempts": 0}
    named = {"intent_id": f"{item['subject']}#{item['intent']}", "text": None}
    # As OUT.json has called them from the beginning.
    named |= {"reservation_id": item.get("record_id"), "appointment_time": item.get("happens_at")}
    return MessageRow.model_validate(blank | dict(item) | named)


def run_name(arn: str) -> str:
    """The execution's name in its ARN."""
    return arn.rpartition(":")[2]


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value
