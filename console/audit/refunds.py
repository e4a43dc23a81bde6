"""I6: the payments simulator's record, held against what was paid and what reservations say of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from clinic.domain.appointments.cancellations import RefundStatus
from console.audit.evidence import ACTIVE, Evidence, Findings
from console.output.bookings import RefundNote, RefundRow, ReservationRow

MADE = "made"
REFUSED = "refused"
# The provider may yet say what came of it.
UNSETTLED = "unsettled"
_FALLEN = {status.value for status in RefundStatus if not status.stands}


def check_refunds(evidence: Evidence) -> Findings:
    """I6: at most one refund a reservation, none above what was paid, and each as its reservation says."""
    standing = [refund for refund in evidence.refunds if refund.status not in _FALLEN]
    due = [row for row in evidence.reservations if _note(row) is not None]
    findings = Findings(checked=len(evidence.refunds) + len(due))
    of_reservation: dict[str | None, list[RefundRow]] = defaultdict(list)
    for refund in standing:
        of_reservation[refund.reservation_id].append(refund)
    _check_charges(evidence, standing, findings)
    _check_owners(evidence, of_reservation, findings)
    for row in due:
        _check_note(row, of_reservation[row.reservation_id], evidence, findings)
    return findings


def _note(row: ReservationRow) -> RefundNote | None:
    return row.cancellation.refund if row.cancellation is not None else None


def _check_charges(evidence: Evidence, standing: Sequence[RefundRow], findings: Findings) -> None:
    charges = {charge.charge_id: charge for charge in evidence.charges}
    of_charge: dict[str, list[RefundRow]] = defaultdict(list)
    for refund in standing:
        of_charge[refund.charge_id].append(refund)
    for charge_id, refunds in of_charge.items():
        charge = charges.get(charge_id)
        ids = [refund.refund_id for refund in refunds]
        if charge is None:
            findings.violated("refunded, but never paid", charge_id, *ids)
            continue
        if any(refund.currency != charge.currency for refund in refunds):
            findings.violated(f"paid in {charge.currency}, refunded in another currency", charge_id, *ids)
        total = sum((Decimal(refund.amount) for refund in refunds), Decimal())
        if total > Decimal(charge.amount):
            findings.violated(f"{total} refunded, of {charge.amount} {charge.currency} paid", charge_id, *ids)


def _check_owners(
    evidence: Evidence, of_reservation: Mapping[str | None, Sequence[RefundRow]], findings: Findings
) -> None:
    reservations = {row.reservation_id: row for row in evidence.reservations}
    for reservation_id, refunds in of_reservation.items():
        ids = [refund.refund_id for refund in refunds]
        if reservation_id is None:
            findings.violated("a refund that says no reservation", *ids)
            continue
        if len(refunds) > 1:
            findings.violated(f"refunded {len(refunds)} times", reservation_id, *ids)
        row = reservations.get(reservation_id)
        if row is None or row.status in ACTIVE:
            findings.violated("refunded, but not cancelled", reservation_id, *ids)
        elif _note(row) is None:
            findings.violated("refunded, but nothing was to be given back", reservation_id, *ids)


def _check_note(
    row: ReservationRow, refunds: Sequence[RefundRow], evidence: Evidence, findings: Findings
) -> None:
    note = _note(row)
    if note is None:
        return
    ids = [refund.refund_id for refund in refunds]
    if note.status == MADE:
        _check_made(row.reservation_id, note, refunds, findings)
    elif note.status == REFUSED:
        if refunds:
            findings.violated("its refund is said to be refused, but there is one", row.reservation_id, *ids)
    elif note.status != UNSETTLED and evidence.complete:
        findings.violated(f"its refund is still {note.status}", row.reservation_id, *ids)
    else:
        findings.open.append(row.reservation_id)


def _check_made(
    reservation_id: str, note: RefundNote, refunds: Sequence[RefundRow], findings: Findings
) -> None:
    if not refunds:
        findings.violated("its refund is said to be made, but there is none", reservation_id)
    for refund in refunds:
        if (Decimal(refund.amount), refund.currency) != (Decimal(note.amount or 0), note.currency):
            findings.violated(
                f"{refund.amount} {refund.currency} refunded instead of {note.amount} {note.currency}",
                reservation_id,
                refund.refund_id,
            )
        if note.refund_id is not None and refund.refund_id != note.refund_id:
            findings.violated("it says another refund's id", reservation_id, refund.refund_id)
