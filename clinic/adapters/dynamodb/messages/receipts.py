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
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
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

    def arrived(self, receipt: Receipt, now: datetime) -> Intent | None:
        """Write that a message was delivered whose intent stands as sent; the intent as it was."""
        rows, intent_id = self.ledger.messages, receipt.intent_id
        if intent_id is None:
            return None
        stands: Condition = (
            (rows.status == IntentStatus.SENT.value)
            & (rows.message_id == receipt.message_id)
            & (rows.sent_at <= receipt.at)  # else the sending would be put back, too
            & rows.delivered_at.does_not_exist()
            & rows.read_at.does_not_exist()
        )
        actions: list[Any] = [
            rows.status.set(IntentStatus.DELIVERED.value),
            rows.reason.set(receipt.reason),
            rows.delivered_at.set(receipt.at),
            rows.updated_at.set(now),
            rows.claimed_until.remove(),
            rows.open_shard.remove(),
        ]
        try:
            with store_errors(A_RECEIPT):
                answer = self.ledger.connection.update_item(
                    rows.Meta.table_name,
                    intent_id.subject,
                    range_key=intent_id.sort_key,
                    actions=actions,
                    condition=stands,
                    return_values="ALL_OLD",
                )
        except ConcurrentChangeError:
            return None
        return intent_from_row(IntentModel.from_raw_data(answer["Attributes"]))

    def _as_seen(self, seen: Intent) -> Condition:
        rows = self.ledger.messages
        condition: Condition = (rows.attempts == seen.attempts) & (rows.updated_at == seen.updated_at)
        for name in _WRITTEN:
            column, value = getattr(rows, name), getattr(seen, name)
            condition &= column.does_not_exist() if value is None else column == value
        return condition
