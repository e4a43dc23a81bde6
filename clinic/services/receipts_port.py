"""What WhatsApp's receipts need from the outside."""

from datetime import datetime
from typing import Protocol

from clinic.domain.intents import Intent, IntentId
from clinic.domain.receipts import Receipt


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
        """The intent that WhatsApp's id stands for; read from an index, which is up to date in a moment."""

    def advance(self, seen: Intent, advanced: Intent, now: datetime) -> None:
        """Write what a receipt made of an intent, and a reminder that is accepted by it on its reservation.

        Raises:
            ConcurrentChangeError: the intent is no longer as it was seen; nothing was written.
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
