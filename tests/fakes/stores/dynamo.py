"""The records on DynamoDB as moto plays it, and what it takes to treat them and those in memory alike."""

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.connection import Connection
from types_boto3_dynamodb import DynamoDBClient

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.contracts.tables import MESSAGES, PRESCRIPTIONS, REQUESTS, RESERVATIONS, SLOTS
from clinic.domain.slots.slot import Slot
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.tables import create_tables

StoredRecords = MemoryBookingStore | DynamoBookingStore

REGION = "us-east-1"
_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


class OneAtATime(Connection):
    """moto's transactions are atomic only one request at a time; between requests everybody may come in."""

    lock = threading.Lock()

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        """Make a request while nobody else makes one."""
        with self.lock:
            answer: dict[str, Any] = super().dispatch(operation_name, operation_kwargs)
            return answer


@contextmanager
def moto_booking_store(*, for_threads: bool = False) -> Iterator[DynamoBookingStore]:
    """Records in empty tables.

    Args:
        for_threads: whether several threads will use them at once.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_CREDENTIALS, "AWS_DEFAULT_REGION": REGION}.items():
            patch.setenv(name, value)
        with mock_aws():
            create_tables(_client())
            yield open_booking_store(OneAtATime(REGION) if for_threads else _connection())


# moto catches what any client asks that was made after it was loaded; building one takes long.
@functools.cache
def _client() -> DynamoDBClient:
    return boto3.client("dynamodb", region_name=REGION)


@functools.cache
def _connection() -> Connection:
    return connect(REGION)


def open_booking_store(
    connection: Connection,
    reservations: str = RESERVATIONS.name,
    messages: str = MESSAGES.name,
    slots: str = SLOTS.name,
    requests: str = REQUESTS.name,
) -> DynamoBookingStore:
    """The records in these tables."""
    ledger = DynamoLedger.open(connection, reservations, messages, PRESCRIPTIONS.name)
    return DynamoBookingStore(connection, ledger, slots, requests)


def put_slot(booking_store: StoredRecords, slot: Slot) -> None:
    """Write a slot that is not there yet."""
    if isinstance(booking_store, MemoryBookingStore):
        assert slot.slot_id not in booking_store.slots
        booking_store.slots[slot.slot_id] = slot
    else:
        booking_store.calendar.put_slot(slot)
