"""The steps of ``appointment-cancellation``, in the order the workflow runs them."""

from typing import TYPE_CHECKING

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.appointment_changes import ReservationCancelled
from clinic.contracts.events.base import receive
from clinic.contracts.steps.cancellation import (
    CancellationReport,
    CancellationResult,
    CancelledReservation,
    FailedRefund,
    HandledCancellation,
    RefundResult,
    StoppedReminders,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from lambdas.messages import planned_notices, record_notice_failure, send_notice
from lambdas.runtime import Call, step_function
from lambdas.unfinished import report_unfinished

if TYPE_CHECKING:  # refunding is loaded by the first step that refunds
    from clinic.services.appointments.refunding import RefundStanding


def cancel_reservation(call: Call) -> CancellationResult:
    """Validate the event, cancel the reservation and free its place."""
    event = receive(call.input, ReservationCancelled)
    plan = call.application.cancelling.cancel(event, call.now)
    retry_at = plan.retry_at
    return CancellationResult(
        reservation_id=plan.reservation_id,
        outcome=plan.outcome.value,
        is_refund_due=plan.is_refund_due,
        has_runs=bool(plan.runs),
        notices=planned_notices(plan.open_notices),
        retry_at=instants.to_text(instants.ceil_to_second(retry_at)) if retry_at else None,
    )


def refund_payment(call: Call) -> RefundResult:
    """Give back what is due, and plan the patient's notice with what became of it."""
    reservation_id = parse_step_input(CancelledReservation, call.input).reservation_id
    return _refund_result(reservation_id, call.application.refunding.refund(reservation_id, call.now))


def record_refund_failure(call: Call) -> RefundResult:
    """Note that the refund's retries are used up, and plan the patient's notice all the same."""
    failed = parse_step_input(FailedRefund, call.input)
    standing = call.application.refunding.record_failure(failed.reservation_id, failed.error, call.now)
    return _refund_result(failed.reservation_id, standing)


def stop_reminders(call: Call) -> StoppedReminders:
    """Stop the runs that wait for its reminders; if they went on, they would find nothing to send."""
    reservation_id = parse_step_input(CancelledReservation, call.input).reservation_id
    stopped = call.application.cancellation_completion.stop_reminders(reservation_id, call.now)
    return StoppedReminders(reservation_id=reservation_id, runs_stopped=stopped)


def record_cancellation(call: Call) -> CancellationReport:
    """Count the cancellation, and say what is true at the end."""
    handled = parse_step_input(HandledCancellation, call.input)
    account = call.application.cancellation_completion.record(handled.reservation_id)
    left = account.left_undone
    return CancellationReport(
        reservation_id=handled.reservation_id,
        outcome=handled.outcome,
        slot_released=account.slot_released,
        patient_notified=account.patient_notified,
        doctor_notified=account.doctor_notified,
        refund_processed=account.refund_processed,
        reminders_cancelled=account.reminders_cancelled,
        refund=account.refund,
        unfinished=type(left).__name__ if left is not None else None,
        unfinished_reason=str(left) if left is not None else None,
    )


def _refund_result(reservation_id: str, standing: "RefundStanding") -> RefundResult:
    refund = standing.refund
    return RefundResult(
        reservation_id=reservation_id,
        status=refund.progress.value,
        reason=refund.reason,
        notices=planned_notices(standing.open_notices),
    )


handler = step_function(
    cancel_reservation,
    refund_payment,
    record_refund_failure,
    send_notice,
    record_notice_failure,
    stop_reminders,
    record_cancellation,
    report_unfinished,
)
