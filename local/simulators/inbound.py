"""What people write to the business, as it reaches the webhook: from the simulator, or from anybody else."""

from dataclasses import dataclass
from datetime import datetime

from local.emulator.session import HttpExchange
from local.simulators.webhook_bodies import received_in


@dataclass(frozen=True)
class InboundMessage:
    """A text that was posted to the webhook, whoever did.

    Attributes:
        sender: the number's digits.
        status: the HTTP status with which the webhook answered.
    """

    at: datetime
    message_id: str
    sender: str
    text: str
    status: int


class InboundLog:
    """Every text that was posted, in order; one that is posted again stands here again."""

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []

    def note(self, exchange: HttpExchange) -> None:
        """Keep what people wrote of a request to an HTTP API."""
        # Statuses come by the thousand, and nobody has written them.
        if exchange.method == "POST" and b'"from"' in exchange.body:
            self.messages += (
                InboundMessage(it.at, it.message_id, it.sender, it.text, exchange.status)
                for it in received_in(exchange.body, exchange.at)
            )
