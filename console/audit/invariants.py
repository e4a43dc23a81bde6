"""The eight invariants, each with its check: a function from `Evidence` to `Findings`."""

from collections.abc import Callable
from dataclasses import dataclass

from console.audit.events import check_events
from console.audit.evidence import Evidence, Findings
from console.audit.intents import check_intents
from console.audit.refunds import check_refunds
from console.audit.reschedulings import check_reschedulings
from console.audit.slots import check_counts, check_generation, check_holders
from console.audit.times import check_overlaps
from console.output.result import AuditRow, AuditStatus

Check = Callable[[Evidence], Findings]


@dataclass(frozen=True)
class Invariant:
    """One of I1 to I8 and its check."""

    id: str
    title: str
    check: Check


INVARIANTS: tuple[Invariant, ...] = (
    Invariant("I1", "A slot's count is that of its active reservations, within its capacity", check_counts),
    Invariant("I2", "No doctor has two active reservations that overlap untold", check_overlaps),
    Invariant("I3", "A reservation is active exactly while its slot is held", check_holders),
    Invariant("I4", "Every message settles once, with a reason, in its time", check_intents),
    Invariant("I5", "No slot is there twice, and each has its computable id", check_generation),
    Invariant("I6", "A refund is issued once at most, and never above what was paid", check_refunds),
    Invariant("I7", "Rescheduling is all or nothing", check_reschedulings),
    Invariant("I8", "Nothing that was accepted on the bus disappears", check_events),
)


def audit(evidence: Evidence) -> list[AuditRow]:
    """One row for each invariant, in order; one with nothing to look at is not applicable."""
    return [_row(invariant, evidence) for invariant in INVARIANTS]


def _row(invariant: Invariant, evidence: Evidence) -> AuditRow:
    findings = invariant.check(evidence)
    still_open = sorted(set(findings.open))
    unsettled = f"{len(still_open)} not settled yet" if still_open else None
    note = ", ".join(part for part in (findings.note, unsettled) if part) or None
    if findings.violations:
        status: AuditStatus = "violated"
    elif findings.checked:
        status = "holds"
    else:
        status, note = "not_applicable", "nothing of the kind here"
    return AuditRow(
        id=invariant.id,
        title=invariant.title,
        status=status,
        checked=findings.checked,
        violations=sorted(findings.violations, key=lambda violation: (violation.ids, violation.detail)),
        open=still_open,
        note=note,
    )
