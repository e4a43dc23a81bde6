"""I1, I3 and I5: what slots, reservations and requests say of each other; I2 is in `console.audit.times`."""

from collections import defaultdict
from datetime import datetime, timedelta

from clinic.domain.instants import to_text
from clinic.domain.slots.generation import slot_id
from console.audit.evidence import Evidence, Findings
from console.output.bookings import RequestRow, ReservationRow, SlotRow

# An unanswered request is to give its place back so soon after its time was up.
MOST_OVERDUE = timedelta(minutes=5)


def check_counts(evidence: Evidence) -> Findings:
    """I1: a slot's count is that of the active reservations and pending requests that name it."""
    findings = Findings(checked=len(evidence.slots))
    claims = _claims(evidence)
    for slot in evidence.slots:
        if not 0 <= slot.reserved_count <= slot.capacity:
            findings.violated(
                f"{slot.reserved_count} of {slot.capacity} places are said to be held", slot.slot_id
            )
        if slot.reserved_count != len(set(slot.holders)):
            findings.violated(
                f"{slot.reserved_count} places are said to be held, but by {len(set(slot.holders))}",
                slot.slot_id,
            )
        claimed = claims[slot.profile_id, slot.slot_id]
        if slot.reserved_count != len(claimed):
            findings.violated(
                f"{slot.reserved_count} places are said to be held, but {len(claimed)} reservations and "
                "requests name it",
                slot.slot_id,
            )
    return findings


def check_holders(evidence: Evidence) -> Findings:
    """I3: a reservation is active, or its request pending, exactly while it has a place in its slot."""
    standing, waiting = evidence.standing, evidence.waiting
    findings = Findings(checked=len(standing) + len(waiting))
    held: dict[str, list[str]] = defaultdict(list)
    for slot in evidence.slots:
        for holder in slot.holders:
            held[holder].append(slot.slot_id)
        for holder in slot.booked:
            reservation = standing.get(holder)
            if reservation is None or reservation.slot_id != slot.slot_id:
                findings.violated("it is booked for a reservation that does not stand", slot.slot_id, holder)
        for holder in slot.pending:
            request = waiting.get(holder)
            if request is None or request.slot_id != slot.slot_id:
                findings.violated("it is kept for a request that does not wait", slot.slot_id, holder)
    for holder, slots in sorted(held.items()):
        if len(slots) > 1:
            findings.violated("holds several places", holder, *slots)
    _check_places(evidence, findings)
    return findings


def _check_places(evidence: Evidence, findings: Findings) -> None:
    slots = {(slot.profile_id, slot.slot_id): slot for slot in evidence.slots}
    for reservation_id, row in evidence.standing.items():
        slot = slots.get((row.profile_id or "", row.slot_id or ""))
        # A reservation may name a slot that is not kept here.
        if slot is not None and reservation_id not in slot.booked:
            findings.violated("stands, but has no place in its slot", reservation_id, slot.slot_id)
        if slot is None and row.takes_until is None and _needs_time(row, evidence):
            findings.violated("stands, but has neither a place nor a time of its own", reservation_id)
        if slot is not None and _lasts_longer(row, slot) and _needs_time(row, evidence):
            findings.violated("lasts longer than its slot, and not all of its time is taken", reservation_id)
    for reservation_id, request in evidence.waiting.items():
        slot = slots.get((request.profile_id or "", request.slot_id or ""))
        if slot is None or reservation_id not in slot.pending:
            findings.violated(
                "waits, but has no place in its slot", request.request_id, request.slot_id or ""
            )
        _check_overdue(request.request_id, request.expires_at, evidence, findings)


def _needs_time(row: ReservationRow, evidence: Evidence) -> bool:
    """Whether its doctor is kept here, and it was booked before its time."""
    at, booked = row.appointment_time, row.created_at
    return row.profile_id in evidence.profiles and at is not None and (booked is None or booked < at)


def _lasts_longer(row: ReservationRow, slot: SlotRow) -> bool:
    """Whether a visit takes its doctor beyond its slot, and no time of its own for that."""
    if row.appointment_time is None or row.visit_minutes is None:
        return False
    until = row.appointment_time + timedelta(minutes=row.visit_minutes)
    is_taken = row.takes_from == slot.buffer_until and row.takes_until == until
    # What was over when the visit was last changed nobody needed any more.
    is_over = row.updated_at is not None and until <= row.updated_at
    return until > slot.buffer_until and not is_taken and not is_over


def _check_overdue(request_id: str, expires_at: datetime, evidence: Evidence, findings: Findings) -> None:
    if evidence.complete or evidence.end > expires_at + MOST_OVERDUE:
        findings.violated(f"still waits for an answer; its time was up {to_text(expires_at)}", request_id)


def check_generation(evidence: Evidence) -> Findings:
    """I5, by the end's state: no slot is there twice, and each has the id that anybody can compute."""
    findings = Findings(checked=len(evidence.slots))
    alike: dict[tuple[str, str, datetime], list[str]] = defaultdict(list)
    for slot in evidence.slots:
        alike[slot.profile_id, slot.service_id, slot.start].append(slot.slot_id)
        computed = _computed_id(slot)
        if slot.slot_id != computed:
            findings.violated(f"its id should be {computed}", slot.slot_id)
        if not slot.start < slot.end <= slot.buffer_until:
            findings.violated("it ends before it starts, or its buffer does", slot.slot_id)
    for ids in alike.values():
        if len(ids) > 1:
            findings.violated("the same profile, service and start", *sorted(ids))
    return findings


def _computed_id(slot: SlotRow) -> str:
    try:
        return slot_id(slot.profile_id, slot.service_id, slot.start)
    except ValueError as error:
        return f"of another form: {error}"


def _claims(evidence: Evidence) -> dict[tuple[str, str], set[str]]:
    """Who says to have a place in which slot."""
    claims: dict[tuple[str, str], set[str]] = defaultdict(set)
    claimants: list[ReservationRow | RequestRow] = [*evidence.standing.values(), *evidence.waiting.values()]
    for claimant in claimants:
        claims[claimant.profile_id or "", claimant.slot_id or ""].add(claimant.reservation_id)
    return claims
