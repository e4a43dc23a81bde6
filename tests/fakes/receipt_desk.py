"""Receipts, and the sending step beside them, on the same records."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clinic.adapters.dynamodb.receipts import DynamoSentMessages, DynamoWaitingReceipts
from clinic.contracts.tables import CHANNEL, MESSAGES
from clinic.domain.intents import Intent, IntentId
from clinic.domain.receipts import Receipt, ReceiptStatus
from clinic.domain.reservations import EventOrder, Reservation
from clinic.services.receipts import ReceiptTaking, Taken
from clinic.services.receipts_port import WaitingReceipts
from clinic.services.records_port import Changes
from tests.fakes.dynamo import StoredRecords, moto_records
from tests.fakes.examples import NOW
from tests.fakes.receipts import MemorySentMessages, MemoryWaitingReceipts, Overtaken
from tests.fakes.records import MemoryRecords
from tests.fakes.rows import details, intent
from tests.fakes.workflow_ports import MemoryMeter

LATER = NOW + timedelta(minutes=1)


@dataclass
class ReceiptDesk:
    """Takes receipts; what others do meanwhile comes between its reading and its writing."""

    records: StoredRecords
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
        found = self.records.ledger.intent((planned or intent()).id)
        assert found is not None
        return found

    def marks(self) -> dict[str, datetime]:
        """What the reservation says of its reminders."""
        reservation = self.records.reservation("r-17")
        assert reservation is not None
        return dict(reservation.reminders_sent)

    def plan(self, *intents: Intent) -> None:
        """Write these messages of the reservation."""
        self.records.commit(Changes(intents=intents))

    def meanwhile(self, *deeds: Callable[[], object]) -> None:
        """What others do before each of the next writes."""
        self.messages.meanwhile += deeds


@contextmanager
def receipt_desk(store: str) -> Iterator[ReceiptDesk]:
    """A desk in memory, or on DynamoDB as moto plays it, for one reservation without any message."""
    if store == "memory":
        records, kept = MemoryRecords(), MemoryWaitingReceipts()
        desk = ReceiptDesk(records, Overtaken(MemorySentMessages(records.ledger, kept)), kept)
        yield _with_reservation(desk)
        return
    with moto_records() as stored:
        messages = DynamoSentMessages.open(stored.ledger, MESSAGES.name, CHANNEL.name)
        waiting = DynamoWaitingReceipts.open(stored.connection, CHANNEL.name)
        yield _with_reservation(ReceiptDesk(stored, Overtaken(messages), waiting))


def _with_reservation(desk: ReceiptDesk) -> ReceiptDesk:
    reservation = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
    desk.records.commit(Changes(reservations=((None, reservation),)))
    return desk
