"""The steps of ``appointment-reminders``, in the order the workflow runs them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events import ReceivedAppointmentCreated
from clinic.contracts.steps import (
    DeliveryResult,
    FailedIntent,
    IntentReference,
    PlannedConfirmation,
    PlannedReminder,
    ReminderPlanResult,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from clinic.domain.errors import InvalidStepInputError
from clinic.domain.intents import IntentId
from clinic.domain.reminders import CONFIRMATION
from lambdas.runtime import Call, step_function

if TYPE_CHECKING:  # sending is loaded by the first step that sends
    from clinic.services.delivery import Delivery

DEFERRED = "deferred"
_SHORTEST_WAIT = timedelta(seconds=1)


def plan_reminders(call: Call) -> ReminderPlanResult:
    """Validate the event and plan its messages."""
    event = ReceivedAppointmentCreated.parse(call.input)
    plan = call.application.planning.plan(event, call.now)
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
            if intent.kind != CONFIRMATION
        ),
    )


def send_confirmation(call: Call) -> DeliveryResult:
    """Send the confirmation, if the ledger still wants it."""
    return _deliver(call)


def record_confirmation_failure(call: Call) -> DeliveryResult:
    """Note that the confirmation's retries are used up."""
    return _record_failure(call)


def send_reminder(call: Call) -> DeliveryResult:
    """Send a reminder, if the ledger still wants it."""
    return _deliver(call)


def record_reminder_failure(call: Call) -> DeliveryResult:
    """Note that a reminder's retries are used up."""
    return _record_failure(call)


def _deliver(call: Call) -> DeliveryResult:
    reference = parse_step_input(IntentReference, call.input)
    delivery = call.application.delivery.deliver(_intent_id(reference), call.now, claim_id=call.request_id)
    return _result(delivery, call.now)


def _record_failure(call: Call) -> DeliveryResult:
    failed = parse_step_input(FailedIntent, call.input)
    delivery = call.application.delivery.record_failure(_intent_id(failed), failed.error, call.now)
    return _result(delivery, call.now)


def _intent_id(reference: IntentReference) -> IntentId:
    try:
        return IntentId.parse(reference.intent_id)
    except ValueError as error:
        raise InvalidStepInputError(f"intentId: {error}") from None


def _result(delivery: "Delivery", now: datetime) -> DeliveryResult:
    intent, retry_at = delivery.intent, delivery.retry_at
    if retry_at is not None:
        # Step Functions' clock may run ahead of this one: a retry in its past would spin.
        retry_at = instants.ceil_to_second(max(retry_at, now + _SHORTEST_WAIT))
    return DeliveryResult(
        intent_id=str(intent.id),
        kind=intent.kind,
        status=DEFERRED if retry_at else intent.status.value,
        reason=intent.reason,
        retry_at=instants.to_text(retry_at) if retry_at else None,
    )


handler = step_function(
    plan_reminders,
    send_confirmation,
    record_confirmation_failure,
    send_reminder,
    record_reminder_failure,
)
