"""The notification that a channel sends by itself: what became of messages, and what people write."""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.messages.receipts import Receipt


@dataclass(frozen=True)
class InboundMessage:
    """What a person wrote, or the button they pressed.

    Attributes:
        sender: E.164.
        at: by the channel's clock (UTC, whole seconds).
        texts: of a button first what it stands for, then what is written on it.
    """

    sender: str
    at: datetime
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Notification:
    """What one call says of one sending number.

    Attributes:
        passed_over: how many of its parts could not be read, or are of a kind that means nothing here.
    """

    receipts: tuple[Receipt, ...] = ()
    messages: tuple[InboundMessage, ...] = ()
    passed_over: int = 0
