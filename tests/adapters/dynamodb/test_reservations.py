"""The nights' index of parked visits: it holds those alone, and a night reads what falls due and no more."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import boto3
import pytest
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.reservations import DynamoParkedStore, parked_shards
from clinic.contracts.tables import RESERVATIONS
from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.instants import to_text
from clinic.services.unit_of_work import Changes
from tests.fakes.examples import NOW
from tests.fakes.stores.dynamo import REGION, moto_booking_store
from tests.fakes.stores.rows import details

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
def booking_store() -> Iterator[DynamoBookingStore]:
    with moto_booking_store() as found:
        yield found


def parked(number: int, days: float) -> Reservation:
    booked = Reservation.booked(details(reservation_id=f"r-{number:04}"), NOW)
    return replace(booked, parked_until=NOW + timedelta(days=days))


def keep(booking_store: DynamoBookingStore, *reservations: Reservation) -> None:
    for reservation in reservations:
        booking_store.commit(Changes(reservations=((None, reservation),)))


def test_those_that_are_due_come_page_by_page_and_nobody_twice(booking_store: DynamoBookingStore) -> None:
    keep(booking_store, *(parked(number, days=number - 20) for number in range(24)))
    store = DynamoParkedStore.open(booking_store.connection, RESERVATIONS.name)
    found, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = store.due(NOW, 4, cursor)
        found += [visit.reservation_id for visit in page.visits]
        cursor, pages = page.cursor, pages + 1
    assert sorted(found) == [f"r-{number:04}" for number in range(21)]
    assert pages == 6


def test_who_is_taken_up_or_cancelled_is_no_longer_in_the_index(booking_store: DynamoBookingStore) -> None:
    first, second = parked(1, days=-1), parked(2, days=-1)
    keep(booking_store, first, second)
    taken_up = replace(first.watched_by("run-1", NOW + A_DAY), parked_until=None)
    cancelled = second.cancelled(Cancellation(NOW), NOW + A_DAY)
    booking_store.commit(Changes(reservations=((first, taken_up), (second, cancelled))))
    assert DynamoParkedStore.open(booking_store.connection, RESERVATIONS.name).due(NOW, 10).visits == ()
    assert booking_store.reservation("r-0001") == taken_up


def far_ahead(number: int) -> dict[str, Any]:
    """An entry of the index that no night of this year gets to see."""
    shards = parked_shards()
    until = to_text(NOW + timedelta(days=2 + number / 3))
    columns = {"reservation_id": f"far-{number}", "parked_shard": shards[number % len(shards)]}
    return {name: {"S": value} for name, value in {**columns, "parked_until": until}.items()}


def test_a_night_costs_what_falls_due_however_much_is_parked(
    booking_store: DynamoBookingStore, record_property: Callable[[str, object], None]
) -> None:
    """Each query names its stretch of the index by its key: what lies beyond is not looked at."""
    keep(booking_store, *(parked(number, days=-0.5) for number in range(12)))
    client = boto3.client("dynamodb", region_name=REGION)
    costs = {}
    for parked_in_all in (0, MANY):
        puts = [{"PutRequest": {"Item": far_ahead(number)}} for number in range(parked_in_all)]
        for begin in range(0, len(puts), 25):
            client.batch_write_item(RequestItems={RESERVATIONS.name: puts[begin : begin + 25]})  # type: ignore[dict-item] # boto3's stubs want literals
        connection = Counted()
        page = DynamoParkedStore.open(connection, RESERVATIONS.name).due(NOW, 200)
        assert len(page.visits) == 12
        costs[parked_in_all] = (len(connection.read), sum(connection.read))
    assert costs[0] == costs[MANY] == (len(parked_shards()), 12)
    record_property("items read of 1,012 that are parked, in so many queries", costs[MANY])
