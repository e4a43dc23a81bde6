"""The stores that receipts need, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.messages.receipts import Receipt, advance, newly_accepted
from clinic.services.messages.receipts import SentMessages, WaitingReceipts
from tests.fakes.ports import MemoryLedger


@dataclass
class MemorySentMessages:
    """A ledger as receipts see it; its every write checks what the real one's condition checks."""

    ledger: MemoryLedger
    waiting: WaitingReceipts

    def intent(self, intent_id: IntentId) -> Intent | None:
        return self.ledger.intent(intent_id)

    def intent_and_kept(
        self, intent_id: IntentId, message_id: str
    ) -> tuple[Intent | None, tuple[Receipt, ...]]:
        return self.ledger.intent(intent_id), self.waiting.of(message_id)

    def intent_of_message(self, message_id: str) -> IntentId | None:
        return next((it.id for it in self.ledger.rows.values() if it.message_id == message_id), None)

    def arrived(self, receipt: Receipt, now: datetime) -> Intent | None:
        seen = self.ledger.rows.get(receipt.intent_id) if receipt.intent_id is not None else None
        advanced = advance(seen, (receipt,)) if seen is not None else None
        if seen is None or advanced is None or seen.status is not IntentStatus.SENT:
            return None
        if (seen.message_id, seen.sent_at) != (receipt.message_id, advanced.sent_at):
            return None
        self.ledger.rows[seen.id] = replace(advanced, updated_at=now, claimed_until=None)
        return seen

    def advance(self, seen: Intent, advanced: Intent, now: datetime) -> None:
        self.ledger.require(self.ledger.rows.get(seen.id) == seen)
        self.ledger.rows[seen.id] = replace(advanced, updated_at=now, claimed_until=None)
        reservation = self.ledger.reservations.get(seen.record_id)
        if not newly_accepted(seen, advanced) or not seen.id.is_reminder or reservation is None:
            return
        if reservation.version == seen.id.version and advanced.sent_at is not None:
            marks = {**reservation.reminders_sent, seen.kind.removeprefix("reminder_"): advanced.sent_at}
            self.ledger.reservations[seen.record_id] = replace(
                reservation, reminders_sent=marks, updated_at=now
            )


@dataclass
class MemoryWaitingReceipts:
    """Fulfils `clinic.services.messages.receipts.WaitingReceipts`."""

    rows: dict[str, dict[str, Receipt]] = field(default_factory=dict)
    kept_at: dict[str, datetime] = field(default_factory=dict)

    def keep(self, receipt: Receipt, now: datetime) -> None:
        kept = self.rows.setdefault(receipt.message_id, {})
        self.kept_at.setdefault(receipt.message_id, now)
        known = kept.get(receipt.status)
        if known is None or _order(receipt) < _order(known):
            kept[receipt.status] = receipt
        # The intent that one of them names is the intent of all.
        named = receipt.intent_id or next((it.intent_id for it in kept.values() if it.intent_id), None)
        self.rows[receipt.message_id] = {k: replace(it, intent_id=named) for k, it in kept.items()}

    def of(self, message_id: str) -> tuple[Receipt, ...]:
        kept = self.rows.get(message_id, {})
        return tuple(kept[word] for word in ("sent", "failed", "delivered", "read") if word in kept)

    def since(self, begin: datetime, limit: int) -> list[tuple[Receipt, ...]]:
        recent = sorted((it for it in self.rows if self.kept_at[it] >= begin), key=self.kept_at.__getitem__)
        return [self.of(message_id) for message_id in recent[::-1][:limit]]

    def drop(self, receipts: tuple[Receipt, ...]) -> None:
        message_id = receipts[0].message_id
        seen = {(it.status, it.at) for it in receipts}
        if seen == {(it.status, it.at) for it in self.rows.get(message_id, {}).values()}:
            del self.rows[message_id], self.kept_at[message_id]


def _order(receipt: Receipt) -> tuple[float, datetime]:
    if receipt.status != "failed":
        return 0.0, receipt.at
    return (float("inf") if receipt.code is None else receipt.code), receipt.at


@dataclass
class Overtaken:
    """Sent messages of which somebody else changes one between its reading and its writing.

    Attributes:
        meanwhile: what they do, one after the other before each of the next writes.
    """

    messages: SentMessages
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def intent(self, intent_id: IntentId) -> Intent | None:
        return self.messages.intent(intent_id)

    def intent_and_kept(
        self, intent_id: IntentId, message_id: str
    ) -> tuple[Intent | None, tuple[Receipt, ...]]:
        return self.messages.intent_and_kept(intent_id, message_id)

    def intent_of_message(self, message_id: str) -> IntentId | None:
        return self.messages.intent_of_message(message_id)

    def arrived(self, receipt: Receipt, now: datetime) -> Intent | None:
        return None if self.meanwhile else self.messages.arrived(receipt, now)  # somebody is changing it

    def advance(self, seen: Intent, advanced: Intent, now: datetime) -> None:
        if self.meanwhile:
            self.meanwhile.pop(0)()
        self.messages.advance(seen, advanced, now)
