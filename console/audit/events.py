"""I8: what was accepted on the bus ends in a finished run, a failed run, or a dead-letter queue.

An event that Citas put there itself counts like any other. A run that a schedule started belongs to no event;
it may still wait for its next hour when all else is done.
"""

from collections import defaultdict

from clinic.contracts.events.appointment_changes import FOR_OTHERS
from clinic.contracts.workflows import APPOINTMENT_REMINDERS, MEDICATION_REMINDERS, RESERVATION_REQUESTS
from clinic.domain.instants import to_text
from console.audit.cancellations import check_cancellations
from console.audit.evidence import ACTIVE, Evidence, Findings, Publication
from console.output.rows import ExecutionRow, FailedEventRow

RUNNING = "RUNNING"
SUCCEEDED = "SUCCEEDED"


def check_events(evidence: Evidence) -> Findings:
    """I8, by the bus's own event ids in the runs' inputs and in the dead-letter queues."""
    findings = Findings(checked=len(evidence.publications))
    runs: dict[str | None, list[ExecutionRow]] = defaultdict(list)
    for run in evidence.executions:
        runs[run.event_id].append(run)
    listed: dict[str | None, list[FailedEventRow]] = defaultdict(list)
    for row in evidence.events_failed:
        listed[row.event_id].append(row)
        if not row.reason:
            findings.violated("failed without a reason", row.event_id or f"line {row.line}")
    refused_lines = {row.line for row in evidence.events_failed if row.where == "refused"}

    for_others = {model.detail_type for model in FOR_OTHERS}
    for event in evidence.publications:
        name = event.name
        if event.event_id is None:
            if event.line not in refused_lines:
                findings.violated("refused by the bus, but not among the failed events", name)
            continue
        failures = listed[event.event_id]
        if event.detail_type in for_others and event.line is None:
            continue  # Citas put it there for whoever wants it
        if not runs[event.event_id] and not any(row.where == "dlq" for row in failures):
            _judge_missing(event, evidence, findings)
        for run in runs[event.event_id]:
            _judge_run(run, event, failures, evidence, findings)
    check_cancellations(evidence, findings)
    return findings


def _judge_missing(event: Publication, evidence: Evidence, findings: Findings) -> None:
    expected = event.expected_by or event.at
    if not evidence.complete and expected >= evidence.end:
        findings.open.append(event.name)
    else:
        findings.violated(
            f"{event.detail_type} was accepted {to_text(event.at)}, and is in no run and no DLQ",
            event.name,
            event.event_id or "",
        )


def _judge_run(
    run: ExecutionRow,
    event: Publication,
    failures: list[FailedEventRow],
    evidence: Evidence,
    findings: Findings,
) -> None:
    if run.status == RUNNING:
        if evidence.complete:
            findings.violated("its run never ended", event.name, run.name)
        else:
            findings.open.append(event.name)
        return
    is_listed = any(row.where == "execution" for row in failures)
    if run.status != SUCCEEDED and not is_listed and not stopped_on_purpose(run, evidence):
        findings.violated("its run failed, but it is not among the failed events", event.name, run.name)


def stopped_on_purpose(run: ExecutionRow, evidence: Evidence) -> bool:
    """Whether a run was stopped with a reason, and had nothing left to do.

    A run of reminders has nothing left to do once its reservation is closed or has moved, a run that waits
    for an answer once its request has one, a run of doses once its prescription is stopped or has changed.
    """
    if run.status != "ABORTED" or not (run.cause or run.error):
        return False
    if run.workflow == APPOINTMENT_REMINDERS.name:
        return any(
            row.reservation_id == run.reservation_id and (row.status not in ACTIVE or row.version > 1)
            for row in evidence.reservations
        )
    if run.workflow == RESERVATION_REQUESTS.name:
        return any(row.request_id == run.request_id and row.status != "pending" for row in evidence.requests)
    if run.workflow == MEDICATION_REMINDERS.name:
        return any(run.name in row.earlier_runs for row in evidence.prescriptions)
    return False
