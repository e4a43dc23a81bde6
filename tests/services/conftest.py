"""The ledger twice: the fake, and DynamoDB as moto plays it. Both must pass the same tests."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import connect
from clinic.contracts.tables import MESSAGES, RESERVATIONS
from clinic.services.ports import Ledger
from tests.fakes.ports import MemoryLedger
from tests.fakes.tables import create_tables


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    """An empty ledger."""
    if request.param == "memory":
        yield MemoryLedger()
        return
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        create_tables(boto3.client("dynamodb", region_name="us-east-1"))
        yield DynamoLedger.open(connect("us-east-1"), RESERVATIONS.name, MESSAGES.name)
