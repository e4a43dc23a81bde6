"""A doctor's book read over a stretch of time, and checked, on moto's DynamoDB."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clinic.adapters.dynamodb.booking_reader import DynamoBookingReader
from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.slots import SlotModel
from clinic.contracts.tables import RESERVATIONS, SLOTS
from clinic.domain.operations.consistency import Breach, Finding
from clinic.services.operations.consistency import CountedSlot
from tests.fakes.appointments.bookings import approved, asked, slot
from tests.fakes.appointments.planned import RUN, decisions_on, keeping_on
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.booking_reader import complaints
from tests.fakes.stores.dynamo import moto_booking_store

BOOKED, FREE = slot(IN_NINE_DAYS), slot(IN_NINE_DAYS + timedelta(days=1))


@pytest.fixture(name="booking_store")
def records_fixture() -> Iterator[DynamoBookingStore]:
    with moto_booking_store() as booking_store:
        for each in (BOOKED, FREE):
            booking_store.calendar.put_slot(each)
        keeping_on(booking_store).receive(asked("q-1", BOOKED.slot_id, NOW + timedelta(hours=3)), RUN, NOW)
        decisions_on(booking_store).decide(approved("q-1"), NOW)
        yield booking_store


@pytest.fixture(name="book")
def book_fixture(booking_store: DynamoBookingStore) -> DynamoBookingReader:
    return DynamoBookingReader.open(booking_store.connection, SLOTS.name, RESERVATIONS.name)


def test_slots_are_read_with_their_counts_from_an_instant_on(book: DynamoBookingReader) -> None:
    held, free = book.slots_from("dr-1", BOOKED.start)

    assert (held.slot.holders, held.reserved_count) == (frozenset({"q-1"}), 1)
    assert free == CountedSlot(FREE, 0)
    assert book.slots_from("dr-1", FREE.start) == [free]
    assert book.slots_from("dr-2", NOW) == []
    assert (book.counted("dr-1", BOOKED.slot_id), book.counted("dr-1", "no:such:slot")) == (1, None)


def test_sheets_are_read_from_a_day_on(book: DynamoBookingReader) -> None:
    (sheet,) = book.sheets_from("dr-1", BOOKED.start.date())

    assert sheet.taken == {BOOKED.slot_id: (BOOKED.start, BOOKED.buffer_until)}
    assert book.sheets_from("dr-1", FREE.start.date()) == []


def test_of_many_reservations_those_are_read_that_there_are(book: DynamoBookingReader) -> None:
    names = [f"r-{number}" for number in range(250)]

    assert [found.reservation_id for found in book.reservations([*names, "q-1", "q-1"])] == ["q-1"]
    assert book.reservations([]) == []


def test_a_count_that_is_not_true_is_found(
    booking_store: DynamoBookingStore, book: DynamoBookingReader
) -> None:
    assert complaints(booking_store, "dr-1", NOW) == ()
    row: SlotModel = book.slots.get("dr-1", BOOKED.slot_id)
    row.update([book.slots.reserved_count.set(0)])

    assert complaints(booking_store, "dr-1", NOW) == (Finding(Breach.MISCOUNTED, BOOKED.slot_id),)


def test_a_slot_that_was_deleted_under_its_holder_is_found(
    booking_store: DynamoBookingStore, book: DynamoBookingReader
) -> None:
    book.slots.get("dr-1", BOOKED.slot_id).delete()

    assert complaints(booking_store, "dr-1", NOW) == (Finding(Breach.GONE, BOOKED.slot_id),)
