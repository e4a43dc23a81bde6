"""WhatsApp's receipts on the message ledger."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from pynamodb.expressions.condition import Condition

from clinic.adapters.dynamodb.base import bind
from clinic.adapters.dynamodb.batch import one_of_each
from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.messages.intents import IntentModel, intent_from_row, open_shard
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.adapters.dynamodb.messages.waiting_receipts import (
    A_RECEIPT,
    WaitingReceiptModel,
    receipt_entry,
    receipts_from_row,
)
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.receipts import Receipt, newly_accepted

_WRITTEN = ("status", "reason", "message_id", "sent_at", "delivered_at", "read_at", "retry_at")


@dataclass(frozen=True)
class DynamoSentMessages:
    """Fulfils `clinic.services.messages.receipts.SentMessages`."""

    ledger: DynamoLedger
    messages: type[IntentModel]
    channel_table: str

    @classmethod
    def open(cls, ledger: DynamoLedger, messages_table: str, channel_table: str) -> Self:
        """The ledger and its index, and where receipts wait."""
        return cls(ledger, bind(IntentModel, messages_table, ledger.connection), channel_table)

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now."""
        return self.ledger.intent(intent_id)

    def intent_and_kept(
        self, intent_id: IntentId, message_id: str
    ) -> tuple[Intent | None, tuple[Receipt, ...]]:
        """The intent, and what is kept of a message, in one read."""
        messages = self.messages.Meta.table_name
        keys = {
            messages: {"subject": intent_id.subject, "intent": intent_id.sort_key},
            self.channel_table: {"entry": receipt_entry(message_id)},
        }
        found = one_of_each(self.ledger.connection, keys, A_RECEIPT)
        intent, kept = found[messages], found[self.channel_table]
        return (
            intent_from_row(IntentModel.from_raw_data(intent)) if intent else None,
            receipts_from_row(WaitingReceiptModel.from_raw_data(kept)) if kept else (),
        )

    def intent_of_message(self, message_id: str) -> IntentId | None:
        """The intent that WhatsApp's id stands for."""
        with store_errors(A_RECEIPT):
            for row in self.messages.by_message_id.query(message_id, limit=1):
                return IntentId(row.subject, int(row.version), row.kind)
        return None

    def advance(self, seen: Intent, advanced: Intent, now: datetime) -> None:
        """Write what a receipt made of an intent."""
        rows = self.ledger.messages
        actions: list[Any] = [
            getattr(rows, name).set(value)
            for name in _WRITTEN
            if (value := getattr(advanced, name)) is not None
        ]
        if advanced.failed_messages:
            actions.append(rows.failed_messages.set(list(advanced.failed_messages)))
        is_open = advanced.status.is_open
        shard = rows.open_shard.set(open_shard(seen.id.subject)) if is_open else rows.open_shard.remove()
        actions += [rows.updated_at.set(now), rows.claimed_until.remove(), shard]
        marked_at = advanced.sent_at if newly_accepted(seen, advanced) else None
        self.ledger.record(seen, actions, self._as_seen(seen), marked_at=marked_at, now=now)

    def _as_seen(self, seen: Intent) -> Condition:
        rows = self.ledger.messages
        condition: Condition = (rows.attempts == seen.attempts) & (rows.updated_at == seen.updated_at)
        for name in _WRITTEN:
            column, value = getattr(rows, name), getattr(seen, name)
            condition &= column.does_not_exist() if value is None else column == value
        return condition
