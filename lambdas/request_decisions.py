"""The steps of ``request-decisions``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.requests import ReservationApproved, ReservationDeclined
from clinic.contracts.steps.requests import (
    AnnouncedAppointment,
    DecisionResult,
    RequestReference,
    StoppedRun,
)
from clinic.contracts.validation import parse_step_input
from lambdas.messages import ask_again_at, planned_notices, record_notice_failure, send_notice
from lambdas.runtime import Call, step_function


def apply_decision(call: Call) -> DecisionResult:
    """Validate the doctor's answer and book or free the slot."""
    event: Received[ReservationApproved | ReservationDeclined] = receive(
        call.input, ReservationApproved, ReservationDeclined
    )
    decision = call.application.request_decisions.decide(event, call.now)
    return DecisionResult(
        request_id=event.detail.request_id,
        outcome=decision.outcome.value,
        is_booked=decision.is_booked,
        notices=planned_notices(decision.open_intents),
        retry_at=ask_again_at(decision.retry_at, call.now),
    )


def announce_appointment(call: Call) -> AnnouncedAppointment:
    """Put the appointment that was approved on the bus; its own workflow takes it from there."""
    request_id = parse_step_input(RequestReference, call.input).request_id
    is_announced = call.application.request_decisions.announce(request_id)
    return AnnouncedAppointment(request_id=request_id, is_announced=is_announced)


def stop_waiting(call: Call) -> StoppedRun:
    """Stop the run that waits for the answer; if it went on, it would find nothing to do."""
    request_id = parse_step_input(RequestReference, call.input).request_id
    is_stopped = call.application.request_decisions.stop_waiting(request_id, call.now)
    return StoppedRun(request_id=request_id, is_stopped=is_stopped)


handler = step_function(
    apply_decision, announce_appointment, stop_waiting, send_notice, record_notice_failure
)
