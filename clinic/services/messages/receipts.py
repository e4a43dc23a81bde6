"""Use case: the channel's receipts move the ledger on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.receipts import Receipt, ReceiptStatus, advance, is_too_early
from clinic.services.messages.message_counts import count_change
from clinic.services.ports import Meter


class SentMessages(Protocol):
    """The ledger, from the point of view of messages that have left.

    Every method may raise `StoreUnavailableError`.
    """

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now (a consistent read)."""

    def intent_and_kept(
        self, intent_id: IntentId, message_id: str
    ) -> tuple[Intent | None, tuple[Receipt, ...]]:
        """The intent as it stands now, and what waits of the message, in one (consistent) read."""

    def intent_of_message(self, message_id: str) -> IntentId | None:
        """The intent that a channel's id stands for; read from an index, up to date in a moment."""

    def advance(self, seen: Intent, advanced: Intent, now: datetime) -> None:
        """Write what a receipt made of an intent, and a reminder that is accepted by it on its reservation.

        Raises:
            ConcurrentChangeError: the intent is no longer as it was seen; nothing was written.
        """

    def arrived(self, receipt: Receipt, now: datetime) -> Intent | None:
        """Write at once, without reading, that a message was delivered whose intent stands as sent by then.

        Gives the intent as it was; None, and nothing written: it stands otherwise, or is being changed.
        """


class WaitingReceipts(Protocol):
    """Receipts of messages that no intent was found for, at most one of each status.

    Every method may raise `StoreUnavailableError`.
    """

    def keep(self, receipt: Receipt, now: datetime) -> None:
        """Keep it for 30 days; again, or a later one of the same status: what is there stays."""

    def of(self, message_id: str) -> tuple[Receipt, ...]:
        """What is kept of a message."""

    def since(self, begin: datetime, limit: int) -> list[tuple[Receipt, ...]]:
        """The messages whose first receipt was kept from then on, the newest first."""

    def drop(self, receipts: tuple[Receipt, ...]) -> None:
        """Forget what was kept of a message, unless more has come since it was read."""


# An intent gets its message's id within a minute or never; later words of a stranger's message are in vain.
SWEPT_FOR = timedelta(days=1)
_SWEPT_AT_ONCE = 100
_READS_BEFORE_GIVING_UP = 3


class Taken(StrEnum):
    """What a receipt came to."""

    RECORDED = "recorded"  # the ledger says something new
    UNCHANGED = "unchanged"  # it said so already, or something stronger
    WAITING = "waiting"  # no intent is known by it yet, or not yet what came of the request it may speak of


@dataclass(frozen=True)
class ReceiptTaking:
    """Takes receipts, however often, late and out of order they come."""

    messages: SentMessages
    waiting: WaitingReceipts
    meter: Meter

    def take(self, receipt: Receipt, now: datetime) -> Taken:
        """Record what a receipt says of its intent, or keep it until the intent is known.

        Raises:
            StoreUnavailableError: the ledger did not answer; take it again.
            ConcurrentChangeError: others keep changing the intent; take it again.
        """
        if receipt.status is ReceiptStatus.DELIVERED and receipt.intent_id is not None:
            # As nearly every message goes. What waits of it is for the sweep.
            seen = self.messages.arrived(receipt, now)
            if seen is not None:
                count_change(self.meter, seen, advance(seen, (receipt,)) or seen)
                return Taken.RECORDED
        intent, kept = self._intent_and_kept(receipt)
        if intent is None or is_too_early(intent, (*kept, receipt)):
            self.waiting.keep(receipt, now)
            return Taken.WAITING
        return self._record(intent, (*kept, receipt), kept, now)

    def sweep(self, now: datetime) -> int:
        """Take up what was kept in the last day and whose intent is known by now; how many messages.

        Raises:
            StoreUnavailableError, ConcurrentChangeError: as in `take`; the rest is left for the next time.
        """
        taken_up = 0
        for kept in self.waiting.since(now - SWEPT_FOR, _SWEPT_AT_ONCE):
            intent = next((found for receipt in kept if (found := self._intent_of(receipt))), None)
            if intent is not None and not is_too_early(intent, kept):
                self._record(intent, kept, kept, now)
                taken_up += 1
        return taken_up

    def _intent_and_kept(self, receipt: Receipt) -> tuple[Intent | None, tuple[Receipt, ...]]:
        if receipt.intent_id is not None:  # as every message of ours does
            intent, kept = self.messages.intent_and_kept(receipt.intent_id, receipt.message_id)
            if intent is not None:
                return intent, kept
        intent = self._intent_of_message(receipt)
        return intent, self.waiting.of(receipt.message_id) if intent is not None else ()

    def _intent_of(self, receipt: Receipt) -> Intent | None:
        if receipt.intent_id is not None and (intent := self.messages.intent(receipt.intent_id)):
            return intent
        return self._intent_of_message(receipt)

    def _intent_of_message(self, receipt: Receipt) -> Intent | None:
        found = self.messages.intent_of_message(receipt.message_id)
        return self.messages.intent(found) if found is not None else None

    def _record(
        self, intent: Intent, receipts: tuple[Receipt, ...], kept: tuple[Receipt, ...], now: datetime
    ) -> Taken:
        taken = self._advance(intent, receipts, now)
        if kept:
            self.waiting.drop(kept)
        return taken

    def _advance(self, intent: Intent, receipts: tuple[Receipt, ...], now: datetime) -> Taken:
        seen: Intent | None = intent
        for _ in range(_READS_BEFORE_GIVING_UP):
            if seen is not None and is_too_early(seen, receipts):
                break
            advanced = advance(seen, receipts) if seen is not None else None
            if seen is None or advanced is None:
                return Taken.UNCHANGED
            try:
                self.messages.advance(seen, advanced, now)
            except ConcurrentChangeError:
                seen = self.messages.intent(intent.id)  # somebody was quicker: what they wrote counts, too
            else:
                count_change(self.meter, seen, advanced)
                return Taken.RECORDED
        raise ConcurrentChangeError(f"{intent.id} keeps changing")
