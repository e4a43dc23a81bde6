"""WhatsApp's receipts in DynamoDB: on the ledger, and those that wait for their message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.batch import one_of_each
from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import InstantAttribute, IntentModel, bind
from clinic.adapters.dynamodb.rows import intent_from_row, open_shard
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.receipts import Receipt, ReceiptStatus, newly_accepted

KEPT = timedelta(days=30)
_WAITING = "status"
_PREFIX = "status#"
_WHAT = "a receipt"  # in errors, instead of WhatsApp's id: it has the recipient's number in it
_WRITTEN = ("status", "reason", "message_id", "sent_at", "delivered_at", "read_at", "retry_at")


class ByMessageIdIndex(GlobalSecondaryIndex["SentIntentModel"]):
    """Intents by WhatsApp's id."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "by-message-id"
        projection = AllProjection()

    message_id = UnicodeAttribute(hash_key=True)
    subject = UnicodeAttribute(range_key=True)


class SentIntentModel(IntentModel):
    """A row of the message ledger that can be found by WhatsApp's id."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "messages"

    by_message_id = ByMessageIdIndex()


class WaitingByTimeIndex(GlobalSecondaryIndex["WaitingReceiptModel"]):
    """Messages whose intent is not known, by when the first receipt came."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "waiting-by-time"
        projection = AllProjection()

    waiting = UnicodeAttribute(hash_key=True)
    waiting_since = InstantAttribute(range_key=True)


class WaitingReceiptModel(Model):
    """A row of the channel table: all that is kept of one message."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "channel"

    waiting_by_time = WaitingByTimeIndex()

    entry = UnicodeAttribute(hash_key=True)
    intent_id = UnicodeAttribute(null=True)
    sent_at = InstantAttribute(null=True)
    delivered_at = InstantAttribute(null=True)
    read_at = InstantAttribute(null=True)
    failed_at = InstantAttribute(null=True)
    failed_code = NumberAttribute(null=True)
    waiting = UnicodeAttribute(null=True)
    waiting_since = InstantAttribute(null=True)
    expires_at = NumberAttribute(null=True)


@dataclass(frozen=True)
class DynamoSentMessages:
    """Fulfils `clinic.services.messages.receipts.SentMessages`."""

    ledger: DynamoLedger
    messages: type[SentIntentModel]
    channel_table: str

    @classmethod
    def open(cls, ledger: DynamoLedger, messages_table: str, channel_table: str) -> Self:
        """The ledger and its index, and where receipts wait."""
        return cls(ledger, bind(SentIntentModel, messages_table, ledger.connection), channel_table)

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
            self.channel_table: {"entry": f"{_PREFIX}{message_id}"},
        }
        found = one_of_each(self.ledger.connection, keys, _WHAT)
        intent, kept = found[messages], found[self.channel_table]
        return (
            intent_from_row(IntentModel.from_raw_data(intent)) if intent else None,
            _receipts(WaitingReceiptModel.from_raw_data(kept)) if kept else (),
        )

    def intent_of_message(self, message_id: str) -> IntentId | None:
        """The intent that WhatsApp's id stands for."""
        with store_errors(_WHAT):
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


@dataclass(frozen=True)
class DynamoWaitingReceipts:
    """Fulfils `clinic.services.messages.receipts.WaitingReceipts`."""

    rows: type[WaitingReceiptModel]

    @classmethod
    def open(cls, connection: Connection, channel_table: str) -> Self:
        """The receipts in this table."""
        return cls(bind(WaitingReceiptModel, channel_table, connection))

    def keep(self, receipt: Receipt, now: datetime) -> None:
        """Keep it, if it says something new of its message."""
        rows = self.rows
        actions: list[Any] = [
            _at(rows, receipt.status).set(receipt.at),
            rows.waiting.set(_WAITING),
            rows.waiting_since.set(rows.waiting_since | now),
            rows.expires_at.set(int((now + KEPT).timestamp())),
        ]
        if receipt.intent_id is not None:
            actions.append(rows.intent_id.set(str(receipt.intent_id)))
        if receipt.code is not None:
            actions.append(rows.failed_code.set(receipt.code))
        try:
            with store_errors(_WHAT):
                rows(f"{_PREFIX}{receipt.message_id}").update(actions, condition=self._is_new(receipt))
        except ConcurrentChangeError:
            return  # the condition: what is there says as much

    def of(self, message_id: str) -> tuple[Receipt, ...]:
        """What is kept of a message."""
        with store_errors(_WHAT):
            try:
                return _receipts(self.rows.get(f"{_PREFIX}{message_id}", consistent_read=True))
            except DoesNotExist:
                return ()

    def since(self, begin: datetime, limit: int) -> list[tuple[Receipt, ...]]:
        """The messages whose first receipt was kept from then on, the newest first."""
        with store_errors("receipts"):
            found = self.rows.waiting_by_time.query(
                _WAITING, self.rows.waiting_since >= begin, scan_index_forward=False, limit=limit
            )
            return [_receipts(row) for row in found]

    def drop(self, receipts: tuple[Receipt, ...]) -> None:
        """Forget what was kept of a message, unless more has come since it was read."""
        seen = {receipt.status: receipt.at for receipt in receipts}
        condition: Condition = self.rows.entry.exists()
        for status in ReceiptStatus:
            column, at = _at(self.rows, status), seen.get(status)
            condition &= column.does_not_exist() if at is None else column == at
        try:
            with store_errors(_WHAT):
                self.rows(f"{_PREFIX}{receipts[0].message_id}").delete(condition=condition)
        except ConcurrentChangeError:
            return  # more has come: whoever brought it, or the next sweep, takes it up

    def _is_new(self, receipt: Receipt) -> Condition:
        rows, at = self.rows, _at(self.rows, receipt.status)
        is_new: Condition = at.does_not_exist()
        if receipt.status is not ReceiptStatus.FAILED:
            is_new |= at > receipt.at
        elif receipt.code is not None:
            is_new |= rows.failed_code.does_not_exist() | (rows.failed_code > receipt.code)
        return is_new


def _at(rows: type[WaitingReceiptModel], status: ReceiptStatus) -> Any:
    return getattr(rows, f"{status.value}_at")


def _receipts(row: WaitingReceiptModel) -> tuple[Receipt, ...]:
    message_id = row.entry.removeprefix(_PREFIX)
    intent_id = IntentId.parse(row.intent_id) if row.intent_id else None
    return tuple(
        Receipt(
            message_id,
            status,
            at,
            intent_id,
            int(row.failed_code) if status is ReceiptStatus.FAILED and row.failed_code is not None else None,
        )
        for status in ReceiptStatus
        if (at := getattr(row, f"{status.value}_at")) is not None
    )
