"""Who has to have been told, by how things stand at the end."""

from collections.abc import Iterator

from clinic.contracts.workflows import APPOINTMENT_REMINDERS
from clinic.domain.intents import request_subject, reservation_subject
from clinic.domain.notices import NoticeKind
from clinic.domain.reminders import CONFIRMATION
from console.audit.evidence import Evidence, Findings
from console.output.rows import ExecutionRow

_OF_REQUESTS = {"declined": NoticeKind.REQUEST_DECLINED, "expired": NoticeKind.REQUEST_EXPIRED}


def check_told(evidence: Evidence, findings: Findings) -> None:
    """A run that ended well has messages to show for it, and so has whatever else a patient must know."""
    planned = {(row.subject, row.kind) for row in evidence.messages}
    openings = {subject for subject, kind in planned if kind in {CONFIRMATION, NoticeKind.RESCHEDULING}}
    for run in evidence.executions:
        wanted = run.workflow == APPOINTMENT_REMINDERS.name and run.status == "SUCCEEDED"
        if wanted and run.reservation_id in evidence.standing:
            subject = reservation_subject(run.reservation_id)
            if subject not in openings:
                findings.violated("its run ended well, but no message was planned", subject)
    # What a run under way or one that can be retried has yet to say is no breach.
    excused = {s for run in evidence.executions if run.status != "SUCCEEDED" for s in subjects_of(run)}
    for subject, kind in _calls(evidence):
        if (subject, kind) not in planned and subject not in excused:
            findings.violated(f"nobody was told: no {kind} was planned", subject)


def subjects_of(run: ExecutionRow) -> Iterator[str]:
    """What a run is about, as messages name it."""
    if run.reservation_id is not None:
        yield reservation_subject(run.reservation_id)
    if run.request_id is not None:
        yield request_subject(run.request_id)


def _calls(evidence: Evidence) -> Iterator[tuple[str, str]]:
    for row in evidence.reservations:
        subject = reservation_subject(row.reservation_id)
        if row.is_placeholder:
            continue
        if row.opening == NoticeKind.RESCHEDULING:
            yield subject, NoticeKind.RESCHEDULING
        note = row.cancellation
        if note is not None and (row.appointment_time is None or note.at < row.appointment_time):
            yield subject, NoticeKind.CANCELLATION
    for request in evidence.requests:
        if request.status in _OF_REQUESTS:
            yield request_subject(request.request_id), _OF_REQUESTS[request.status]
