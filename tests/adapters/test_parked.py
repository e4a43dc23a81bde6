"""The nights' index of parked visits: it holds those alone, and a night reads what falls due and no more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.parked import DynamoParkedShelf
from clinic.adapters.dynamodb.records import DynamoRecords
from clinic.adapters.dynamodb.rows import parked_shards
from clinic.contracts.tables import RESERVATIONS
from clinic.domain.cancellations import Cancellation
from clinic.domain.instants import to_text
from clinic.domain.reservations import Reservation
from clinic.services.records_port import Changes
from tests.fakes.dynamo import REGION, moto_records
from tests.fakes.examples import NOW
from tests.fakes.rows import details

A_DAY = timedelta(days=1)
MANY = 1000


@dataclass
class Counted(Connection):
    """A connection that counts what queries read.

    Attributes:
        read: how many items DynamoDB looked at, by query.
    """

    read: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(REGION)

    def dispatch(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = super().dispatch(operation_name, operation_kwargs)
        if operation_name == "Query":
            assert "FilterExpression" not in operation_kwargs
            self.read.append(answer["ScannedCount"])
        return answer


@pytest.fixture
def records() -> Iterator[DynamoRecords]:
    with moto_records() as found:
        yield found


def parked(number: int, days: float) -> Reservation:
    booked = Reservation.booked(details(reservation_id=f"r-{number:04}"), NOW)
    return replace(booked, parked_until=NOW + timedelta(days=days))


def keep(records: DynamoRecords, *reservations: Reservation) -> None:
    for reservation in reservations:
        records.commit(Changes(reservations=((None, reservation),)))


def test_those_that_are_due_come_page_by_page_and_nobody_twice(records: DynamoRecords) -> None:
    keep(records, *(parked(number, days=number - 20) for number in range(24)))
    shelf = DynamoParkedShelf.open(records.connection, RESERVATIONS.name)
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = shelf.due(NOW, 4, cursor)
        found += [visit.reservation_id for visit in page.visits]
        cursor, pages = page.cursor, pages + 1
    assert sorted(found) == [f"r-{number:04}" for number in range(21)]
    assert pages == 6


def test_who_is_taken_up_or_cancelled_is_no_longer_in_the_index(records: DynamoRecords) -> None:
    first, second = parked(1, days=-1), parked(2, days=-1)
    keep(records, first, second)
    taken_up = replace(first.watched_by("run-1", NOW + A_DAY), parked_until=None)
    cancelled = second.cancelled(Cancellation(NOW), NOW + A_DAY)
    records.commit(Changes(reservations=((first, taken_up), (second, cancelled))))
    assert DynamoParkedShelf.open(records.connection, RESERVATIONS.name).due(NOW, 10).visits == ()
    assert records.reservation("r-0001") == taken_up


def far_ahead(number: int) -> dict[str, Any]:
    """An entry of the index that no night of this year gets to see."""
    shards = parked_shards()
    until = to_text(NOW + timedelta(days=2 + number / 3))
    columns = {"reservation_id": f"far-{number}", "parked_shard": shards[number % len(shards)]}
    return {name: {"S": value} for name, value in {**columns, "parked_until": until}.items()}


def test_a_night_costs_what_falls_due_however_much_is_parked(
    records: DynamoRecords, record_property: Callable[[str, object], None]
) -> None:
    """Each query names its stretch of the index by its key: what lies beyond is not looked at."""
    keep(records, *(parked(number, days=-0.5) for number in range(12)))
    client = boto3.client("dynamodb", region_name=REGION)
    costs = {}
    for parked_in_all in (0, MANY):
        puts = [{"PutRequest": {"Item": far_ahead(number)}} for number in range(parked_in_all)]
        for begin in range(0, len(puts), 25):
            client.batch_write_item(RequestItems={RESERVATIONS.name: puts[begin : begin + 25]})  # type: ignore[dict-item] # boto3's stubs want literals
        connection = Counted()
        page = DynamoParkedShelf.open(connection, RESERVATIONS.name).due(NOW, 200)
        assert len(page.visits) == 12
        costs[parked_in_all] = (len(connection.read), sum(connection.read))
    assert costs[0] == costs[MANY] == (len(parked_shards()), 12)
    record_property("items read of 1,012 that are parked, in so many queries", costs[MANY])
