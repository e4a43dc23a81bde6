"""Receipts of a channel, and what the ledger holds once one is taken in.

The channel says it more than once, late and in any order, and every word may come before the answer to the
request that sent the message. So nothing here depends on what came first: the strongest word stands.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce

from clinic.channels.failures import DEFAULT, code_in, is_of_channel, meaning_of, reason_of
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus, Reason
from clinic.domain.messages.resending import has_failed, to_be_sent_again


class ReceiptStatus(StrEnum):
    """The channel's words, the later ones stronger: proof that a message arrived outweighs any failure."""

    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


@dataclass(frozen=True)
class Receipt:
    """One word of the channel's about one message.

    Attributes:
        message_id: the channel's id. It has the recipient's number in it: not for logs or errors.
        at: when it happened, by the channel's clock (UTC, whole seconds).
        intent_id: what the message carried; None: it carried none, or it was not one of ours.
        code: of a failure, the channel's error code if it gave one.
        channel: which channel says so.
    """

    message_id: str
    status: ReceiptStatus
    at: datetime
    intent_id: IntentId | None = None
    code: int | None = None
    channel: str = DEFAULT.name

    @property
    def reason(self) -> str:
        """What the ledger gives as the reason."""
        match self.status:
            case ReceiptStatus.SENT:
                return Reason.ACCEPTED
            case ReceiptStatus.DELIVERED:
                return Reason.DELIVERED
            case ReceiptStatus.READ:
                return Reason.READ
            case ReceiptStatus.FAILED:
                return reason_of(self.channel, self.code)


def advance(intent: Intent, receipts: Iterable[Receipt]) -> Intent | None:
    """What the ledger shall hold of an intent after these words; None: what it holds already.

    An open intent, one that was given up on a guess, and one that was skipped or superseded (and that
    the channel took nevertheless) take any word; a failure that the channel named gives way to proof of
    delivery alone. One that it took and failed for a passing reason is planned again, while it is of use.
    """
    advanced = reduce(_advanced, _weakest_first(receipts), intent)
    return None if advanced == intent else advanced


def is_too_early(intent: Intent, receipts: Iterable[Receipt]) -> bool:
    """Whether a passing failure among these words may be of a request whose answer is not known yet."""
    ordered = _weakest_first(receipts)
    if ordered and ordered[-1].status in {ReceiptStatus.DELIVERED, ReceiptStatus.READ}:
        return False
    for receipt in ordered:
        if _passes(receipt) and _may_be_answered(intent, receipt):
            return True
        intent = _advanced(intent, receipt)
    return False


def newly_accepted(before: Intent, after: Intent) -> bool:
    """Whether it took a receipt to know that the channel has the message."""
    return after.status.is_accepted and not before.status.is_accepted


_STRENGTH = {status.value: strength for strength, status in enumerate(ReceiptStatus, start=1)}
_LAST = chr(0x10FFFF)  # sorts after every id

# What is stronger sorts first: the status, then the earlier instant or lower code, then the channel's id. The
# last two only tell apart the words on two requests that were made for one intent.
_Order = tuple[int, float, str]
_UNHEARD: _Order = (0, 0.0, _LAST)


def _weakest_first(receipts: Iterable[Receipt]) -> list[Receipt]:
    """So that a message is taken before it fails."""
    return sorted(receipts, key=lambda receipt: _STRENGTH[receipt.status])


def _passes(receipt: Receipt) -> bool:
    meaning = meaning_of(receipt.channel, receipt.code)
    return receipt.status is ReceiptStatus.FAILED and meaning is not None and meaning.is_passing


def _may_be_answered(intent: Intent, receipt: Receipt) -> bool:
    """Whether a request is under way whose answer may have been this message."""
    is_open = intent.status in {IntentStatus.SENDING, IntentStatus.UNKNOWN}
    return is_open and not has_failed(intent, receipt.message_id)


def _advanced(intent: Intent, receipt: Receipt) -> Intent:
    is_proof = receipt.status in {ReceiptStatus.DELIVERED, ReceiptStatus.READ}
    if has_failed(intent, receipt.message_id) and not is_proof:
        return intent
    if _passes(receipt):
        again = to_be_sent_again(intent, receipt.message_id, receipt.reason, receipt.at)
        if again is not None:
            return again
    timed = _with_instants(intent, receipt)
    if _order_of(receipt) >= _order_in(intent):
        return timed
    return replace(
        timed,
        status=IntentStatus(receipt.status.value),
        reason=receipt.reason,
        message_id=receipt.message_id,
        claimed_until=None,
    )


def _with_instants(intent: Intent, receipt: Receipt) -> Intent:
    """Whoever has read a message has received it, and what was received was sent."""
    if receipt.status is ReceiptStatus.FAILED:
        return intent
    is_delivered = receipt.status is not ReceiptStatus.SENT
    is_read = receipt.status is ReceiptStatus.READ
    return replace(
        intent,
        sent_at=_earlier(intent.sent_at, receipt.at),
        delivered_at=_earlier(intent.delivered_at, receipt.at) if is_delivered else intent.delivered_at,
        read_at=_earlier(intent.read_at, receipt.at) if is_read else intent.read_at,
    )


def _earlier(known: datetime | None, at: datetime) -> datetime:
    return at if known is None else min(known, at)


def _order_of(receipt: Receipt) -> _Order:
    failed = receipt.status is ReceiptStatus.FAILED
    second = _order_of_code(receipt.code) if failed else receipt.at.timestamp()
    return -_STRENGTH[receipt.status], second, receipt.message_id


def _order_in(intent: Intent) -> _Order:
    """How strong the word is that an intent stands on."""
    match intent.status:
        case IntentStatus.FAILED:
            if not is_of_channel(intent.reason):
                return _UNHEARD  # given up on a guess
            second = _order_of_code(code_in(intent.reason))
        case IntentStatus.SENT:
            second = _order_of_instant(intent.sent_at)
        case IntentStatus.DELIVERED:
            second = _order_of_instant(intent.delivered_at)
        case IntentStatus.READ:
            second = _order_of_instant(intent.read_at)
        case _:
            return _UNHEARD
    return -_STRENGTH[intent.status], second, intent.message_id or _LAST


def _order_of_code(code: int | None) -> float:
    return math.inf if code is None else code


def _order_of_instant(instant: datetime | None) -> float:
    return math.inf if instant is None else instant.timestamp()
