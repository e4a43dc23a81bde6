"""I4 for follow-ups and doses: once, in their time, and only of what took place or is still prescribed."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clinic.contracts.events.prescriptions import PrescriptionCreated, PrescriptionStopped
from clinic.contracts.events.visits import AppointmentCompleted, AppointmentNoShow
from clinic.domain.instants import to_text
from console.audit.evidence import Delivery, Evidence, Findings
from console.audit.kinds import DOSE_PREFIX, FOLLOW_UP_PREFIX
from console.output.rows import MessageRow

# What the specification says of them, not what the code that plans them does.
AFTER_THE_VISIT = {
    "follow_up_24h": timedelta(hours=24),
    "follow_up_48h": timedelta(hours=48),
    "follow_up_1week": timedelta(days=7),
}
QUIET_FROM, QUIET_TO = time(21), time(8)
_DOSE = re.compile(rf"{DOSE_PREFIX}(\d{{8}}T\d{{4}})Z")


def check_follow_ups(evidence: Evidence, findings: Findings) -> None:
    """Look at every follow-up and every dose that WhatsApp accepted."""
    intents = {row.intent_id: row for row in evidence.messages}
    sent = [
        (delivery, intents[delivery.intent_id])
        for delivery in evidence.deliveries
        if delivery.intent_id in intents and _is_concerned(intents[delivery.intent_id])
    ]
    zones = {row.reservation_id: row.time_zone for row in evidence.reservations}
    ended = _ends(evidence)
    once: dict[tuple[str, str], list[str]] = defaultdict(list)
    for delivery, row in sent:
        once[row.subject, row.kind].append(row.intent_id)
        _check_instant(delivery, row, findings)
        _check_not_ended(delivery, row, ended, findings)
        if row.kind.startswith(FOLLOW_UP_PREFIX):
            zone = zones.get(row.reservation_id or "") or row.time_zone
            _check_not_at_night(delivery, row, zone, findings)
    for ids in once.values():
        if len(set(ids)) > 1:
            findings.violated("the same question or dose again, in another version", *sorted(set(ids)))


def _is_concerned(row: MessageRow) -> bool:
    return row.kind.startswith((FOLLOW_UP_PREFIX, DOSE_PREFIX))


def _check_instant(delivery: Delivery, row: MessageRow, findings: Findings) -> None:
    earliest = _earliest(row)
    if earliest is None:
        findings.violated(f"{row.kind!r} is no kind of follow-up or dose", row.intent_id)
    elif delivery.at < earliest:
        findings.violated(
            f"sent {to_text(delivery.at)}, before its hour ({to_text(earliest)})", row.intent_id
        )


def _earliest(row: MessageRow) -> datetime | None:
    """Before when nobody may get it, by its kind alone."""
    if row.kind in AFTER_THE_VISIT and row.appointment_time is not None:
        return row.appointment_time + AFTER_THE_VISIT[row.kind]
    dose = _DOSE.fullmatch(row.kind)
    return datetime.strptime(dose[1], "%Y%m%dT%H%M").replace(tzinfo=UTC) if dose is not None else None


def _check_not_at_night(delivery: Delivery, row: MessageRow, zone: str | None, findings: Findings) -> None:
    if zone is None:
        return
    clock = delivery.at.astimezone(ZoneInfo(zone)).time()
    if clock >= QUIET_FROM or clock < QUIET_TO:
        findings.violated(f"sent at {clock:%H:%M:%S} on the recipient's clock", row.intent_id)


def _check_not_ended(
    delivery: Delivery,
    row: MessageRow,
    ended: Mapping[str, list[tuple[datetime, datetime, str]]],
    findings: Findings,
) -> None:
    for since, until, why in ended.get(row.subject, ()):
        if since < delivery.at <= until:
            findings.violated(
                f"sent {to_text(delivery.at)}, after {why} was dealt with ({to_text(since)})", row.intent_id
            )


_ENDS = {
    AppointmentNoShow.detail_type: (
        "reservation",
        "reservationId",
        AppointmentCompleted.detail_type,
        "the no-show",
    ),
    PrescriptionStopped.detail_type: (
        "prescription",
        "prescriptionId",
        PrescriptionCreated.detail_type,
        "the stop",
    ),
}


def _ends(evidence: Evidence) -> dict[str, list[tuple[datetime, datetime, str]]]:
    """Of each subject that an event ended: since when that was dealt with, until when, and what it was."""
    found: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    dealt_with = {
        run.event_id: run.stopped_at
        for run in evidence.executions
        if run.status == "SUCCEEDED" and run.stopped_at is not None
    }
    named = list(_named(evidence))
    for at, detail_type, subject, event_id in named:
        if detail_type not in _ENDS or event_id not in dealt_with:
            continue
        *_, again, why = _ENDS[detail_type]
        # Of two in one second, which EventBridge does not tell apart, the one that arrives later stands.
        since = at.replace(microsecond=0)
        later = [
            when for when, other, about, _ in named if (other, about) == (again, subject) and when >= since
        ]
        found[subject].append((dealt_with[event_id], min(later, default=evidence.end), why))
    return found


def _named(evidence: Evidence) -> Iterator[tuple[datetime, str, str, str]]:
    """The events that end a subject or take it up again: when, which, of what, and the bus's id."""
    fields = {key: (what, field) for key, (what, field, _, _) in _ENDS.items()}
    fields |= {again: (what, field) for what, field, again, _ in _ENDS.values()}
    for event in evidence.publications:
        if event.event_id is None or event.detail_type not in fields or not isinstance(event.detail, Mapping):
            continue
        what, field = fields[event.detail_type]
        yield event.at, event.detail_type, f"{what}#{event.detail.get(field)}", event.event_id
