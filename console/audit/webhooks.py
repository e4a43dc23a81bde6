"""I4: what the ledger says of a message's arrival, held against what WhatsApp's webhook told."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from clinic.domain.instants import to_text
from console.audit.evidence import Delivery, Evidence, Findings
from console.output.people import ToldRow
from console.output.rows import MessageRow

_TAKEN = 200
# A copy of the product's list, so that the audit notices if it changes.
_PASSING = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131049, 131056, 131057})
_RANKS = {"sent": 0, "delivered": 1, "read": 2}


def check_webhooks(evidence: Evidence, findings: Findings) -> None:
    """`delivered` and `read` only where WhatsApp said so, and wherever it did; `failed` likewise."""
    told: dict[str | None, list[ToldRow]] = defaultdict(list)
    by_message = {delivery.message_id: delivery.intent_id for delivery in evidence.deliveries}
    for webhook in evidence.webhooks:
        if webhook.answer == _TAKEN and not webhook.forged:
            for row in webhook.told:
                told[row.intent_id or by_message.get(row.message_id)].append(row)
    _check_forged(evidence, findings)
    accepted = {delivery.intent_id for delivery in evidence.deliveries}
    passed = failed_in_passing(evidence)
    for message in evidence.messages:
        rows = told[message.intent_id]
        if message.status != "failed":  # it was planned again: the failed one's words say nothing of it now
            rows = [it for it in rows if it.message_id not in passed or it.status in {"delivered", "read"}]
        _check(message, rows, message.intent_id in accepted, findings)


def _check_forged(evidence: Evidence, findings: Findings) -> None:
    for webhook in evidence.webhooks:
        if webhook.forged and webhook.answer == _TAKEN:
            about = [row.intent_id or row.message_id for row in webhook.told]
            findings.violated(f"a forged webhook was taken {to_text(webhook.at)}", *about)


def _check(message: MessageRow, told: Sequence[ToldRow], is_accepted: bool, findings: Findings) -> None:
    said = {row.status: row for row in told}
    instants = {"delivered": message.delivered_at, "read": message.read_at}
    for status, at in instants.items():
        if message.status == status and status not in said:
            findings.violated(f"{status} says the ledger, but WhatsApp never said so", message.intent_id)
        elif at is not None and at not in _named(status, told):
            findings.violated(
                f"{status} {to_text(at)} says the ledger, but WhatsApp named no such instant",
                message.intent_id,
            )
    if message.status == "failed" and is_accepted and "failed" not in said:
        findings.violated("WhatsApp accepted it, but the ledger says failed", message.intent_id)
    else:
        _check_forward(message, said, findings)


def _named(status: str, told: Sequence[ToldRow]) -> list[datetime]:
    """Since when it may be so; whoever has read a message has received it, if nothing else tells when."""
    named = [row.at for row in told if row.status == status]
    return named or [row.at for row in told if (status, row.status) == ("delivered", "read")]


def _check_forward(message: MessageRow, said: Mapping[str, ToldRow], findings: Findings) -> None:
    """The ledger is never behind what it was told."""
    furthest = max((status for status in said if status in _RANKS), key=_RANKS.__getitem__, default="")
    if "failed" in said:
        is_behind = "delivered" not in said and message.status != "failed"
        furthest = "failed"
    else:
        is_behind = _RANKS.get(message.status, -1) < _RANKS.get(furthest, -1)
    if is_behind:
        findings.violated(
            f"{furthest} says WhatsApp, but the ledger says {message.status}", message.intent_id
        )


def failed_in_passing(evidence: Evidence) -> dict[str, datetime]:
    """The messages that Citas was told have failed for a passing reason, by WhatsApp's id: since when."""
    told: dict[str, datetime] = {}
    for webhook in evidence.webhooks:
        if webhook.answer == _TAKEN and not webhook.forged:
            for row in webhook.told:
                if row.status == "failed" and row.code in _PASSING:
                    told.setdefault(row.message_id, webhook.at)
    return told


def times_too_often(deliveries: Sequence[Delivery], failed: dict[str, datetime]) -> int:
    """How many of an intent's messages left while one before them had not failed."""
    ordered = sorted(deliveries, key=lambda delivery: delivery.at)
    too_often = 0
    for number, delivery in enumerate(ordered):
        before = [failed.get(one.message_id) for one in ordered[:number]]
        too_often += any(since is None or since > delivery.at for since in before)
    return too_often
