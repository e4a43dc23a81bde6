"""The steps of ``reservation-requests``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import receive
from clinic.contracts.events.requests import ReservationRequested
from clinic.contracts.steps.requests import ExpiryAnnouncement, HeldSlotResult, RequestReference
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from lambdas.messages import planned_notices, record_notice_failure, send_notice
from lambdas.runtime import Call, step_function
from lambdas.unfinished import report_unfinished


def hold_slot(call: Call) -> HeldSlotResult:
    """Validate the request, hold its slot and plan the question to the doctor."""
    event = receive(call.input, ReservationRequested)
    plan = call.application.requests.receive(event, call.run, call.now)
    return HeldSlotResult(
        request_id=plan.request.request_id,
        outcome=plan.outcome.value,
        is_pending=plan.request.is_pending,
        expires_at=instants.to_text(plan.request.expires_at),
        notices=planned_notices(plan.open_intents),
    )


def announce_expiry(call: Call) -> ExpiryAnnouncement:
    """Say on the bus that the time is up, if nobody has answered."""
    request_id = parse_step_input(RequestReference, call.input).request_id
    is_announced = call.application.requests.announce_expiry(request_id, call.now)
    return ExpiryAnnouncement(request_id=request_id, is_announced=is_announced)


handler = step_function(hold_slot, send_notice, record_notice_failure, announce_expiry, report_unfinished)
