"""Runs that were stopped on purpose: what they waited for will not come any more."""

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, MEDICATION_REMINDERS, RESERVATION_REQUESTS
from console.audit.evidence import ACTIVE, Evidence
from console.output.rows import ExecutionRow


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
