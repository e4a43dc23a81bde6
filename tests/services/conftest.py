"""The records twice: the fake, and DynamoDB as moto plays it. Both must pass the same tests."""

from collections.abc import Iterator

import pytest

from clinic.services.messages.delivery import Ledger
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords, moto_booking_store


@pytest.fixture(params=["memory", "dynamodb"])
def booking_store(request: pytest.FixtureRequest) -> Iterator[StoredRecords]:
    """Empty records."""
    if request.param == "memory":
        yield MemoryBookingStore()
        return
    with moto_booking_store() as booking_store:
        yield booking_store


@pytest.fixture
def ledger(booking_store: StoredRecords) -> Ledger:
    """The messages among them."""
    return booking_store.ledger
