"""I1, I2, I3 and I5: what slots, day sheets, reservations and requests say of each other."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from clinic.domain.instants import to_text
from clinic.domain.slot_generation import slot_id
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


def check_overlaps(evidence: Evidence) -> Findings:
    """I2: a doctor's taken slots do not meet, buffers included; and the day sheets say what the slots say."""
    taken = [slot for slot in evidence.slots if slot.holders]
    findings = Findings(checked=len(taken) + len(evidence.sheets))
    of_doctor: dict[str, list[SlotRow]] = defaultdict(list)
    for slot in sorted(taken, key=lambda slot: (slot.start, slot.slot_id)):
        of_doctor[slot.profile_id].append(slot)
    for slots in of_doctor.values():
        longest = slots[0]
        for slot in slots[1:]:
            if slot.start < longest.buffer_until:
                findings.violated(
                    f"both are taken, and the first lasts until {to_text(longest.buffer_until)}",
                    longest.slot_id,
                    slot.slot_id,
                )
            longest = max(longest, slot, key=lambda slot: slot.buffer_until)
    _check_sheets(evidence, taken, findings)
    return findings


def _check_sheets(evidence: Evidence, taken: Iterable[SlotRow], findings: Findings) -> None:
    sheets = {(sheet.profile_id, sheet.day): sheet.taken for sheet in evidence.sheets}
    held: set[tuple[str, str]] = set()
    for slot in taken:
        held.add((slot.profile_id, slot.slot_id))
        day, last = slot.start.date(), (slot.buffer_until - timedelta(microseconds=1)).date()
        while day <= last:
            sheet = sheets.get((slot.profile_id, day))
            # Nobody needs the sheets of days that are over.
            if (sheet is not None or slot.buffer_until > evidence.end) and (sheet or {}).get(
                slot.slot_id
            ) != (slot.start, slot.buffer_until):
                findings.violated(f"it is taken, but the sheet of {day} does not say so", slot.slot_id)
            day += timedelta(days=1)
    for (profile_id, day), stretches in sheets.items():
        for name in sorted(stretches):
            if (profile_id, name) not in held:
                findings.violated(f"nobody holds it, but the sheet of {day} says it is taken", name)


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
    for reservation_id, request in evidence.waiting.items():
        slot = slots.get((request.profile_id or "", request.slot_id or ""))
        if slot is None or reservation_id not in slot.pending:
            findings.violated(
                "waits, but has no place in its slot", request.request_id, request.slot_id or ""
            )
        _check_overdue(request.request_id, request.expires_at, evidence, findings)


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
