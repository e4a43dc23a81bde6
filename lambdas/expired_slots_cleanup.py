"""The steps of ``expired-slots-cleanup``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import receive
from clinic.contracts.events.slots import SlotCleanupExpired
from clinic.contracts.steps.requests import (
    CleanupReport,
    ExpiredRequestResult,
    OverdueRequests,
    RequestReference,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from lambdas.expiration import expired_request
from lambdas.runtime import Call, step_function
from lambdas.unfinished import report_unfinished


def find_expired_requests(call: Call) -> OverdueRequests:
    """Validate the event and find what is left over."""
    event = receive(call.input, SlotCleanupExpired)
    asked = event.detail
    found = call.application.slot_cleanup.find(asked.profile_id, asked.cleanup_date, call.now)
    return OverdueRequests(
        profile_id=asked.profile_id,
        cleanup_date=asked.cleanup_date.isoformat(),
        event_time=instants.to_text(event.event_time),
        requests=tuple(RequestReference(request_id=request_id) for request_id in found),
    )


def expire_request(call: Call) -> ExpiredRequestResult:
    """End one request and free its slot."""
    request_id = parse_step_input(RequestReference, call.input).request_id
    expiration = call.application.slot_cleanup.expire(request_id, call.run, call.now)
    return expired_request(request_id, expiration, call.now)


def record_cleanup(call: Call) -> CleanupReport:
    """Keep a record of the night's cleanup."""
    report = parse_step_input(CleanupReport, call.input)
    call.application.slot_cleanup.record(
        report.profile_id,
        report.cleanup_date,
        report.event_time,
        cleaned=report.slots_cleaned,
        failed=report.slots_failed,
    )
    return report


handler = step_function(find_expired_requests, expire_request, record_cleanup, report_unfinished)
