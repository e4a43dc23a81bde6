"""Makes rows of OUT.json of what WhatsApp's simulator posted to the webhook."""

from typing import TYPE_CHECKING

from console.output.people import ReceivedRow, ToldRow, WebhookRow
from console.run.stack import Stack

if TYPE_CHECKING:  # `citas --help` is there sooner without
    from local.simulators.webhooks import Webhook


def webhook_rows(stack: Stack) -> list[WebhookRow]:
    """Every body that was posted, in order."""
    return [_row(webhook) for webhook in stack.simulator.webhooks]


def _row(webhook: "Webhook") -> WebhookRow:
    told = [
        ToldRow(
            message_id=status.message_id,
            intent_id=status.intent,
            status=status.status,
            at=status.at.replace(microsecond=0),  # a webhook's timestamps are whole seconds
            code=status.code,
        )
        for status in webhook.told
    ]
    received = [
        ReceivedRow(sender=message.sender, text=message.text, at=message.at.replace(microsecond=0))
        for message in webhook.received
    ]
    return WebhookRow(
        at=webhook.at,
        answer=webhook.status,
        attempt=webhook.attempt,
        forged=webhook.forged,
        told=told,
        received=received,
    )
