"""The steps of ``appointment-rescheduling``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.appointment_changes import AppointmentRescheduled
from clinic.contracts.events.base import receive
from clinic.contracts.steps.rescheduling import (
    MovedReservation,
    OldRuns,
    RecordedRescheduling,
    ReschedulingRecord,
    ReschedulingResult,
    StartedReminders,
    StoppedRuns,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from lambdas.messages import planned_notices, record_notice_failure, send_notice
from lambdas.runtime import Call, step_function


def reschedule_appointment(call: Call) -> ReschedulingResult:
    """Validate the event, give the old place up for the new one, and plan the messages."""
    event = receive(call.input, AppointmentRescheduled)
    plan = call.application.rescheduling.reschedule(event, call.now)
    retry_at = plan.retry_at
    return ReschedulingResult(
        old_reservation_id=plan.old_reservation_id,
        new_reservation_id=plan.new_reservation_id,
        outcome=plan.outcome.value,
        change_id=plan.change_id,
        event_time=instants.to_text(event.event_time),
        old_slot_released=plan.has_moved,
        new_slot_reserved=plan.has_moved and plan.has_new_place,
        runs=tuple(sorted(plan.runs)),
        notices=planned_notices(plan.open_notices),
        retry_at=instants.to_text(instants.ceil_to_second(retry_at)) if retry_at else None,
    )


def start_reminders(call: Call) -> StartedReminders:
    """Put the moved appointment on the bus: a run of its own keeps time for its reminders."""
    reservation_id = parse_step_input(MovedReservation, call.input).new_reservation_id
    is_started = call.application.rescheduling_completion.start_reminders(reservation_id)
    return StartedReminders(new_reservation_id=reservation_id, is_started=is_started)


def stop_reminders(call: Call) -> StoppedRuns:
    """Stop the runs that wait for the old reminders; if they went on, they would find nothing to send."""
    old = parse_step_input(OldRuns, call.input)
    stopped = call.application.rescheduling_completion.stop_reminders(
        old.old_reservation_id, old.runs, call.now
    )
    return StoppedRuns(old_reservation_id=old.old_reservation_id, stopped=stopped)


def record_rescheduling(call: Call) -> RecordedRescheduling:
    """Count what became of the rescheduling."""
    done = parse_step_input(ReschedulingRecord, call.input)
    call.application.rescheduling_completion.record(
        done.change_id, done.outcome, done.old_reservation_id, done.new_reservation_id, done.event_time
    )
    return RecordedRescheduling(change_id=done.change_id)


handler = step_function(
    reschedule_appointment,
    start_reminders,
    stop_reminders,
    record_rescheduling,
    send_notice,
    record_notice_failure,
)
