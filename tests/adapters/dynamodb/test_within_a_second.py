"""Things due at a whole second are found a moment later, not a look later: keys sort as time does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.adapters.dynamodb.base import InstantAttribute
from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.adapters.dynamodb.consents import DynamoConsents
from clinic.adapters.dynamodb.messages.intents import DynamoDueIntents, IntentModel
from clinic.adapters.dynamodb.messages.waiting_receipts import DynamoWaitingReceipts, WaitingReceiptModel
from clinic.adapters.dynamodb.requests import RequestModel
from clinic.adapters.dynamodb.reservations import DynamoParkedStore, ReservationModel
from clinic.adapters.dynamodb.runs import RunModel
from clinic.adapters.dynamodb.slots import SlotModel
from clinic.contracts.tables import CHANNEL, CONSENTS, MESSAGES, RESERVATIONS, TABLES
from clinic.domain.messages.receipts import Receipt, ReceiptStatus
from clinic.domain.people.consents import Category, Choice
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.examples import NOW, event
from tests.fakes.requests.desk import TIME_IS_UP, Desk
from tests.fakes.stores.dynamo import moto_booking_store

A_MOMENT = timedelta(milliseconds=19)
MODELS = (IntentModel, RequestModel, ReservationModel, RunModel, SlotModel, WaitingReceiptModel)


@pytest.fixture(scope="module")
def store() -> Iterator[DynamoBookingStore]:
    with moto_booking_store() as store:
        yield store


def test_a_message(store: DynamoBookingStore) -> None:
    planning_on(store).plan(event(), RUN, NOW)
    due = DynamoDueIntents.open(store.connection, MESSAGES.name)
    assert [intent.kind for intent in due.due_before(NOW + A_MOMENT, 10)] == ["confirmation"]
    first, second = NOW - timedelta(hours=1), NOW + A_MOMENT
    assert [intent.kind for intent in due.due_between(first, second)] == ["confirmation"]


def test_a_requests_end(store: DynamoBookingStore) -> None:
    desk = Desk()
    desk.ask()
    store.commit(Changes(requests=((None, desk.request()),)))
    assert store.overdue_requests("dr-1", TIME_IS_UP + A_MOMENT) == ["q-1"]


def test_a_parked_visit(store: DynamoBookingStore) -> None:
    planning_on(store).plan(event("e-2", reservationId="r-18"), RUN, NOW)
    seen = store.reservation("r-18")
    assert seen is not None
    parked = replace(seen, parked_until=NOW)
    store.commit(Changes(reservations=((seen, parked),)))
    page = DynamoParkedStore.open(store.connection, RESERVATIONS.name).due(NOW + A_MOMENT, 10)
    assert [details.reservation_id for details in page.visits] == ["r-18"]


def test_a_receipt_that_waits(store: DynamoBookingStore) -> None:
    waiting = DynamoWaitingReceipts.open(store.connection, CHANNEL.name)
    waiting.keep(Receipt("wamid.1", ReceiptStatus.SENT, NOW), NOW + A_MOMENT)
    assert waiting.since(NOW, 10)


@pytest.mark.parametrize("is_earlier_whole", [True, False])
def test_the_later_of_two_words_stands(store: DynamoBookingStore, *, is_earlier_whole: bool) -> None:
    consents = DynamoConsents.open(store.connection, CONSENTS.name)
    person = f"+52550000000{int(is_earlier_whole)}"
    earlier, later = (NOW, NOW + A_MOMENT) if is_earlier_whole else (NOW - A_MOMENT, NOW)
    consents.apply(person, [Category.MEDICATION], Choice(is_wanted=False, at=earlier))
    consents.apply(person, [Category.MEDICATION], Choice(is_wanted=True, at=later))
    assert consents.of(person).choices[Category.MEDICATION] == Choice(is_wanted=True, at=later)


def test_every_key_that_is_an_instant_is_written_so() -> None:
    """Of each index, by the table's own description: what is no text of the domain's is an instant."""
    texts = {"subject", "owner", "entry", "slot_id"}
    keys = {index.sort_key for table in TABLES for index in table.indexes} - texts - {None}
    assert keys == {
        *("due_at", "parked_until", "appointment_time", "expires_at", "start"),
        *("waiting_since", "started_at", "stopped_at"),
    }
    for key in keys:
        columns = [model.get_attributes()[str(key)] for model in MODELS if key in model.get_attributes()]
        assert any(isinstance(column, InstantAttribute) for column in columns), key
