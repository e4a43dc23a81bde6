"""Calls and answers of the steps of reschedulings."""

from clinic.contracts.fields import Identifier, Instant
from clinic.contracts.steps.base import PlannedNotice, StepModel


class ReschedulingResult(StepModel):
    """What `RescheduleAppointment` returns.

    Attributes:
        outcome: ``rescheduled``, ``already_rescheduled``, ``already_booked``, ``new_reservation_closed``,
            ``slot_not_available``, ``stale_event``, ``reservation_closed`` or ``unknown_reservation``.
        change_id: names what became of it, for the statistics.
        event_time: the event's (UTC with ``Z``).
        old_slot_released: whether the old time is given up, and the place with it if there was one.
        new_slot_reserved: whether the visit has a place in a slot kept here at its new time.
        runs: the ARNs of the runs that kept time for the old reminders.
        retry_at: the old reservation may still be under way: ask again then.
    """

    old_reservation_id: str
    new_reservation_id: str
    outcome: str
    change_id: str
    event_time: str
    old_slot_released: bool
    new_slot_reserved: bool
    runs: tuple[str, ...] = ()
    notices: tuple[PlannedNotice, ...] = ()
    retry_at: str | None = None


class MovedReservation(StepModel):
    """What `StartReminders` takes."""

    new_reservation_id: Identifier


class StartedReminders(StepModel):
    """What `StartReminders` returns: whether the reservation still stands."""

    new_reservation_id: str
    is_started: bool


class OldRuns(StepModel):
    """What `StopReminders` takes."""

    old_reservation_id: Identifier
    runs: tuple[str, ...]


class StoppedRuns(StepModel):
    """What `StopReminders` returns: how many of the runs still ran."""

    old_reservation_id: str
    stopped: int


class ReschedulingRecord(StepModel):
    """What `RecordRescheduling` takes."""

    old_reservation_id: Identifier
    new_reservation_id: Identifier
    outcome: str
    change_id: str
    event_time: Instant


class RecordedRescheduling(StepModel):
    """What `RecordRescheduling` returns."""

    change_id: str
