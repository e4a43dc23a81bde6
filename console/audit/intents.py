"""I4, looked at from the ledger and from WhatsApp's own record, without asking the code that sent."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from clinic.domain.instants import to_text
from clinic.domain.messages.intent import reservation_subject
from console.audit.consents import check_consents
from console.audit.evidence import Delivery, Evidence, Findings
from console.audit.follow_ups import check_follow_ups
from console.audit.kinds import Followed, Kind, followed_by
from console.audit.required_notices import ACCEPTED, check_told, subjects_of
from console.audit.webhooks import check_webhooks, failed_in_passing, times_too_often
from console.output.rows import MessageRow

# So soon after its time the nights have had a parked visit taken up.
A_NIGHT = timedelta(hours=25)
TERMINAL = ACCEPTED | {"failed", "skipped", "superseded"}
WAITING = frozenset({"planned", "sending"})
UNKNOWN = "unknown"
# Who sends again what WhatsApp failed looks every five minutes.
_SENT_AGAIN_WITHIN = timedelta(minutes=10)
_NOTICES = frozenset({Followed.NOTHING, Followed.STANDING, Followed.REFUND, Followed.CANCELLATION})
_CANCELLED = frozenset({Kind.CANCELLATION, Kind.CANCELLATION_DOCTOR})


def check_intents(evidence: Evidence) -> Findings:
    """I4: each intent settled with a reason; nothing early, late, twice or for a superseded version."""
    findings = Findings(checked=len(evidence.messages) + len(evidence.deliveries))
    intents = {row.intent_id: row for row in evidence.messages}
    check_told(evidence, findings)
    _check_settled(evidence, findings)
    _check_record_matches(evidence, intents, findings)
    _check_sent_once(evidence, intents, findings)
    _check_time(evidence.deliveries, intents, findings)
    _check_superseded(evidence, intents, findings)
    _check_cancelled(evidence, intents, findings)
    check_follow_ups(evidence, findings)
    check_webhooks(evidence, findings)
    check_consents(evidence, findings)
    return findings


def _followed(row: MessageRow) -> Followed:
    """What it speaks of."""
    return followed_by(row.kind)


def _follows(row: MessageRow) -> bool:
    """Whether it speaks of an appointment that stands."""
    return _followed(row) is Followed.APPOINTMENT


def _check_settled(evidence: Evidence, findings: Findings) -> None:
    running = {s for run in evidence.executions if run.status == "RUNNING" for s in subjects_of(run)}
    failed = {
        subject
        for run in evidence.executions
        if run.status not in {"RUNNING", "SUCCEEDED"}
        for subject in subjects_of(run)
    }
    parked = {
        reservation_subject(row.reservation_id)
        for row in evidence.standing.values()
        if row.parked_until is not None and row.parked_until + A_NIGHT > evidence.end
    }
    for row in evidence.messages:
        about = {row.subject, reservation_subject(row.reservation_id or "")}
        if row.status in TERMINAL:
            if not row.reason:
                findings.violated(f"{row.status} without a reason", row.intent_id)
        elif row.status == UNKNOWN:
            # The webhook settles it, or the run that asks again after a quarter of an hour.
            if evidence.complete and not about & running:
                findings.violated("nobody has settled what became of it", row.intent_id)
            else:
                findings.open.append(row.intent_id)
        elif row.status in WAITING:
            is_ahead = not evidence.complete and _lies_ahead(row, evidence.end)
            if about & running or row.subject in parked or is_ahead:
                findings.open.append(row.intent_id)
            else:
                why = "; its run failed" if about & failed else ""
                findings.violated(f"still {row.status}, due {to_text(row.due_at)}{why}", row.intent_id)
        else:
            findings.violated(f"{row.status!r} is no status of an intent", row.intent_id)


def _lies_ahead(row: MessageRow, end: datetime) -> bool:
    return row.due_at >= end or (row.retry_at is not None and row.retry_at + _SENT_AGAIN_WITHIN >= end)


def _check_record_matches(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
    failed = failed_in_passing(evidence)
    accepted = {delivery.intent_id for delivery in evidence.deliveries}
    for row in evidence.messages:
        if row.status in ACCEPTED and row.intent_id not in accepted:
            findings.violated(f"{row.status} says the ledger, but WhatsApp never accepted it", row.intent_id)
    for delivery in evidence.deliveries:
        if delivery.intent_id is None:
            findings.violated("WhatsApp accepted a message that carries no intent", delivery.message_id)
            continue
        intent = intents.get(delivery.intent_id)
        if intent is None:
            findings.violated(
                "WhatsApp accepted a message whose intent the ledger does not have", delivery.intent_id
            )
            continue
        # Whether one that failed later was said to by WhatsApp is looked at with its webhooks.
        is_known = intent.status in ACCEPTED | {UNKNOWN, "sending", "failed"}
        if not is_known and delivery.message_id not in failed:
            findings.violated(f"WhatsApp accepted it, but the ledger says {intent.status}", intent.intent_id)
        if delivery.template != intent.template:
            findings.violated("sent with another template than the intent's", intent.intent_id)
        if delivery.language != intent.language:
            findings.violated("sent in another language than the intent's", intent.intent_id)
        if intent.to is not None and intent.to.lstrip("+") != delivery.to.lstrip("+"):
            findings.violated("sent to another number than the intent's", intent.intent_id)


def _check_sent_once(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
    by_intent: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in evidence.deliveries:
        if delivery.intent_id is not None:
            by_intent[delivery.intent_id].append(delivery)
    failed = failed_in_passing(evidence)
    for intent_id, deliveries in by_intent.items():
        if times_too_often(deliveries, failed):
            findings.violated(f"sent {len(deliveries)} times", intent_id)
    by_key: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for row in evidence.messages:
        by_key[row.subject, row.kind, row.version].append(row.intent_id)
    for ids in by_key.values():
        sent = [intent_id for intent_id in ids if intent_id in by_intent]
        if len(sent) > 1:
            findings.violated("several messages for one subject, kind and version", *sent)
    _check_not_repeated([row for row in intents.values() if row.intent_id in by_intent], findings)


def _check_not_repeated(sent: Iterable[MessageRow], findings: Findings) -> None:
    """A new version that did not move the appointment gives no reason to say the same thing again."""
    by_kind: dict[tuple[str, str], list[MessageRow]] = defaultdict(list)
    for row in filter(_follows, sent):
        by_kind[row.subject, row.kind].append(row)
    for rows in by_kind.values():
        rows.sort(key=lambda row: row.version)
        for before, after in itertools.pairwise(rows):
            unmoved = (
                after.version == before.version + 1 and after.appointment_time == before.appointment_time
            )
            if unmoved and before.appointment_time is not None and before.to == after.to:
                findings.violated(
                    "the same message again, for an appointment that had not moved",
                    before.intent_id,
                    after.intent_id,
                )


def _check_time(
    deliveries: Sequence[Delivery], intents: Mapping[str, MessageRow], findings: Findings
) -> None:
    for delivery in deliveries:
        intent = intents.get(delivery.intent_id or "")
        if intent is None:
            continue
        at = to_text(delivery.at)
        if delivery.at < intent.due_at:
            findings.violated(f"sent {at}, before it was due ({to_text(intent.due_at)})", intent.intent_id)
        if intent.useful_until is not None and delivery.at >= intent.useful_until:
            findings.violated(
                f"sent {at}, when it was of no more use ({to_text(intent.useful_until)})", intent.intent_id
            )
        elif _follows(intent) and intent.appointment_time and delivery.at >= intent.appointment_time:
            findings.violated(f"sent {at}, after the visit began", intent.intent_id)


def _check_superseded(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
    versions: dict[tuple[str, Followed], list[MessageRow]] = defaultdict(list)
    for row in evidence.messages:
        versions[row.subject, _followed(row)].append(row)
    for delivery in evidence.deliveries:
        intent = intents.get(delivery.intent_id or "")
        if intent is None or _followed(intent) in _NOTICES:
            continue
        newer = [
            row.created_at
            for row in versions[intent.subject, _followed(intent)]
            if row.version > intent.version and row.created_at is not None and row.created_at < delivery.at
        ]
        if newer:
            findings.violated(
                f"sent {to_text(delivery.at)}, after a newer version took its place ({to_text(min(newer))})",
                intent.intent_id,
            )


def _check_cancelled(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
    cancelled: dict[str | None, datetime] = {}
    for row in evidence.messages:
        if row.kind in _CANCELLED and row.created_at is not None:
            known = cancelled.setdefault(row.reservation_id, row.created_at)
            cancelled[row.reservation_id] = min(known, row.created_at)
    for delivery in evidence.deliveries:
        intent = intents.get(delivery.intent_id or "")
        if intent is None or not _follows(intent):
            continue
        since = cancelled.get(intent.reservation_id)
        if since is not None and delivery.at > since:
            findings.violated(
                f"sent {to_text(delivery.at)}, after the appointment was cancelled ({to_text(since)})",
                intent.intent_id,
            )
