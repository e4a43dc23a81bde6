"""An oracle of the ledger after a set of receipts: worked out from the set at once, not one by one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.messages.intent import Intent
from clinic.domain.messages.receipts import Receipt

REASONS = {"sent": "accepted", "delivered": "delivered_to_phone", "read": "read_by_recipient"}


@dataclass(frozen=True)
class Holding:
    """The part of an intent that receipts speak of."""

    status: str
    reason: str | None
    message_id: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None

    @classmethod
    def of(cls, intent: Intent) -> "Holding":
        return cls(
            str(intent.status),
            intent.reason,
            intent.message_id,
            intent.sent_at,
            intent.delivered_at,
            intent.read_at,
        )


def expected(intent: Intent, receipts: Collection[Receipt]) -> Holding:
    """Proof of delivery, then a failure that WhatsApp named, then its having taken the message."""
    begin = Holding.of(intent)
    words = {word: [it for it in receipts if it.status == word] for word in ("sent", "delivered", "read")}
    failures = [it for it in receipts if it.status == "failed"]
    sent = _first(begin.sent_at, [it.at for heard in words.values() for it in heard])
    delivered = _first(begin.delivered_at, [it.at for it in words["delivered"] + words["read"]])
    read = _first(begin.read_at, [it.at for it in words["read"]])
    for word, known in (("read", begin.read_at), ("delivered", begin.delivered_at)):
        if words[word] or begin.status == word:
            whose = _whose(begin, word, known, words[word])
            return Holding(word, REASONS[word], whose, sent, delivered, read)
    refused = begin.status == "failed" and (begin.reason or "").startswith("whatsapp:")
    if failures or refused:
        reason, whose = _failure(begin, failures, refused=refused)
        return Holding("failed", reason, whose, sent, delivered, read)
    if words["sent"] or begin.status == "sent":
        whose = _whose(begin, "sent", begin.sent_at, words["sent"])
        return Holding("sent", REASONS["sent"], whose, sent, delivered, read)
    return begin


def _first(known: datetime | None, heard: list[datetime]) -> datetime | None:
    return min([*([known] if known else []), *heard], default=None)


def _whose(begin: Holding, word: str, known: datetime | None, heard: list[Receipt]) -> str | None:
    """The message that the word was first said of."""
    first = min(((it.at, it.message_id) for it in heard), default=None)
    if begin.status != word or known is None or begin.message_id is None:
        return first[1] if first else begin.message_id
    return min([(known, begin.message_id), *([first] if first else [])])[1]


def _failure(begin: Holding, failures: list[Receipt], *, refused: bool) -> tuple[str, str | None]:
    """The lowest code, and no code only where none was ever given."""
    named = [(str(it.code), it.message_id) for it in failures if it.code is not None]
    unnamed = [("none", it.message_id) for it in failures if it.code is None]
    if refused:
        code = (begin.reason or "").removeprefix("whatsapp:")
        (unnamed if code == "none" else named).append((code, begin.message_id or "\N{COMBINING TILDE}"))
    code, whose = min(named, key=lambda it: (int(it[0]), it[1])) if named else min(unnamed)
    return f"whatsapp:{code}", None if whose == "\N{COMBINING TILDE}" else whose
