"""Calls and answers of the steps of requests."""

from clinic.contracts.fields import CalendarDate, Identifier, Instant
from clinic.contracts.steps.base import PlannedNotice, StepModel


class RequestReference(StepModel):
    """A step input that names one request."""

    request_id: Identifier


class HeldSlotResult(StepModel):
    """What `HoldSlot` returns.

    Attributes:
        outcome: ``held``, ``already_received``, ``slot_not_available``, ``expired_on_arrival``,
            ``already_booked`` or ``reservation_cancelled``.
        is_pending: whether an answer is awaited.
        expires_at: until when (UTC with ``Z``).
    """

    request_id: str
    outcome: str
    is_pending: bool
    expires_at: str
    notices: tuple[PlannedNotice, ...] = ()


class ExpiryAnnouncement(StepModel):
    """What `AnnounceExpiry` returns: whether nobody had answered."""

    request_id: str
    is_announced: bool


class DecisionResult(StepModel):
    """What `ApplyDecision` returns.

    Attributes:
        outcome: ``approved``, ``declined``, ``already_approved``, ``already_closed``, ``too_late``,
            ``reservation_cancelled`` or ``unknown_request``.
        is_booked: whether the appointment stands and is to be announced.
        retry_at: the request may still be under way: ask again then.
    """

    request_id: str
    outcome: str
    is_booked: bool = False
    notices: tuple[PlannedNotice, ...] = ()
    retry_at: str | None = None


class AnnouncedAppointment(StepModel):
    """What `AnnounceAppointment` returns: whether the appointment still stands as it was approved."""

    request_id: str
    is_announced: bool


class StoppedRun(StepModel):
    """What `StopWaiting` returns: whether there was a run to stop."""

    request_id: str
    is_stopped: bool


class ExpiredRequestResult(StepModel):
    """What `ExpireRequest` returns.

    Attributes:
        outcome: ``expired``, ``already_expired``, ``already_approved``, ``already_closed``,
            ``reservation_cancelled``, ``not_yet_due`` or ``unknown_request``.
        is_released: whether this run freed the slot.
        retry_at: it is too early: ask again then.
    """

    request_id: str
    outcome: str
    is_released: bool
    notices: tuple[PlannedNotice, ...] = ()
    retry_at: str | None = None


class RecordedExpiration(StepModel):
    """What `RecordExpiration` returns."""

    request_id: str


class OverdueRequests(StepModel):
    """What `FindExpiredRequests` returns; ``event_time`` is the event's (UTC with ``Z``)."""

    profile_id: str
    cleanup_date: str
    event_time: str
    requests: tuple[RequestReference, ...]


class CleanupReport(StepModel):
    """What `RecordCleanup` takes and returns: the true counts of a night's cleanup."""

    profile_id: Identifier
    cleanup_date: CalendarDate
    event_time: Instant
    slots_cleaned: int
    slots_failed: int
