"""The steps of ``appointment-follow-up``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.visits import AppointmentCompleted, AppointmentNoShow, VisitEnd
from clinic.contracts.steps.base import DeliveryResult
from clinic.contracts.steps.follow_ups import FollowUpPlanResult, PlannedFollowUp, SkippedFollowUp
from clinic.domain import instants
from lambdas.messages import deliver, record_failure
from lambdas.runtime import Call, step_function


def plan_follow_ups(call: Call) -> FollowUpPlanResult:
    """Validate the event, close the reservation and plan its follow-ups."""
    event: Received[VisitEnd] = receive(call.input, AppointmentCompleted, AppointmentNoShow)
    plan = call.application.follow_ups.plan(event, call.run, call.now)
    return FollowUpPlanResult(
        reservation_id=plan.reservation.reservation_id,
        version=plan.reservation.version,
        outcome=plan.outcome.value,
        follow_ups=tuple(
            PlannedFollowUp(
                intent_id=str(intent.id), kind=intent.kind, due_at=instants.to_text(intent.due_at)
            )
            for intent in plan.open_intents
        ),
        skipped=tuple(
            SkippedFollowUp(kind=intent.kind, reason=intent.reason or "") for intent in plan.skipped
        ),
    )


def send_follow_up(call: Call) -> DeliveryResult:
    """Send a follow-up, if the ledger still wants it."""
    return deliver(call)


def record_follow_up_failure(call: Call) -> DeliveryResult:
    """Note that a follow-up's retries are used up."""
    return record_failure(call)


handler = step_function(plan_follow_ups, send_follow_up, record_follow_up_failure)
