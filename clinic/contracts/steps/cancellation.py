"""Calls and answers of the steps of cancellations."""

from clinic.contracts.fields import Identifier
from clinic.contracts.steps.base import PlannedNotice, StepModel


class CancelledReservation(StepModel):
    """A step input that names one reservation."""

    reservation_id: Identifier


class FailedRefund(CancelledReservation):
    """A step input that names a reservation and the error that ended its refund's retries."""

    error: str


class HandledCancellation(CancelledReservation):
    """What `RecordCancellation` takes: the reservation, and what the event came to."""

    outcome: str


class CancellationResult(StepModel):
    """What `CancelReservation` returns.

    Attributes:
        outcome: ``cancelled``, ``already_cancelled``, ``request_withdrawn``, ``reservation_closed`` (its
            request is over already) or ``unknown_reservation``.
        is_refund_due: whether money is to go back.
        has_runs: whether runs may still keep time for its reminders.
        retry_at: its booking may still be under way: ask again then.
    """

    reservation_id: str
    outcome: str
    is_refund_due: bool = False
    has_runs: bool = False
    notices: tuple[PlannedNotice, ...] = ()
    retry_at: str | None = None


class RefundResult(StepModel):
    """What `RefundPayment` and `RecordRefundFailure` return.

    Attributes:
        status: ``made``, ``refused`` or ``unsettled``.
        reason: why, unless it was made.
    """

    reservation_id: str
    status: str
    reason: str | None = None
    notices: tuple[PlannedNotice, ...] = ()


class StoppedReminders(StepModel):
    """What `StopReminders` returns: how many runs there were to stop."""

    reservation_id: str
    runs_stopped: int


class CancellationReport(StepModel):
    """What `RecordCancellation` returns: what is true at the end, by the records.

    Attributes:
        slot_released: its place in a slot kept here is free for others.
        patient_notified, doctor_notified: WhatsApp accepted the notice.
        refund_processed: the payment provider accepted the refund.
        reminders_cancelled: it is cancelled, and no message that follows it can leave any more.
        refund: how far its refund has come, or ``none``.
        unfinished, unfinished_reason: the error that the run ends with, if something that was asked for is
            not done, and why.
    """

    reservation_id: str
    outcome: str
    slot_released: bool
    patient_notified: bool
    doctor_notified: bool
    refund_processed: bool
    reminders_cancelled: bool
    refund: str
    unfinished: str | None = None
    unfinished_reason: str | None = None
