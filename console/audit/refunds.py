"""I6: the payments simulator's record, held against what was paid and what reservations say of it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from clinic.contracts.events.appointment_changes import AppointmentRescheduled
from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.requests import ReservationRequested
from clinic.domain.appointments.cancellations import RefundStatus
from console.audit.evidence import ACTIVE, Evidence, Findings
from console.output.bookings import RefundNote, RefundRow, ReservationRow

MADE = "made"
REFUSED = "refused"
# The provider may yet say what came of it.
UNSETTLED = "unsettled"
_BOOKINGS = {AppointmentCreated.detail_type, ReservationRequested.detail_type}
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
    _check_payers(evidence, standing, findings)
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


def _check_payers(evidence: Evidence, standing: Sequence[RefundRow], findings: Findings) -> None:
    """What one booking says was paid for it goes back for no other one."""
    payers = _payers(evidence)
    for refund in standing:
        paid_for = payers.get(refund.charge_id)
        if paid_for and refund.reservation_id is not None and refund.reservation_id not in paid_for:
            detail = f"refunded what was paid for {', '.join(sorted(paid_for))}"
            findings.violated(detail, refund.reservation_id, refund.refund_id)


def _payers(evidence: Evidence) -> dict[str, set[str]]:
    """The reservations for which each charge was paid: the booked ones, and what they were moved to."""
    payers: dict[str, set[str]] = defaultdict(set)
    # In the order of time, since a move follows its booking.
    for event in sorted(evidence.publications, key=lambda it: it.at):
        detail = event.detail if isinstance(event.detail, dict) else {}
        name = detail.get("reservationId") or detail.get("requestId")
        if event.detail_type in _BOOKINGS and name is not None and detail.get("chargeId") is not None:
            payers[str(detail["chargeId"])] |= {str(name), evidence.reservation_called(str(name))}
        elif event.detail_type == AppointmentRescheduled.detail_type:
            for reservations in payers.values():
                if detail.get("oldReservationId") in reservations:
                    reservations.add(str(detail.get("newReservationId") or detail["oldReservationId"]))
    return payers


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
