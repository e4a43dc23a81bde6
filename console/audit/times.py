"""I2: no two visits of a doctor overlap, but where one was agreed elsewhere and that was told.

It has its own idea of what meets what: each taken slot and each standing visit with a time of its own is a
stretch of its doctor's time, and every two that meet are looked at.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.domain.instants import to_text
from console.audit.evidence import Evidence, Findings
from console.output.bookings import ConflictNote

# How the day sheets call the time that a visit without a slot takes.
VISIT = "visit#"


@dataclass(frozen=True)
class Stretch:
    """A part of a doctor's time that somebody takes.

    Attributes:
        entry: what the day sheets call it.
        holders: the reservations that take it.
        conflict: of a visit's own time, what it is said to meet.
        slot_id: the slot after which a visit's own time begins; None: it has none.
    """

    profile_id: str
    entry: str
    start: datetime
    until: datetime
    holders: frozenset[str]
    conflict: ConflictNote | None = None
    slot_id: str | None = None

    @property
    def name(self) -> str:
        """What a person calls it: the slot, or the reservation."""
        return self.entry.removeprefix(VISIT)

    def names(self, other: "Stretch") -> bool:
        """Whether its conflict names the other."""
        known = self.conflict
        return known is not None and (
            other.entry in known.slot_ids or not other.holders.isdisjoint(known.reservation_ids)
        )


def check_overlaps(evidence: Evidence) -> Findings:
    """I2: taken time does not meet, buffers included, untold; and the day sheets say what there is."""
    taken = [*_slots(evidence), *_visits(evidence)]
    findings = Findings(checked=len(taken) + len(evidence.sheets))
    told = 0
    for one, other in _meetings(taken):
        told += _judge(one, other, evidence, findings)
    if told:
        findings.note = f"{told} overlap{'s' if told > 1 else ''} told"
    _check_sheets(evidence, taken, findings)
    return findings


def _slots(evidence: Evidence) -> Iterator[Stretch]:
    for slot in evidence.slots:
        if slot.holders:
            holders = frozenset(slot.holders)
            yield Stretch(slot.profile_id, slot.slot_id, slot.start, slot.buffer_until, holders)


def _visits(evidence: Evidence) -> Iterator[Stretch]:
    for reservation_id, row in evidence.standing.items():
        if row.profile_id and row.appointment_time and row.takes_until:
            yield Stretch(
                row.profile_id,
                f"{VISIT}{reservation_id}",
                row.takes_from or row.appointment_time,
                row.takes_until,
                frozenset({reservation_id}),
                row.conflict,
                row.slot_id if row.takes_from else None,
            )


def _meetings(taken: Iterable[Stretch]) -> Iterator[tuple[Stretch, Stretch]]:
    """Every two of one doctor that meet, the earlier one first."""
    before: dict[str, list[Stretch]] = defaultdict(list)
    for stretch in sorted(taken, key=lambda stretch: (stretch.start, stretch.entry)):
        still = [one for one in before[stretch.profile_id] if one.until > stretch.start]
        # Who shares a slot may last longer than it, each as long as they like.
        yield from ((one, stretch) for one in still if one.slot_id is None or one.slot_id != stretch.slot_id)
        before[stretch.profile_id] = [*still, stretch]


def _judge(one: Stretch, other: Stretch, evidence: Evidence, findings: Findings) -> bool:
    """Whether it was told that the two meet."""
    if not one.entry.startswith(VISIT) and not other.entry.startswith(VISIT):
        until = to_text(one.until)
        findings.violated(f"both are taken, and the first lasts until {until}", one.name, other.name)
        return False
    known = [a for a, b in ((one, other), (other, one)) if a.names(b)]
    if any(stretch.conflict and stretch.conflict.told_at for stretch in known):
        return True
    if known and not evidence.complete:
        findings.open.append(known[0].name)
    else:
        findings.violated("their times meet, and nobody was told", one.name, other.name)
    return False


def _check_sheets(evidence: Evidence, taken: Iterable[Stretch], findings: Findings) -> None:
    sheets = {(sheet.profile_id, sheet.day): sheet.taken for sheet in evidence.sheets}
    held: set[tuple[str, str]] = set()
    for stretch in taken:
        held.add((stretch.profile_id, stretch.entry))
        day, last = stretch.start.date(), (stretch.until - timedelta(microseconds=1)).date()
        while day <= last:
            sheet = sheets.get((stretch.profile_id, day))
            # Nobody needs the sheets of days that are over.
            is_needed = sheet is not None or stretch.until > evidence.end
            if is_needed and (sheet or {}).get(stretch.entry) != (stretch.start, stretch.until):
                findings.violated(f"it is taken, but the sheet of {day} does not say so", stretch.name)
            day += timedelta(days=1)
    for (profile_id, day), stretches in sheets.items():
        for entry in sorted(stretches):
            if (profile_id, entry) not in held:
                name = entry.removeprefix(VISIT)
                findings.violated(f"nobody holds it, but the sheet of {day} says it is taken", name)
