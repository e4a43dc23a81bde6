"""I4: what WhatsApp took and failed later for a reason that passes may be sent again, and counts as one."""

from collections.abc import Sequence
from datetime import datetime

from console.audit.evidence import Delivery, Evidence

_TAKEN = 200
# A copy of the product's list, so that the audit notices if it changes.
_PASSING = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131049, 131056, 131057})


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
