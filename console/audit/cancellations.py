"""I8: a cancellation whose run ended well has been carried out; one that was not has a run that failed.

What is cancelled goes by the reservation's id, or by that of the request that leads to it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.workflows import APPOINTMENT_CANCELLATION
from clinic.domain.messages.intent import request_subject, reservation_subject
from clinic.domain.requests.request import ClosedBecause
from console.audit.evidence import ACTIVE, Evidence, Findings, Publication
from console.audit.kinds import Kind
from console.output.bookings import RequestRow, ReservationRow
from console.output.rows import ExecutionRow


def check_cancellations(evidence: Evidence, findings: Findings) -> None:
    """What was cancelled stands no longer, and its patient is told; or the run that was to do it failed."""
    runs: dict[str | None, list[ExecutionRow]] = defaultdict(list)
    for run in evidence.executions:
        runs[run.event_id].append(run)
    for event, name in _cancellations(evidence):
        statuses = {run.status for run in runs[event.event_id]}
        if statuses == {"SUCCEEDED"}:
            _check_done(event, name, evidence, findings)
        if "RUNNING" not in statuses:
            _check_found(event, name, evidence, findings)


def _cancellations(evidence: Evidence) -> Iterator[tuple[Publication, str]]:
    for event in evidence.publications:
        if event.event_id is None or event.detail_type not in APPOINTMENT_CANCELLATION.detail_types:
            continue
        name = event.detail.get("reservationId") if isinstance(event.detail, Mapping) else None
        if isinstance(name, str):
            yield event, name


def _check_done(event: Publication, name: str, evidence: Evidence, findings: Findings) -> None:
    reservation_id = evidence.reservation_called(name)
    reservation = _reservation(reservation_id, evidence)
    requests = [row for row in evidence.requests if row.reservation_id == reservation_id]
    if reservation is None and not requests:
        findings.violated("its cancellation ended well, and nothing is known of it", name)
    elif reservation is not None and _stands(reservation, event):
        findings.violated("its cancellation ended well, and it still stands", reservation_id)
    for request in requests:
        _check_request(request, reservation, event, evidence, findings)


def _stands(reservation: ReservationRow, event: Publication) -> bool:
    begins = reservation.appointment_time
    # Where it has moved, its visit may have begun when it was to be cancelled.
    has_moved = reservation.version > 1 or reservation.opening == Kind.RESCHEDULING
    return reservation.status in ACTIVE and not has_moved and begins is not None and event.at < begins


def _check_request(
    request: RequestRow,
    reservation: ReservationRow | None,
    event: Publication,
    evidence: Evidence,
    findings: Findings,
) -> None:
    subject = reservation_subject(request.reservation_id)
    if request.status == "pending":
        findings.violated("its cancellation ended well, and the request still waits", request.request_id)
    if request.closed_because != ClosedBecause.RESERVATION_CANCELLED:
        return
    if not any(row.subject == subject and row.kind == Kind.CANCELLATION for row in evidence.messages):
        findings.violated("its request was withdrawn, and the patient is told nothing", subject)
    if not _was_asked(request, evidence) and any(
        row.subject == subject and row.kind == Kind.CANCELLATION_DOCTOR for row in evidence.messages
    ):
        findings.violated("a doctor is told that a request ended who was never asked", subject)
    note = reservation.cancellation if reservation is not None else None
    if _asks_for_money(event) and (note is None or note.refund is None):
        findings.violated("its request was withdrawn, and its refund is kept nowhere", request.reservation_id)


def _was_asked(request: RequestRow, evidence: Evidence) -> bool:
    """Whether the doctor can have heard of it: by the question, or since it was booked."""
    subject = request_subject(request.request_id)
    is_asked = any(
        row.subject == subject and row.kind == Kind.REQUEST_DOCTOR and row.status != "skipped"
        for row in evidence.messages
    )
    return is_asked or any(
        event.detail_type == AppointmentCreated.detail_type
        and isinstance(event.detail, Mapping)
        and event.detail.get("reservationId") == request.reservation_id
        for event in evidence.publications
    )


def _check_found(event: Publication, name: str, evidence: Evidence, findings: Findings) -> None:
    """What waits under a name for a booking has not been missed by it."""
    left = _reservation(name, evidence)
    if (
        left is None
        or not left.is_placeholder
        or left.cancellation is None
        or left.rescheduled_to is not None  # its request has been found
    ):
        return
    if missed := _meant(event, name, evidence.requests):
        findings.violated("cancelled, and its request never knew: nobody was told", name, missed.request_id)


def _meant(event: Publication, name: str, requests: Sequence[RequestRow]) -> RequestRow | None:
    by_reservation = next((row for row in requests if row.reservation_id == name), None)
    if by_reservation is not None or event.detail.get("patientPhone"):
        return by_reservation  # by its own id another patient's request is not meant
    return next((row for row in requests if row.request_id == name), None)


def _reservation(reservation_id: str, evidence: Evidence) -> ReservationRow | None:
    return next((row for row in evidence.reservations if row.reservation_id == reservation_id), None)


def _asks_for_money(event: Publication) -> bool:
    try:
        return Decimal(str(event.detail.get("refundAmount") or 0)) > 0
    except InvalidOperation:
        return False
