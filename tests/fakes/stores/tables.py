"""The tables as the deployment makes them, from the same specifications, for tests on moto."""

from typing import Any

from types_boto3_dynamodb import DynamoDBClient

from clinic.contracts.tables import TABLES, TableSpec
from tests.fakes.stores import moto_speedups


def create_tables(client: DynamoDBClient, prefix: str = "") -> None:
    """Create every table."""
    moto_speedups.share()
    of_moto = client.meta.endpoint_url.endswith(".amazonaws.com")
    for spec in TABLES:
        if of_moto:
            moto_speedups.create_table(client, _request(spec, prefix))
        else:
            client.create_table(**_request(spec, prefix))


def _request(spec: TableSpec, prefix: str) -> dict[str, Any]:
    keys = {spec.partition_key, *([spec.sort_key] if spec.sort_key else [])}
    for index in spec.indexes:
        keys |= {index.partition_key, index.sort_key}
    request: dict[str, Any] = {
        "TableName": f"{prefix}{spec.name}",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _schema(spec.partition_key, spec.sort_key),
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
    }
    if spec.indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _schema(index.partition_key, index.sort_key),
                "Projection": {"ProjectionType": "ALL"},
            }
            for index in spec.indexes
        ]
    return request


def _schema(partition_key: str, sort_key: str | None) -> list[dict[str, str]]:
    schema = [{"AttributeName": partition_key, "KeyType": "HASH"}]
    return schema + ([{"AttributeName": sort_key, "KeyType": "RANGE"}] if sort_key else [])
