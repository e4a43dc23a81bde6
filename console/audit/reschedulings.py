"""I7: a patient whose visit is moved has the old place or the new one, never both, never neither."""

from collections.abc import Iterator, Mapping

from clinic.contracts.workflows import APPOINTMENT_RESCHEDULING
from console.audit.evidence import ACTIVE, Evidence, Findings, Publication
from console.output.bookings import ReservationRow

RESCHEDULED = "rescheduled"


def check_reschedulings(evidence: Evidence) -> Findings:
    """I7, from the old reservations' own word, and from the events that asked for it."""
    reservations = {row.reservation_id: row for row in evidence.reservations}
    holders = {holder for slot in evidence.slots for holder in slot.holders}
    moved = [row for row in evidence.reservations if row.status == RESCHEDULED or row.rescheduled_to]
    asked = list(_asked_for(evidence))
    findings = Findings(checked=len(moved) + len(asked))
    for row in moved:
        _check_moved(row, reservations, holders, evidence, findings)
    for old_id, new_id in asked:
        old, new = reservations.get(old_id), reservations.get(new_id)
        if old is None or new is None:
            continue
        if old.status in ACTIVE and new.status in ACTIVE and new.opening == "rescheduling":
            findings.violated("both stand, the old and the new", old_id, new_id)
        if old_id in holders and new_id in holders and new.opening == "rescheduling":
            findings.violated("both have a place, the old and the new", old_id, new_id)
    return findings


def _asked_for(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Each old and new reservation that an event names, where they are two."""
    pairs = {
        pair
        for event in evidence.publications
        if event.event_id is not None and event.detail_type in APPOINTMENT_RESCHEDULING.detail_types
        if (pair := _pair(event)) is not None
    }
    yield from sorted(pairs)


def _pair(event: Publication) -> tuple[str, str] | None:
    if not isinstance(event.detail, Mapping):
        return None
    old, new = event.detail.get("oldReservationId"), event.detail.get("newReservationId")
    return (old, new) if isinstance(old, str) and isinstance(new, str) and old != new else None


def _check_moved(
    row: ReservationRow,
    reservations: Mapping[str, ReservationRow],
    holders: set[str],
    evidence: Evidence,
    findings: Findings,
) -> None:
    if row.status in ACTIVE:
        findings.violated(f"stands, though {row.rescheduled_to} has taken its place", row.reservation_id)
    if row.reservation_id in holders:
        findings.violated("was rescheduled, and still has its old place", row.reservation_id)
    last = _last(row, reservations)
    if last is None:
        findings.violated("was rescheduled, and nothing has taken its place", row.reservation_id)
        return
    kept_here = {(slot.profile_id, slot.slot_id) for slot in evidence.slots}
    has_slot = (last.profile_id or "", last.slot_id or "") in kept_here
    if last.status in ACTIVE and has_slot and last.reservation_id not in holders:
        findings.violated(
            "was rescheduled, and has neither its old place nor the new",
            row.reservation_id,
            last.reservation_id,
        )


def _last(row: ReservationRow, reservations: Mapping[str, ReservationRow]) -> ReservationRow | None:
    """The reservation that has taken its place in the end; it may have been cancelled since."""
    seen = set()
    current: ReservationRow | None = row
    while current is not None and current.rescheduled_to is not None:
        if current.reservation_id in seen:
            return None
        seen.add(current.reservation_id)
        current = reservations.get(current.rescheduled_to)
    return None if current is None or current.status == RESCHEDULED else current
