"""What the console needs of the stack's WhatsApp and payments: their memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol


class SentMessage(Protocol):
    """A message that the WhatsApp simulator accepted."""

    @property
    def message_id(self) -> str:
        """WhatsApp's id for it."""

    @property
    def to(self) -> str:
        """The recipient's number, as it was sent."""

    @property
    def template(self) -> str:
        """The template's name."""

    @property
    def language(self) -> str:
        """The template's language."""

    @property
    def parameters(self) -> Mapping[str, str]:
        """The template's parameters."""

    @property
    def text(self) -> str:
        """The text as the patient reads it."""

    @property
    def intent_id(self) -> str | None:
        """The intent it was sent for, as it came back with the message."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""


class Call(Protocol):
    """A request to the WhatsApp simulator, accepted or not."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None if no answer was given."""

    @property
    def code(self) -> int | None:
        """Meta's error code, if it gave one."""

    @property
    def intent_id(self) -> str | None:
        """The intent it was for."""


class ToldStatus(Protocol):
    """What a webhook says became of a message."""

    @property
    def message_id(self) -> str:
        """WhatsApp's id for it."""

    @property
    def intent(self) -> str | None:
        """The intent it was sent for."""

    @property
    def status(self) -> str:
        """``sent``, ``delivered``, ``read`` or ``failed``."""

    @property
    def at(self) -> datetime:
        """Since when (UTC)."""

    @property
    def code(self) -> int | None:
        """Meta's error code of a failure."""


class ReceivedText(Protocol):
    """A text that somebody wrote."""

    @property
    def sender(self) -> str:
        """The number's digits."""

    @property
    def text(self) -> str:
        """What was written."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""


class InboundText(ReceivedText, Protocol):
    """A text that reached the webhook, whoever posted it."""

    @property
    def message_id(self) -> str:
        """WhatsApp's id for it."""

    @property
    def status(self) -> int:
        """The HTTP status with which the webhook answered."""


class Webhook(Protocol):
    """A body that the WhatsApp simulator posted."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def status(self) -> int:
        """The HTTP status it was answered with."""

    @property
    def attempt(self) -> int:
        """The how many-th time it was posted."""

    @property
    def forged(self) -> bool:
        """Whether its signature was wrong."""

    @property
    def told(self) -> Sequence[ToldStatus]:
        """What became of messages."""

    @property
    def received(self) -> Sequence[ReceivedText]:
        """What people wrote."""


class Simulator(Protocol):
    """The WhatsApp simulator's memory."""

    @property
    def webhooks(self) -> Sequence[Webhook]:
        """Every body it posted, in order, with what came of it."""

    @property
    def calls(self) -> Sequence[Call]:
        """Every request, in order."""

    @property
    def sent(self) -> Sequence[SentMessage]:
        """Every message it accepted, in order."""


class Refund(Protocol):
    """A refund that the payments simulator took."""

    @property
    def refund_id(self) -> str:
        """Its id."""

    @property
    def charge(self) -> "Charge":
        """What it gives back."""

    @property
    def amount(self) -> int:
        """In the currency's smallest units."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """What whoever asked for it said of it."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def status(self) -> str:
        """How far it came."""


class Charge(Protocol):
    """A payment that was made."""

    @property
    def charge_id(self) -> str:
        """Its id."""

    @property
    def currency(self) -> str:
        """In small letters."""


class PaymentsCall(Protocol):
    """A request to the payments simulator, carried out or not."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def status(self) -> int | None:
        """The HTTP status; None if no answer was given."""

    @property
    def code(self) -> str | None:
        """The provider's error code, if it gave one."""


class PaymentsSimulator(Protocol):
    """The payments simulator's memory."""

    @property
    def refunds(self) -> Sequence[Refund]:
        """Every refund it took, in order."""

    @property
    def calls(self) -> Sequence[PaymentsCall]:
        """Every request, in order."""
