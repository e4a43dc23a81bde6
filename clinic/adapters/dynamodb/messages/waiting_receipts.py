"""WhatsApp's receipts of messages whose intent is not known yet, in the channel's table: a row a message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.channels.failures import DEFAULT
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import IntentId
from clinic.domain.messages.receipts import Receipt, ReceiptStatus

RECEIPTS_KEPT = timedelta(days=30)
A_RECEIPT = "a receipt"  # in errors, instead of WhatsApp's id: it has the recipient's number in it
_WAITING = "status"
_RECEIPT_PREFIX = "status#"


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
    failed_by = UnicodeAttribute(null=True)
    waiting = UnicodeAttribute(null=True)
    waiting_since = InstantAttribute(null=True)
    expires_at = NumberAttribute(null=True)


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
            rows.expires_at.set(int((now + RECEIPTS_KEPT).timestamp())),
        ]
        if receipt.intent_id is not None:
            actions.append(rows.intent_id.set(str(receipt.intent_id)))
        if receipt.code is not None:
            actions += [rows.failed_code.set(receipt.code), rows.failed_by.set(receipt.channel)]
        try:
            with store_errors(A_RECEIPT):
                rows(receipt_entry(receipt.message_id)).update(actions, condition=self._is_new(receipt))
        except ConcurrentChangeError:
            return  # the condition: what is there says as much

    def of(self, message_id: str) -> tuple[Receipt, ...]:
        """What is kept of a message."""
        with store_errors(A_RECEIPT):
            try:
                return receipts_from_row(self.rows.get(receipt_entry(message_id), consistent_read=True))
            except DoesNotExist:
                return ()

    def since(self, begin: datetime, limit: int) -> list[tuple[Receipt, ...]]:
        """The messages whose first receipt was kept from then on, the newest first."""
        with store_errors("receipts"):
            found = self.rows.waiting_by_time.query(
                _WAITING, self.rows.waiting_since >= begin, scan_index_forward=False, limit=limit
            )
            return [receipts_from_row(row) for row in found]

    def drop(self, receipts: tuple[Receipt, ...]) -> None:
        """Forget what was kept of a message, unless more has come since it was read."""
        seen = {receipt.status: receipt.at for receipt in receipts}
        condition: Condition = self.rows.entry.exists()
        for status in ReceiptStatus:
            column, at = _at(self.rows, status), seen.get(status)
            condition &= column.does_not_exist() if at is None else column == at
        try:
            with store_errors(A_RECEIPT):
                self.rows(receipt_entry(receipts[0].message_id)).delete(condition=condition)
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


def receipt_entry(message_id: str) -> str:
    """The key of what is kept of a message."""
    return f"{_RECEIPT_PREFIX}{message_id}"


def receipts_from_row(row: WaitingReceiptModel) -> tuple[Receipt, ...]:
    """What a row keeps of its message."""
    message_id = row.entry.removeprefix(_RECEIPT_PREFIX)
    intent_id = IntentId.parse(row.intent_id) if row.intent_id else None
    return tuple(
        Receipt(
            message_id,
            status,
            at,
            intent_id,
            int(row.failed_code) if status is ReceiptStatus.FAILED and row.failed_code is not None else None,
            row.failed_by or DEFAULT.name,
        )
        for status in ReceiptStatus
        if (at := getattr(row, f"{status.value}_at")) is not None
    )
