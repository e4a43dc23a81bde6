"""What was done is kept once, on moto's DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from moto import mock_aws

from clinic.adapters.dynamodb.base import connect
from clinic.adapters.dynamodb.statistics import KEPT, DynamoStatistics
from clinic.contracts.tables import STATISTICS
from clinic.domain.statistics import Statistic, StatisticKind
from tests.fakes.examples import NOW
from tests.fakes.stores.tables import create_tables

GENERATED = Statistic(
    StatisticKind.SLOT_GENERATION, "dr-1#2026-11-30#e-1", NOW, {"slotsGenerated": 12, "timeZone": "UTC"}
)


@pytest.fixture
def statistics(monkeypatch: pytest.MonkeyPatch) -> Iterator[DynamoStatistics]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        create_tables(boto3.client("dynamodb"))
        yield DynamoStatistics.open(connect(), STATISTICS.name)


def test_a_statistic_is_a_row_of_its_day_that_ends_by_itself(statistics: DynamoStatistics) -> None:
    statistics.record(GENERATED)
    (row,) = boto3.client("dynamodb").scan(TableName=STATISTICS.name)["Items"]
    assert row == {
        "day": {"S": "2026-11-23"},
        "entry": {"S": "slot_generation#dr-1#2026-11-30#e-1"},
        "kind": {"S": "slot_generation"},
        "subject": {"S": "dr-1#2026-11-30#e-1"},
        "happened_at": {"S": "2026-11-23T15:00:00.000000Z"},
        "values": {"M": {"slotsGenerated": {"N": "12"}, "timeZone": {"S": "UTC"}}},
        STATISTICS.ttl_attribute: {"N": str(int((NOW + KEPT).timestamp()))},
    }


def test_recorded_again_the_first_time_counts(statistics: DynamoStatistics) -> None:
    statistics.record(GENERATED)
    statistics.record(replace(GENERATED, values={"slotsGenerated": 0}))
    statistics.record(replace(GENERATED, subject="dr-2#2026-11-30#e-2", at=NOW + timedelta(seconds=1)))
    rows = boto3.client("dynamodb").scan(TableName=STATISTICS.name)["Items"]
    counts = {row["subject"]["S"]: row["values"]["M"]["slotsGenerated"]["N"] for row in rows}
    assert counts == {"dr-1#2026-11-30#e-1": "12", "dr-2#2026-11-30#e-2": "12"}
