"""The records twice: the fake, and DynamoDB as moto plays it. Both must pass the same tests."""

from collections.abc import Iterator

import pytest

from clinic.services.ports import Ledger
from tests.fakes.dynamo import StoredRecords, moto_records
from tests.fakes.records import MemoryRecords


@pytest.fixture(params=["memory", "dynamodb"])
def records(request: pytest.FixtureRequest) -> Iterator[StoredRecords]:
    """Empty records."""
    if request.param == "memory":
        yield MemoryRecords()
        return
    with moto_records() as records:
        yield records


@pytest.fixture
def ledger(records: StoredRecords) -> Ledger:
    """The messages among them."""
    return records.ledger
