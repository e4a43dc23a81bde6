"""I7: a patient whose visit is moved has the old place or the new one, never both, never neither."""

from collections import Counter
from collections.abc import Iterator, Mapping

from clinic.contracts.workflows import APPOINTMENT_RESCHEDULING
from console.audit.evidence import ACTIVE, Evidence, Findings, Publication
from console.audit.kinds import Kind
from console.output.bookings import ReservationRow

RESCHEDULED = "rescheduled"


def check_reschedulings(evidence: Evidence) -> Findings:
    """I7, from the reservations' own word, and from the events that asked for it."""
    reservations = {row.reservation_id: row for row in evidence.reservations}
    places = Counter(holder for slot in evidence.slots for holder in slot.holders)
    # A placeholder has no place to give up: a cancellation left it under the id of the reservation's request.
    kept = [row for row in evidence.reservations if not row.is_placeholder]
    old = [row for row in kept if row.status == RESCHEDULED or row.rescheduled_to]
    new = [row for row in evidence.reservations if row.opening == Kind.RESCHEDULING]
    findings = Findings(checked=len(old) + len(new))
    for row in old:
        _check_old(row, reservations, places, findings)
    for row in new:
        _check_new(row, places, evidence, findings)
    for old_id, new_id in _asked_for(evidence):
        pair = [reservations.get(old_id), reservations.get(new_id)]
        if pair[1] is None or pair[1].opening != Kind.RESCHEDULING:
            continue  # refused: then it is the old one that stays
        if all(row is not None and row.status in ACTIVE for row in pair):
            findings.violated("both stand, the old and the new", old_id, new_id)
        if places[old_id] and places[new_id]:
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


def _check_old(
    row: ReservationRow,
    reservations: Mapping[str, ReservationRow],
    places: Mapping[str, int],
    findings: Findings,
) -> None:
    if row.status in ACTIVE:
        findings.violated(f"stands, though {row.rescheduled_to} has taken its place", row.reservation_id)
    if places.get(row.reservation_id):
        findings.violated("was rescheduled, and still has its old place", row.reservation_id)
    if _last(row, reservations) is None:
        findings.violated("was rescheduled, and nothing has taken its place", row.reservation_id)


def _check_new(
    row: ReservationRow, places: Mapping[str, int], evidence: Evidence, findings: Findings
) -> None:
    kept_here = {(slot.profile_id, slot.slot_id) for slot in evidence.slots}
    has_slot = (row.profile_id or "", row.slot_id or "") in kept_here
    if row.status in ACTIVE and has_slot and not places.get(row.reservation_id):
        findings.violated("was moved, and has neither its old place nor the new", row.reservation_id)
    if places.get(row.reservation_id, 0) > 1:
        findings.violated("was moved, and has its old place and the new", row.reservation_id)


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
