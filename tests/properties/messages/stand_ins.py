"""A messenger that is judged, and a ledger that lets others get in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import CitasError, MessengerOutcomeUnknownError
from clinic.domain.messages.intent import Intent, IntentId
from clinic.services.messages.delivery import Ledger
from clinic.services.ports import Claim, Followed, Look, Message, Outcome, Token
from tests.fakes.ports import ProcessDied
from tests.properties.messages.oracle import Oracle

Failure = CitasError | ProcessDied


@dataclass
class JudgedMessenger:
    """Tells the oracle of every request, and answers once as it is told to.

    Attributes:
        refusal: what it answers instead of accepting.
        lost_answer: what happens once it has accepted.
        in_doubt: intents of which a request may have left unrecorded.
    """

    oracle: Oracle
    clock: Callable[[], datetime]
    refusal: Failure | None = None
    lost_answer: Failure | None = None
    meanwhile: Callable[[], None] | None = None
    in_doubt: set[IntentId] = field(default_factory=set)

    def send(self, message: Message, recipient: str, attempt: int) -> str:
        intent_id = IntentId.parse(message.intent_id)
        self.oracle.judge(intent_id.version, intent_id.kind, recipient, self.clock())
        refusal, lost, meanwhile = self.refusal, self.lost_answer, self.meanwhile
        self.refusal = self.lost_answer = self.meanwhile = None
        if isinstance(refusal or lost, ProcessDied | MessengerOutcomeUnknownError):
            self.in_doubt.add(intent_id)
            self.oracle.doubtful[intent_id.version, intent_id.kind] = self.clock()
        if meanwhile is not None:
            meanwhile()
        if refusal is not None:
            raise refusal
        self.oracle.accepted.append((intent_id.version, intent_id.kind, self.clock()))
        if lost is not None:
            raise lost
        return f"wamid.{len(self.oracle.accepted)}"


@dataclass
class InterruptedLedger:
    """A ledger that lets something happen once, right before the next write about an intent."""

    inner: Ledger
    meanwhile: Callable[[], None] | None = None

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self.inner.reservation(reservation_id)

    def intent(self, intent_id: IntentId) -> Intent | None:
        return self.inner.intent(intent_id)

    def intent_and_followed(
        self, intent_id: IntentId, look: Look | None = None
    ) -> tuple[Intent | None, Followed]:
        return self.inner.intent_and_followed(intent_id, look)

    def intents(self, subject: str) -> list[Intent]:
        return self.inner.intents(subject)

    def claim(
        self,
        intent: Intent,
        followed: Followed,
        claim: Claim,
        message: Message,
        recipient: str,
        *,
        token: Token | None = None,
    ) -> None:
        self._interrupt()
        self.inner.claim(intent, followed, claim, message, recipient, token=token)

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        self._interrupt()
        self.inner.settle(intent, claim, outcome)

    def end(self, intent: Intent, outcome: Outcome) -> None:
        self._interrupt()
        self.inner.end(intent, outcome)

    def _interrupt(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
