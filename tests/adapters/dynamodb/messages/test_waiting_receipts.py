"""Receipts that wait, as rows of the channel table on moto; and what a store's error says of them."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.messages.receipts import DynamoSentMessages
from clinic.adapters.dynamodb.messages.waiting_receipts import (
    RECEIPTS_KEPT,
    DynamoWaitingReceipts,
    WaitingReceiptModel,
)
from clinic.contracts.tables import CHANNEL, MESSAGES
from clinic.domain.errors import StoreUnavailableError
from clinic.domain.messages.intent import IntentId, IntentStatus
from clinic.domain.messages.receipts import Receipt, ReceiptStatus
from clinic.services.messages.receipts import Taken
from tests.fakes.examples import NOW
from tests.fakes.messages.receipt_desk import receipt_desk
from tests.fakes.stores.dynamo import moto_booking_store, open_booking_store
from tests.fakes.stores.rows import intent

MESSAGE = "wamid.HBgNNTI1NTAwMDAwMDEwMQ=="  # a number is in it, as in WhatsApp's own
INTENT = IntentId("reservation#r-17", 1, "reminder_24h")
SENT = Receipt(MESSAGE, ReceiptStatus.SENT, NOW, INTENT)
FAILED = Receipt(MESSAGE, ReceiptStatus.FAILED, NOW + timedelta(seconds=1), None, 131026)
DELIVERED = Receipt(MESSAGE, ReceiptStatus.DELIVERED, NOW + timedelta(seconds=2))
READ = Receipt(MESSAGE, ReceiptStatus.READ, NOW + timedelta(seconds=3))


@pytest.fixture
def waiting() -> Iterator[DynamoWaitingReceipts]:
    with moto_booking_store() as booking_store:
        yield DynamoWaitingReceipts.open(booking_store.connection, CHANNEL.name)


def rows() -> list[dict[str, Any]]:
    return boto3.client("dynamodb").scan(TableName=CHANNEL.name)["Items"]


def test_what_waits_is_one_row_of_its_message_that_ends_by_itself(waiting: DynamoWaitingReceipts) -> None:
    for minutes, receipt in enumerate([READ, FAILED, DELIVERED, SENT]):
        waiting.keep(receipt, NOW + timedelta(minutes=minutes))
    (row,) = rows()
    assert set(row) == set(WaitingReceiptModel.get_attributes())
    assert row["entry"] == {"S": f"status#{MESSAGE}"}
    assert row["intent_id"] == {"S": "reservation#r-17#v000001#reminder_24h"}
    assert (row["failed_at"], row["failed_code"]) == ({"S": "2026-11-23T15:00:01.000000Z"}, {"N": "131026"})
    assert (row["waiting"], row["waiting_since"]) == ({"S": "status"}, {"S": "2026-11-23T15:00:00.000000Z"})
    ends = NOW + timedelta(minutes=3) + RECEIPTS_KEPT
    assert row["expires_at"] == {"N": str(int(ends.timestamp()))}


def test_what_was_kept_already_is_not_written_again(waiting: DynamoWaitingReceipts) -> None:
    waiting.keep(DELIVERED, NOW)
    before = rows()
    waiting.keep(DELIVERED, NOW + timedelta(days=1))
    assert rows() == before


def test_the_newest_are_swept_first_and_others_entries_never(waiting: DynamoWaitingReceipts) -> None:
    boto3.client("dynamodb").put_item(TableName=CHANNEL.name, Item={"entry": {"S": "template#x"}})
    for minute in range(4):
        receipt = Receipt(f"wamid.{minute}", ReceiptStatus.SENT, NOW)
        waiting.keep(receipt, NOW + timedelta(minutes=minute))
    found = waiting.since(NOW + timedelta(minutes=1), limit=2)
    assert [kept[0].message_id for kept in found] == ["wamid.3", "wamid.2"]


class Unreachable(Connection):
    """DynamoDB does not answer, and the client's error quotes what was asked."""

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url=str(operation_kwargs))


def test_an_error_carries_no_id_of_whatsapps() -> None:
    connection = Unreachable("us-east-1")
    waiting = DynamoWaitingReceipts.open(connection, CHANNEL.name)
    messages = DynamoSentMessages.open(open_booking_store(connection).ledger, MESSAGES.name, CHANNEL.name)
    deeds: list[Any] = [
        lambda: waiting.keep(SENT, NOW),
        lambda: waiting.of(MESSAGE),
        lambda: waiting.since(NOW, 1),
        lambda: waiting.drop((SENT,)),
        lambda: messages.intent_of_message(MESSAGE),
        lambda: messages.intent_and_kept(INTENT, MESSAGE),
    ]
    for deed in deeds:
        with pytest.raises(StoreUnavailableError) as raised:
            deed()
        assert MESSAGE not in str(raised.value)


def test_a_receipt_that_names_its_intent_costs_one_read_and_that_it_arrived_one_write(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    dispatch = Connection.dispatch

    def counted(self: Connection, operation: str, request: dict[str, Any]) -> Any:
        asked.append(operation)
        return dispatch(self, operation, request)

    with receipt_desk("dynamodb") as desk:
        sent = intent(status=IntentStatus.SENT, message_id=MESSAGE, sent_at=NOW)
        desk.plan(sent)
        monkeypatch.setattr(Connection, "dispatch", counted)
        assert desk.hear("sent", of=sent, message_id=MESSAGE) is Taken.UNCHANGED
        assert asked == ["BatchGetItem"]
        assert desk.hear("delivered", of=sent, message_id=MESSAGE) is Taken.RECORDED
        assert asked == ["BatchGetItem", "UpdateItem"]
        assert desk.hear("read", of=sent, message_id=MESSAGE) is Taken.RECORDED
        assert asked == ["BatchGetItem", "UpdateItem", "BatchGetItem", "UpdateItem"]
