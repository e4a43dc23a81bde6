"""The tables are what the contracts say, and keep what they hold."""

import pytest

from clinic.contracts.tables import TABLES, TableSpec
from infra.config import Stage
from tests.infra.template.synthesised import Resource, Synthesised


@pytest.fixture(params=TABLES, ids=lambda spec: spec.name)
def spec(request: pytest.FixtureRequest) -> TableSpec:
    found: TableSpec = request.param
    return found


@pytest.fixture
def table(stack: Synthesised, spec: TableSpec) -> Resource:
    return stack.named("AWS::DynamoDB::Table", f"citas-{stack.stage}-{spec.name}")


def keys(schema: list[dict[str, str]]) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in schema}


def test_a_table_has_the_keys_of_its_spec(table: Resource, spec: TableSpec) -> None:
    expected = {"HASH": spec.partition_key}
    if spec.sort_key:
        expected["RANGE"] = spec.sort_key
    assert keys(table.properties["KeySchema"]) == expected
    assert {attribute["AttributeType"] for attribute in table.properties["AttributeDefinitions"]} == {"S"}


def test_a_table_has_the_indexes_of_its_spec(table: Resource, spec: TableSpec) -> None:
    built = {
        index["IndexName"]: keys(index["KeySchema"])
        for index in table.properties.get("GlobalSecondaryIndexes", [])
    }
    assert built == {
        index.name: {"HASH": index.partition_key, "RANGE": index.sort_key} for index in spec.indexes
    }


def test_a_table_forgets_only_what_its_spec_says(table: Resource, spec: TableSpec) -> None:
    ttl = table.properties.get("TimeToLiveSpecification")
    expected = {"AttributeName": spec.ttl_attribute, "Enabled": True} if spec.ttl_attribute else None
    assert ttl == expected


def test_a_table_is_paid_by_request_and_can_be_restored(table: Resource) -> None:
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}


def test_in_prod_a_table_survives_its_stack(table: Resource, stack: Synthesised) -> None:
    is_prod = stack.stage is Stage.PROD
    assert table.properties["DeletionProtectionEnabled"] is is_prod
    assert table.deletion_policy == ("RetainExceptOnCreate" if is_prod else "Delete")
