"""Use case: send one planned message, once, if it is still wanted."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import (
    ConcurrentChangeError,
    ConfigurationError,
    MessageNotDeliverableError,
    MessengerAccountError,
    MessengerDeferredError,
    MessengerOutcomeUnknownError,
    PassingError,
    TemplateRejectedError,
    TemplateSuspectedError,
    UnknownIntentError,
)
from clinic.domain.messages.backoff import next_check
from clinic.domain.messages.intent import CLAIM_LEASE, End, Intent, IntentId, IntentStatus, Reason
from clinic.domain.messages.kinds import Follows
from clinic.domain.messages.sending import Done, Send, Wait, decide, unknown_until
from clinic.services.messages.gate import BreakerLook, Gate, Later, Never, Pass
from clinic.services.messages.message_counts import count_change
from clinic.services.ports import Claim, Followed, Look, Message, Meter, Outcome, Token
from clinic.templates.appointment_parameters import parameters_for

_READS_BEFORE_GIVING_UP = 3


class Ledger(Protocol):
    """Message intents and the reservations they follow; who books writes them (`unit_of_work`).

    Every method may raise `StoreUnavailableError`; those that write raise `ConcurrentChangeError` and
    write nothing where the record is no longer what the caller has read.
    """

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now (a consistent read)."""

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now (a consistent read)."""

    def intent_and_followed(
        self, intent_id: IntentId, look: Look | None = None
    ) -> tuple[Intent | None, Followed]:
        """The intent and the record it follows, as they stand together now (one consistent read).

        Args:
            look: what is to be read with them.
        """

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents, versions first, then by kind."""

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
        """Move an intent to ``sending``, while it and the record it follows stand as they were read.

        Args:
            token: is taken with it, or nothing is written.
        """

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        """Record how a claimed intent ended, while nobody else has claimed it or knows already.

        A sent reminder is noted on its reservation too.
        """

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Move an intent that nobody has touched since it was read to a status without sending it."""


class Messenger(Protocol):
    """Sends messages by a channel."""

    def send(self, message: Message, recipient: str, attempt: int) -> str:
        """Hand a message over and return the messenger's id for it.

        Args:
            message: what to send.
            recipient: the phone number (E.164) of whom it goes to.
            attempt: 1 for the first request made for this intent.

        Raises:
            MessengerUnavailableError, MessengerThrottledError: not accepted; may work in a moment.
            MessengerDeferredError: not accepted; not before the time it names.
            RecipientUnreachableError, TemplateRejectedError, TemplateSuspectedError, MessageRefusedError: not
                accepted, for good.
            StoreUnavailableError: the token could not be read; may work in a moment.
            MessengerAccountError, ConfigurationError: not accepted; nothing will be until an operator acts.
            MessengerOutcomeUnknownError: the request left and no answer came.
        """


@dataclass(frozen=True)
class Delivery:
    """What came of asking for an intent to be sent.

    Attributes:
        retry_at: set where it is too early to say: ask again then.
    """

    intent: Intent
    retry_at: datetime | None = None


@dataclass(frozen=True)
class MessageDelivery:
    """Delivers message intents. The ledger decides; the run that asks only keeps time.

    Attributes:
        own_currency: the clinic's; the patient reads the code of a refund in another. None: the language's.
    """

    ledger: Ledger
    messenger: Messenger
    gate: Gate
    meter: Meter
    own_currency: str | None = None

    def deliver(self, intent_id: IntentId, now: datetime, claim_id: str) -> Delivery:
        """Send the intent's message if what it follows, the time, its recipient and the limits allow it.

        Args:
            intent_id: which intent.
            now: the instant of the call.
            claim_id: names this attempt; no two attempts may share one.

        Raises:
            UnknownIntentError: the ledger has no such intent.
            MessengerUnavailableError, MessengerThrottledError: not accepted; the intent is planned again.
            MessengerAccountError, ConfigurationError: not accepted; the intent is planned again, and an
                operator must act.
            ConcurrentChangeError: others keep changing the record; call again.
        """
        # At first nothing is presumed to stand against it but what the template's breaker says: the claim
        # holds the rest, and where it fails, all is read.
        for look in (self.gate.look(intent_id), *(None,) * _READS_BEFORE_GIVING_UP):
            try:
                intent, followed = self.ledger.intent_and_followed(intent_id, look)
                if intent is None:
                    raise _unknown(intent_id)
                match decide(intent, followed, now):
                    case Done():
                        return Delivery(intent)
                    case Wait(until):
                        return Delivery(intent, retry_at=until)
                    case End(status, reason):
                        return self._end(intent, Outcome(status, reason, now))
                    case Send():
                        claim = Claim(claim_id, now, now + CLAIM_LEASE)
                        delivery = self._send(intent, followed, claim, look)
                        if delivery is not None:
                            return delivery
            except ConcurrentChangeError:
                continue  # somebody was quicker: what they wrote decides
        raise ConcurrentChangeError(f"{intent_id} keeps changing")

    def record_failure(self, intent_id: IntentId, error: str, now: datetime) -> Delivery:
        """Note that a step gave up on an intent after all retries.

        What the retries were for may last longer than they did: one that was not accepted is to be asked for
        again, later each time, for a day and while it is of use. One that was being sent when the step died
        becomes ``unknown``: it may have been accepted, and is to be asked for again, too.

        Args:
            intent_id: which intent.
            error: the error's name.
            now: the instant of the call.

        Raises:
            UnknownIntentError: the ledger has no such intent.
            ConcurrentChangeError: somebody else is changing it; call again.
        """
        intent = self.ledger.intent(intent_id)
        if intent is None:
            raise _unknown(intent_id)
        match intent.status:
            case IntentStatus.PLANNED:
                retry_at = next_check(intent.due_at, now)
                if retry_at is not None and retry_at < intent.useful_until:
                    return Delivery(intent, retry_at)
                return self._end(intent, Outcome(IntentStatus.FAILED, f"retries_exhausted:{error}", now))
            case IntentStatus.SENDING:
                return self._end(intent, Outcome(IntentStatus.UNKNOWN, Reason.INTERRUPTED, now))
            case IntentStatus.UNKNOWN if now >= unknown_until(intent):  # else its run would ask without end
                return self._end(intent, Outcome(IntentStatus.FAILED, Reason.OUTCOME_UNKNOWN, now))
            case _:
                return _as_it_stands(intent)

    def _end(self, intent: Intent, outcome: Outcome) -> Delivery:
        self.ledger.end(intent, outcome)
        return self._counted(intent, outcome)

    def _send(
        self, intent: Intent, followed: Followed, claim: Claim, look: BreakerLook | None
    ) -> Delivery | None:
        """What came of it; None: something speaks against the template now, look again."""
        spoken = _in_its_language(intent, followed)
        message, recipient = self._message(spoken, followed)
        verdict = self.gate.presume(spoken, recipient, claim.now, look) if look is not None else None
        match verdict or self.gate.check(spoken, recipient, claim.now):
            case Later(until):
                return Delivery(intent, retry_at=until)
            case Never(status, reason):
                return self._end(intent, Outcome(status, reason, claim.now))
            case Pass() as passed:
                self.ledger.claim(intent, followed, claim, message, recipient, token=passed.token)
                return self._hand_over(spoken, message, recipient, claim, passed)

    def _message(self, intent: Intent, followed: Followed) -> tuple[Message, str]:
        """What is sent, and to which number: with where and when the visit is now, and what is given back."""
        recipient, values = intent.to or "", intent.parameters
        if isinstance(followed, Reservation) and intent.id.follows_appointment:
            recipient = followed.details.patient_phone  # it may have been corrected
            if not intent.id.is_prepared:
                values = parameters_for(intent, followed.details)
        elif isinstance(followed, Reservation) and intent.id.follows is Follows.REFUND:
            from clinic.templates.notices import with_refund_as_it_stands  # no other message needs it

            values = with_refund_as_it_stands(intent, followed.cancellation, self.own_currency)
        elif isinstance(followed, Reservation) and intent.id.follows is Follows.STANDING:
            from clinic.templates.notices import with_visit_as_it_stands  # likewise

            values = with_visit_as_it_stands(intent, followed.details)
        return Message(str(intent.id), intent.template, intent.language, values), recipient

    def _hand_over(
        self, intent: Intent, message: Message, recipient: str, claim: Claim, passed: Pass
    ) -> Delivery | None:
        try:
            message_id = self.messenger.send(message, recipient, intent.attempts + 1)
        except MessengerOutcomeUnknownError:
            return self._settle(
                intent, claim, Outcome(IntentStatus.UNKNOWN, Reason.OUTCOME_UNKNOWN, claim.now)
            )
        except TemplateRejectedError as error:
            self._settle(
                intent, claim, Outcome(IntentStatus.PLANNED, self.gate.reason_of(error.code), claim.now)
            )
            self.gate.refused(intent, passed, error.code, claim.now)
            return None
        except TemplateSuspectedError as error:
            self._settle(
                intent, claim, Outcome(IntentStatus.PLANNED, self.gate.reason_of(error.code), claim.now)
            )
            self.gate.suspected(intent, passed, error.code, claim.now)
            return None
        except MessageNotDeliverableError as error:
            refused = Outcome(IntentStatus.FAILED, self.gate.reason_of(error.code), claim.now)
            return self._settle(intent, claim, refused)
        except MessengerDeferredError as error:
            return self._defer(intent, claim, error)
        except (PassingError, MessengerAccountError, ConfigurationError) as error:
            self._settle(intent, claim, Outcome(IntentStatus.PLANNED, type(error).__name__, claim.now))
            raise
        sent = self._settle(
            intent, claim, Outcome(IntentStatus.SENT, Reason.ACCEPTED, claim.now, message_id=message_id)
        )
        self.gate.accepted(intent, passed, claim.now)
        return sent

    def _defer(self, intent: Intent, claim: Claim, error: MessengerDeferredError) -> Delivery:
        retry_at, reason = claim.now + timedelta(seconds=error.seconds), self.gate.reason_of(error.code)
        if retry_at >= intent.useful_until:
            return self._settle(intent, claim, Outcome(IntentStatus.FAILED, reason, claim.now))
        again = self._settle(intent, claim, Outcome(IntentStatus.PLANNED, reason, claim.now))
        return replace(again, retry_at=retry_at)

    def _settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> Delivery:
        self.ledger.settle(intent, claim, outcome)
        return self._counted(intent, outcome)

    def _counted(self, intent: Intent, outcome: Outcome) -> Delivery:
        """What came of it, once that is written: of a write that is refused nothing is counted."""
        written = replace(intent, status=outcome.status, reason=outcome.reason, updated_at=outcome.now)
        count_change(self.meter, intent, written)
        return _as_it_stands(written)


def _as_it_stands(intent: Intent) -> Delivery:
    """An unknown outcome is asked for again when the channel has had the time to say what it was."""
    is_unknown = intent.status is IntentStatus.UNKNOWN
    return Delivery(intent, retry_at=unknown_until(intent) if is_unknown else None)


def _in_its_language(intent: Intent, followed: Followed) -> Intent:
    """A text that is made as it leaves is in the language that the patient has by then."""
    if intent.id.is_prepared or not isinstance(followed, Reservation):
        return intent
    return replace(intent, language=followed.details.patient_language)


def _unknown(intent_id: IntentId) -> UnknownIntentError:
    return UnknownIntentError(f"the ledger has no intent {intent_id}")
