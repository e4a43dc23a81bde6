"""Moto gives tests the same, faster."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from clinic.contracts.tables import TABLES
from tests.fakes.stores.dynamo import REGION
from tests.fakes.stores.tables import create_tables

VALUES: dict[str, Any] = {
    "text": {"S": "á"},
    "number": {"N": "1.50"},
    "bytes": {"B": b"\x00\xff"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "texts": {"SS": ["a", "b"]},
    "numbers": {"NS": ["1", "2"]},
    "map": {"M": {"inner": {"L": [{"S": "x"}, {"B": b"y"}, {"M": {}}]}, "other": {"N": "7"}}},
    "list": {"L": [{"NULL": True}, {"L": []}]},
}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("dynamodb", region_name=REGION)


def test_every_type_of_value_comes_back_as_it_was_written(client: Any) -> None:
    create_tables(client)
    item = {"reservation_id": {"S": "r-1"}, **VALUES}
    client.put_item(TableName="reservations", Item=item)
    assert client.get_item(TableName="reservations", Key={"reservation_id": {"S": "r-1"}})["Item"] == item


def test_tables_made_again_are_like_the_first_and_empty(client: Any) -> None:
    create_tables(client, prefix="first-")
    first = _described(client, "first-")
    client.put_item(TableName="first-reservations", Item={"reservation_id": {"S": "r-1"}})
    for spec in TABLES:
        client.delete_table(TableName=f"first-{spec.name}")
    create_tables(client, prefix="first-")
    assert _described(client, "first-") == first
    assert client.scan(TableName="first-reservations")["Items"] == []


def _described(client: Any, prefix: str) -> list[Any]:
    tables = [client.describe_table(TableName=f"{prefix}{spec.name}")["Table"] for spec in TABLES]
    own = {"TableId", "CreationDateTime"}
    return [{name: it for name, it in table.items() if name not in own} for table in tables]
