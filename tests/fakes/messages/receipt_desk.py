"""Receipts, and the sending step beside them, on the same records."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clinic.adapters.dynamodb.messages.receipts import DynamoSentMessages
from clinic.adapters.dynamodb.messages.waiting_receipts import DynamoWaitingReceipts
from clinic.contracts.tables import CHANNEL, MESSAGES
from clinic.domain.appointments.reservation import EventOrder, Reservation
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.receipts import Receipt, ReceiptStatus
from clinic.services.messages.receipts import ReceiptTaking, Taken, WaitingReceipts
from clinic.services.unit_of_work import Changes
from tests.fakes.examples import NOW
from tests.fakes.messages.receipts import MemorySentMessages, MemoryWaitingReceipts, Overtaken
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords, moto_booking_store
from tests.fakes.stores.rows import details, intent
from tests.fakes.workflow_ports import MemoryMeter

LATER = NOW + timedelta(minutes=1)


@dataclass
class ReceiptDesk:
    """Takes receipts; what others do meanwhile comes between its reading and its writing."""

    booking_store: StoredRecords
    messages: Overtaken
    waiting: WaitingReceipts
    now: datetime = field(default=LATER)
    meter: MemoryMeter = field(default_factory=MemoryMeter)

    @property
    def receipts(self) -> ReceiptTaking:
        return ReceiptTaking(self.messages, self.waiting, self.meter)

    def hear(
        self,
        word: str,
        *,
        of: Intent | IntentId | None = None,
        message_id: str = "wamid.1",
        at: datetime = NOW,
        code: int | None = None,
    ) -> Taken:
        """Take WhatsApp's word on a message; ``of``: the intent that the message has named."""
        named = of.id if isinstance(of, Intent) else of
        return self.receipts.take(Receipt(message_id, ReceiptStatus(word), at, named, code), self.now)

    def intent(self, planned: Intent | None = None) -> Intent:
        """A message as the ledger holds it."""
        found = self.booking_store.ledger.intent((planned or intent()).id)
        assert found is not None
        return found

    def marks(self) -> dict[str, datetime]:
        """What the reservation says of its reminders."""
        reservation = self.booking_store.reservation("r-17")
        assert reservation is not None
        return dict(reservation.reminders_sent)

    def plan(self, *intents: Intent) -> None:
        """Write these messages of the reservation."""
        self.booking_store.commit(Changes(intents=intents))

    def meanwhile(self, *deeds: Callable[[], object]) -> None:
        """What others do before each of the next writes."""
        self.messages.meanwhile += deeds


@contextmanager
def receipt_desk(store: str) -> Iterator[ReceiptDesk]:
    """A desk in memory, or on DynamoDB as moto plays it, for one reservation without any message."""
    if store == "memory":
        booking_store, kept = MemoryBookingStore(), MemoryWaitingReceipts()
        desk = ReceiptDesk(booking_store, Overtaken(MemorySentMessages(booking_store.ledger, kept)), kept)
        yield _with_reservation(desk)
        return
    with moto_booking_store() as stored:
        messages = DynamoSentMessages.open(stored.ledger, MESSAGES.name, CHANNEL.name)
        waiting = DynamoWaitingReceipts.open(stored.connection, CHANNEL.name)
        yield _with_reservation(ReceiptDesk(stored, Overtaken(messages), waiting))


def _with_reservation(desk: ReceiptDesk) -> ReceiptDesk:
    reservation = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
    desk.booking_store.commit(Changes(reservations=((None, reservation),)))
    return desk
