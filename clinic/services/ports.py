"""What the use cases need from the outside, as protocols. Adapters and the tests' fakes fulfil them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.directory import Clinic, Profile
from clinic.domain.intents import Intent, IntentId, IntentStatus
from clinic.domain.money import Money
from clinic.domain.refunds import RefundStatus
from clinic.domain.reservations import Reservation
from clinic.domain.slots import Booking


@dataclass(frozen=True)
class OutboundMessage:
    """A template message that is about to leave.

    Attributes:
        to: E.164.
        intent_id: travels with the message and comes back in WhatsApp's status webhooks.
    """

    intent_id: str
    to: str
    template: str
    language: str
    parameters: dict[str, str]


@dataclass(frozen=True)
class Claim:
    """Who is sending an intent: the request's id, from when, and until when that is believed."""

    claim_id: str
    now: datetime
    until: datetime


@dataclass(frozen=True)
class Outcome:
    """How a claimed intent ended.

    Attributes:
        message_id: WhatsApp's id if it accepted the message.
    """

    status: IntentStatus
    reason: str
    now: datetime
    message_id: str | None = None


@dataclass(frozen=True)
class RefundRequest:
    """Money that is to go back to who paid it.

    Attributes:
        charge_id: Stripe's id of the charge (``ch_…``, ``py_…``) or of the payment intent (``pi_…``).
        money: in the charge's own currency: Stripe refunds in no other.
        idempotency_key: derived from what the refund is for, so that every try has the same; at most 255
            characters of ASCII.
    """

    reservation_id: str
    charge_id: str
    money: Money
    idempotency_key: str


@dataclass(frozen=True)
class RefundReceipt:
    """A refund that was accepted.

    Attributes:
        money: what is refunded, by the payment provider's account of it.
    """

    refund_id: str
    status: RefundStatus
    money: Money


class Ledger(Protocol):
    """Reservations and message intents, changed together or not at all.

    Every method may raise `StoreUnavailableError`; those that write raise `ConcurrentChangeError` and
    write nothing where the record is no longer what the caller has read.
    """

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now (a consistent read)."""

    def intent(self, intent_id: IntentId) -> Intent | None:
        """The intent as it stands now (a consistent read)."""

    def intent_and_reservation(self, intent_id: IntentId) -> tuple[Intent | None, Reservation | None]:
        """The intent and its reservation as they stand together now (one consistent read)."""

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents, versions first, then by kind."""

    def create(self, reservation: Reservation, intents: Sequence[Intent]) -> None:
        """Write a reservation nobody has written yet, with its intents."""

    def amend(self, reservation: Reservation, seen: Reservation, intents: Sequence[Intent]) -> None:
        """Write newer particulars and further intents of a reservation that is still as it was ``seen``."""

    def move(
        self,
        reservation: Reservation,
        seen: Reservation,
        intents: Sequence[Intent],
        superseded: Sequence[Intent],
    ) -> None:
        """Write a reservation's next version with its intents, and end the old ones that have not left."""

    def claim(self, intent: Intent, reservation: Reservation, claim: Claim, message: OutboundMessage) -> None:
        """Move a planned intent to ``sending`` while its reservation is active and at this version."""

    def settle(self, intent: Intent, claim: Claim, outcome: Outcome) -> None:
        """Record how a claimed intent ended; a sent reminder is noted on its reservation too."""

    def end(self, intent: Intent, outcome: Outcome) -> None:
        """Move an intent that nobody has touched since it was read to a status without sending it."""


class Calendar(Protocol):
    """Slots and day sheets, changed together or not at all; may raise `StoreUnavailableError`."""

    def bookings(self, profile_id: str, *slot_ids: str) -> tuple[Booking | None, ...]:
        """A doctor's slots, each with the sheets of its days, as they all stand together now.

        None stands for a slot that does not exist.
        """

    def commit(self, *changes: tuple[Booking, Booking]) -> None:
        """Write what differs between each slot's state as it was read and as it shall be, or nothing.

        Raises:
            ConcurrentChangeError: a slot or sheet is no longer as it was read.
        """


class Directory(Protocol):
    """Clinics and profiles. Both methods may raise `StoreUnavailableError`."""

    def clinic(self, clinic_id: str) -> Clinic | None:
        """The clinic with this id."""

    def profile(self, profile_id: str) -> Profile | None:
        """The profile with this id."""


class Messenger(Protocol):
    """Sends template messages."""

    def send(self, message: OutboundMessage, attempt: int) -> str:
        """Hand a message over and return the messenger's id for it.

        Args:
            message: what to send.
            attempt: 1 for the first request made for this intent.

        Raises:
            MessengerUnavailableError, MessengerThrottledError: not accepted; may work in a moment.
            MessengerDeferredError: not accepted; not before the time it names.
            RecipientUnreachableError, TemplateRejectedError, MessageRefusedError: not accepted, for good.
            StoreUnavailableError: the token could not be read; may work in a moment.
            MessengerAccountError, ConfigurationError: not accepted; nothing will be until an operator acts.
            MessengerOutcomeUnknownError: the request left and no answer came.
        """


class Payments(Protocol):
    """Gives money back. Both methods may raise the errors named at the first."""

    def refund(self, request: RefundRequest) -> RefundReceipt:
        """Refund a charge, or a part of it.

        The same request may be made again for 24 hours and refunds once at most. Then its key is forgotten,
        and a part of a charge would be refunded twice: after a day, or where a passing error stays (it may
        be kept with the key), ask `refund_of` what has come of it.

        Raises:
            PaymentsUnavailableError, PaymentsThrottledError: not known to be done; the same request may be
                made again.
            StoreUnavailableError: the key could not be read; may work in a moment.
            RefundRefusedError: not done, for good.
            PaymentsAccountError, ConfigurationError: not done; nothing will be until an operator acts.
        """

    def refund_of(self, request: RefundRequest) -> RefundReceipt | None:
        """The refund of this reservation's charge that stands, whoever asked for it and when."""
