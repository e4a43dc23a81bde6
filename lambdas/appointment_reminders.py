"""The steps of ``appointment-reminders``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.contracts.steps.base import (
    AnnouncedConflict,
    ConflictOf,
    DeliveryResult,
    PlannedConfirmation,
    PlannedReminder,
    ReminderPlanResult,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from clinic.domain.messages.kinds import CONFIRMATION
from lambdas.messages import deliver, record_failure
from lambdas.runtime import Call, step_function


def plan_reminders(call: Call) -> ReminderPlanResult:
    """Validate the event and plan its messages."""
    event = ReceivedAppointmentCreated.parse(call.input)
    plan = call.application.planning.plan(event, call.run, call.now)
    confirmations = [intent for intent in plan.open_intents if intent.kind == CONFIRMATION]
    return ReminderPlanResult(
        reservation_id=plan.reservation.reservation_id,
        version=plan.reservation.version,
        outcome=plan.arrival.value,
        confirmation=PlannedConfirmation(intent_id=str(confirmations[0].id) if confirmations else None),
        reminders=tuple(
            PlannedReminder(
                intent_id=str(intent.id), kind=intent.kind, due_at=instants.to_text(intent.due_at)
            )
            for intent in plan.open_intents
            if intent.id.is_reminder
        ),
        has_conflict=plan.is_conflict_untold,
    )


def announce_conflict(call: Call) -> AnnouncedConflict:
    """Put it on the bus that the visit takes time which was taken."""
    reservation_id = parse_step_input(ConflictOf, call.input).reservation_id
    is_announced = call.application.conflict_telling.tell(reservation_id, call.now)
    return AnnouncedConflict(reservation_id=reservation_id, is_announced=is_announced)


def send_confirmation(call: Call) -> DeliveryResult:
    """Send the confirmation, if the ledger still wants it."""
    return deliver(call)


def record_confirmation_failure(call: Call) -> DeliveryResult:
    """Note that the confirmation's retries are used up."""
    return record_failure(call)


def send_reminder(call: Call) -> DeliveryResult:
    """Send a reminder, if the ledger still wants it."""
    return deliver(call)


def record_reminder_failure(call: Call) -> DeliveryResult:
    """Note that a reminder's retries are used up."""
    return record_failure(call)


handler = step_function(
    plan_reminders,
    announce_conflict,
    send_confirmation,
    record_confirmation_failure,
    send_reminder,
    record_reminder_failure,
)
