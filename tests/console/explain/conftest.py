"""A stage `dev` on moto whose tables are empty."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.base import connect
from tests.fakes.stores.tables import create_tables

REGION = "us-east-1"


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    """Its tables, on a connection."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        create_tables(boto3.client("dynamodb"), prefix="citas-dev-")
        yield connect(REGION)
