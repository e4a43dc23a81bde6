"""I4, looked at from the ledger and from WhatsApp's own record, without asking the code that sent."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from clinic.contracts.workflows import APPOINTMENT_REMINDERS
from clinic.domain.instants import to_text
from clinic.domain.reminders import CONFIRMATION
from clinic.domain.reservations import ReservationStatus
from console.audit.evidence import Delivery, Evidence, Findings
from console.output.result import MessageRow

ACCEPTED = frozenset({"sent", "delivered", "read"})
TERMINAL = ACCEPTED | {"failed", "skipped", "superseded"}
WAITING = frozenset({"planned", "sending"})
UNKNOWN = "unknown"
STANDING = frozenset(status.value for status in ReservationStatus if status.is_active)


def check_intents(evidence: Evidence) -> Findings:
    """I4: each intent settled with a reason; nothing early, late, twice or for a superseded version."""
    findings = Findings(checked=len(evidence.messages) + len(evidence.deliveries))
    intents = {row.intent_id: row for row in evidence.messages}
    _check_planned(evidence, findings)
    _check_settled(evidence, findings)
    _check_record_matches(evidence, intents, findings)
    _check_sent_once(evidence, intents, findings)
    _check_time(evidence.deliveries, intents, findings)
    _check_superseded(evidence, intents, findings)
    return findings


def _check_planned(evidence: Evidence, findings: Findings) -> None:
    """A run that ended well for an appointment that stands has messages to show for it."""
    confirmed = {row.reservation_id for row in evidence.messages if row.kind == CONFIRMATION}
    standing = {row.reservation_id for row in evidence.reservations if row.status in STANDING}
    reservations = _reservations_by_line(evidence)
    for run in evidence.executions:
        reservation_id = reservations.get(run.line)
        wanted = run.workflow == APPOINTMENT_REMINDERS.name and run.status == "SUCCEEDED"
        if wanted and reservation_id in standing - confirmed:
            findings.violated(
                "its run ended well, but no message was planned", f"reservation#{reservation_id}"
            )


def _check_settled(evidence: Evidence, findings: Findings) -> None:
    reservations = _reservations_by_line(evidence)
    by_status = {(run.status, reservations.get(run.line)) for run in evidence.executions}
    running = {reservation_id for status, reservation_id in by_status if status == "RUNNING"}
    failed = {
        reservation_id for status, reservation_id in by_status if status not in {"RUNNING", "SUCCEEDED"}
    }
    for row in evidence.messages:
        if row.status in TERMINAL:
            if not row.reason:
                findings.violated(f"{row.status} without a reason", row.intent_id)
        elif row.status == UNKNOWN:
            findings.open.append(row.intent_id)
        elif row.status in WAITING:
            excused = not evidence.complete and (row.due_at >= evidence.end or row.reservation_id in running)
            if excused:
                findings.open.append(row.intent_id)
            else:
                why = "; its run failed" if row.reservation_id in failed else ""
                findings.violated(f"still {row.status}, due {to_text(row.due_at)}{why}", row.intent_id)
        else:
            findings.violated(f"{row.status!r} is no status of an intent", row.intent_id)


def _reservations_by_line(evidence: Evidence) -> dict[int | None, str]:
    named = {
        event.line: event.detail.get("reservationId")
        for event in evidence.publications
        if isinstance(event.detail, Mapping)
    }
    return {line: reservation_id for line, reservation_id in named.items() if isinstance(reservation_id, str)}


def _check_record_matches(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
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
        if intent.status not in ACCEPTED | {UNKNOWN, "sending"}:
            findings.violated(f"WhatsApp accepted it, but the ledger says {intent.status}", intent.intent_id)
        if delivery.template != intent.template:
            findings.violated("sent with another template than the intent's", intent.intent_id)
        if intent.to is not None and intent.to.lstrip("+") != delivery.to.lstrip("+"):
            findings.violated("sent to another number than the intent's", intent.intent_id)


def _check_sent_once(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
    by_intent: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in evidence.deliveries:
        if delivery.intent_id is not None:
            by_intent[delivery.intent_id].append(delivery)
    for intent_id, deliveries in by_intent.items():
        if len(deliveries) > 1:
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
    for row in sent:
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
        elif intent.appointment_time is not None and delivery.at >= intent.appointment_time:
            findings.violated(f"sent {at}, after the visit began", intent.intent_id)


def _check_superseded(evidence: Evidence, intents: Mapping[str, MessageRow], findings: Findings) -> None:
    versions: dict[str, list[MessageRow]] = defaultdict(list)
    for row in evidence.messages:
        versions[row.subject].append(row)
    for delivery in evidence.deliveries:
        intent = intents.get(delivery.intent_id or "")
        if intent is None:
            continue
        newer = [
            row.created_at
            for row in versions[intent.subject]
            if row.version > intent.version and row.created_at is not None and row.created_at < delivery.at
        ]
        if newer:
            findings.violated(
                f"sent {to_text(delivery.at)}, after a newer version took its place ({to_text(min(newer))})",
                intent.intent_id,
            )
