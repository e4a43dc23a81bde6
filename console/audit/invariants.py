"""The eight invariants and which of them this run can be held against.

A new check is a function from `Evidence` to `Findings`: put what it needs into `Evidence` (slots and
reservations are there already), and name it in `INVARIANTS` in place of the note.
"""

from collections.abc import Callable
from dataclasses import dataclass

from console.audit.events import check_events
from console.audit.evidence import Evidence, Findings
from console.audit.intents import check_intents
from console.output.result import AuditRow

_BOOKING = "no bookings yet"


@dataclass(frozen=True)
class Invariant:
    """One of I1 to I8: its check, or a note on why there is none."""

    id: str
    title: str
    check: Callable[[Evidence], Findings] | None = None
    note: str | None = None


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("I1", "A slot's count is that of its active reservations, within its capacity", note=_BOOKING),
    Invariant("I2", "No doctor has two active reservations that overlap", note=_BOOKING),
    Invariant("I3", "A reservation is active exactly while its slot is held", note=_BOOKING),
    Invariant("I4", "Every message settles once, with a reason, in its time", check=check_intents),
    Invariant("I5", "Generating slots again changes no held slot", note=_BOOKING),
    Invariant("I6", "A refund is issued once at most, and never above what was paid", note="no refunds yet"),
    Invariant("I7", "Rescheduling is all or nothing", note=_BOOKING),
    Invariant("I8", "Nothing that was accepted on the bus disappears", check=check_events),
)


def audit(evidence: Evidence) -> list[AuditRow]:
    """One row for each invariant, in order."""
    return [_row(invariant, evidence) for invariant in INVARIANTS]


def _row(invariant: Invariant, evidence: Evidence) -> AuditRow:
    if invariant.check is None:
        return AuditRow(
            id=invariant.id,
            title=invariant.title,
            status="not_applicable",
            checked=0,
            violations=[],
            open=[],
            note=invariant.note,
        )
    findings = invariant.check(evidence)
    return AuditRow(
        id=invariant.id,
        title=invariant.title,
        status="violated" if findings.violations else "holds",
        checked=findings.checked,
        violations=sorted(findings.violations, key=lambda violation: (violation.ids, violation.detail)),
        open=sorted(set(findings.open)),
        note=f"{len(set(findings.open))} not settled yet" if findings.open else None,
    )
