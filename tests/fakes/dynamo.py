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

from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import connect
from clinic.adapters.dynamodb.records import DynamoRecords
from clinic.contracts.tables import MESSAGES, PRESCRIPTIONS, REQUESTS, RESERVATIONS, SLOTS
from clinic.domain.slots import Slot
from tests.fakes.records import MemoryRecords
from tests.fakes.tables import create_tables

StoredRecords = MemoryRecords | DynamoRecords

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
def moto_records(*, for_threads: bool = False) -> Iterator[DynamoRecords]:
    """Records in empty tables.

    Args:
        for_threads: whether several threads will use them at once.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**_CREDENTIALS, "AWS_DEFAULT_REGION": REGION}.items():
            patch.setenv(name, value)
        with mock_aws():
            create_tables(_client())
            yield open_records(OneAtATime(REGION) if for_threads else _connection())


# moto catches what any client asks that was made after it was loaded; building one takes long.
@functools.cache
def _client() -> DynamoDBClient:
    return boto3.client("dynamodb", region_name=REGION)


@functools.cache
def _connection() -> Connection:
    return connect(REGION)


def open_records(
    connection: Connection,
    reservations: str = RESERVATIONS.name,
    messages: str = MESSAGES.name,
    slots: str = SLOTS.name,
    requests: str = REQUESTS.name,
) -> DynamoRecords:
    """The records in these tables."""
    ledger = DynamoLedger.open(connection, reservations, messages, PRESCRIPTIONS.name)
    return DynamoRecords(connection, ledger, slots, requests)


def put_slot(records: StoredRecords, slot: Slot) -> None:
    """Write a slot that is not there yet."""
    if isinstance(records, MemoryRecords):
        assert slot.slot_id not in records.slots
        records.slots[slot.slot_id] = slot
    else:
        records.calendar.put_slot(slot)
