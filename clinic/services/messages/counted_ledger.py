"""A ledger of messages that counts what is written into it."""

from dataclasses import dataclass, replace

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.messages.intent import Intent, IntentId
from clinic.services.messages.message_counts import count_change
from clinic.services.ports import Claim, Followed, Ledger, Meter, OutboundMessage, Outcome


@dataclass(frozen=True)
class CountedLedger:
    """Fulfils `clinic.services.ports.Ledger` by another one, and counts what became of messages.

    A write that is refused counts nothing: whoever wrote first has counted.
    """

    inner: Ledger
    meter: Meter

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now."""
        return self.inner.reservation(reservation_id)

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now."""
        return self.inner.intent(intent_id)

    def intent_and_followed(self, intent_id: IntentId) -> tuple[Intent | None, Followed]:
        """The intent and the record it follows, as they stand together now."""
        return self.inner.intent_and_followed(intent_id)

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents."""
        return self.inner.intents(subject)

    def claim(self, intent: Intent, followed: Followed, claim: Claim, message: OutboundMessage) -> None:
        """Move an intent to ``sending``."""
        self.inner.claim(intent, followed, claim, message)

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        """Record how a claimed intent ended, and count it."""
        self.inner.settle(intent, claim, outcome)
        self._count(intent, outcome)

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """End an intent without sending it, and count it."""
        self.inner.end(intent, outcome)
        self._count(intent, outcome)

    def _count(self, intent: Intent, outcome: Outcome) -> None:
        count_change(self.meter, intent, replace(intent, status=outcome.status, reason=outcome.reason))
