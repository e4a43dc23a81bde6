"""Who has to have been told, by how things stand at the end."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from clinic.contracts.events.prescriptions import PrescriptionCreated
from clinic.contracts.events.visits import AppointmentCompleted
from clinic.contracts.workflows import APPOINTMENT_REMINDERS
from clinic.domain.messages.intent import (
    prescription_subject,
    request_subject,
    reservation_subject,
)
from console.audit.evidence import Evidence, Findings, Publication
from console.audit.kinds import DOSE_PREFIX, Kind
from console.output.rows import ExecutionRow, MessageRow

ACCEPTED = frozenset({"sent", "delivered", "read"})

_A_DAY = timedelta(days=1)
FIRST_FOLLOW_UP = "follow_up_24h"
_TOLD_ALREADY = "told_with_cancellation"
_OF_MONEY = frozenset({Kind.CANCELLATION, Kind.REFUND_MADE})
_OF_REQUESTS = {"declined": Kind.REQUEST_DECLINED, "expired": Kind.REQUEST_EXPIRED}


def check_told(evidence: Evidence, findings: Findings) -> None:
    """A run that ended well has messages to show for it, and so has whatever else a patient must know."""
    planned = {(row.subject, row.kind) for row in evidence.messages}
    openings = {subject for subject, kind in planned if kind in {Kind.CONFIRMATION, Kind.RESCHEDULING}}
    for run in evidence.executions:
        wanted = run.workflow == APPOINTMENT_REMINDERS.name and run.status == "SUCCEEDED"
        if wanted and run.reservation_id in evidence.standing:
            subject = reservation_subject(run.reservation_id)
            if subject not in openings:
                findings.violated("its run ended well, but no message was planned", subject)
    _check_asked_after(evidence, findings)
    _check_refunds_named(evidence, findings)
    # What a run under way or one that can be retried has yet to say is no breach.
    unfinished = [run for run in evidence.executions if run.status != "SUCCEEDED"]
    excused = {s for run in unfinished for s in subjects_of(run)}
    excused |= {
        reservation_subject(evidence.reservation_called(run.reservation_id))
        for run in unfinished
        if run.reservation_id is not None
    }
    for subject, kind in _calls(evidence):
        if (subject, kind) not in planned and subject not in excused:
            findings.violated(f"nobody was told: no {kind} was planned", subject)


def _check_refunds_named(evidence: Evidence, findings: Findings) -> None:
    """Who gets money back reads how much, whenever it was given; nobody reads of money that was not."""
    naming = [row for row in evidence.messages if row.kind in _OF_MONEY and _names_an_amount(row)]
    named = {row.subject for row in naming if row.reason != _TOLD_ALREADY}
    at_first = {row.subject: row for row in naming if row.kind == Kind.CANCELLATION and _left_once(row)}
    for later in naming:
        first = at_first.get(later.subject)
        if later.kind == Kind.REFUND_MADE and later.status in ACCEPTED and first is not None:
            findings.violated("told of its refund twice", first.intent_id, later.intent_id)
    for row in evidence.reservations:
        subject = reservation_subject(row.reservation_id)
        refund = row.cancellation.refund if row.cancellation is not None else None
        is_made = refund is not None and refund.status == "made"
        if is_made and not row.is_placeholder and subject not in named:
            findings.violated("its refund is made, and no message names it", subject)
        if subject in named and not is_made:
            findings.violated("a message names a refund that was not made", subject)


def _names_an_amount(row: MessageRow) -> bool:
    return any(sign.isdigit() for sign in row.parameters.get("refund_amount", ""))


def _left_once(row: MessageRow) -> bool:
    """Whether WhatsApp took it at the first try, so that nobody had to guess."""
    return row.status in ACCEPTED and not row.failed_tries and row.times_accepted <= 1


def _check_asked_after(evidence: Evidence, findings: Findings) -> None:
    """A visit that took place has the follow-up that every visit has, a prescription its doses."""
    asked = {row.subject for row in evidence.messages if row.kind == FIRST_FOLLOW_UP}
    statuses = {row.reservation_id: row.status for row in evidence.reservations}
    for run in evidence.executions:
        subject = reservation_subject(run.reservation_id or "")
        came = run.detail_type == AppointmentCompleted.detail_type and run.status == "SUCCEEDED"
        if came and statuses.get(run.reservation_id or "") == "completed" and subject not in asked:
            findings.violated("the visit is over, but no follow-up was planned", subject)
    doses = {row.subject for row in evidence.messages if row.kind.startswith(DOSE_PREFIX)}
    active = {row.prescription_id for row in evidence.prescriptions if row.status == "active"}
    ended_well = {run.event_id for run in evidence.executions if run.status == "SUCCEEDED"}
    for event in evidence.publications:
        name = _begins_later(event)
        if name in active and event.event_id in ended_well and prescription_subject(name) not in doses:
            findings.violated("its run ended well, but no dose was planned", prescription_subject(name))


def _begins_later(event: Publication) -> str:
    """The prescription whose doses all lay ahead when it was published, whatever its zone; or nothing."""
    if event.detail_type != PrescriptionCreated.detail_type or not isinstance(event.detail, Mapping):
        return ""
    try:
        start = date.fromisoformat(str(event.detail.get("startDate"))[: len("2026-11-30")])
    except ValueError:
        return ""
    return str(event.detail.get("prescriptionId", "")) if start > event.at.date() + _A_DAY else ""


def subjects_of(run: ExecutionRow) -> Iterator[str]:
    """What a run is about, as messages name it."""
    if run.reservation_id is not None:
        yield reservation_subject(run.reservation_id)
    if run.request_id is not None:
        yield request_subject(run.request_id)
    if run.prescription_id is not None:
        yield prescription_subject(run.prescription_id)


def _calls(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for row in evidence.reservations:
        subject = reservation_subject(row.reservation_id)
        if row.is_placeholder:
            continue
        if row.opening == Kind.RESCHEDULING:
            yield subject, Kind.RESCHEDULING
        note = row.cancellation
        if note is not None and (row.appointment_time is None or note.at < row.appointment_time):
            yield subject, Kind.CANCELLATION
    for request in evidence.requests:
        if request.status in _OF_REQUESTS:
            yield request_subject(request.request_id), _OF_REQUESTS[request.status]
