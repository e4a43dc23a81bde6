"""The steps of ``request-expiration``, in the order the workflow runs them."""

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import receive
from clinic.contracts.events.requests import RequestExpired
from clinic.contracts.steps.requests import ExpiredRequestResult, RecordedExpiration, RequestReference
from clinic.contracts.validation import parse_step_input
from lambdas.expiration import expired_request
from lambdas.messages import record_notice_failure, send_notice
from lambdas.runtime import Call, step_function


def expire_request(call: Call) -> ExpiredRequestResult:
    """Validate the event, end the request and free its slot."""
    event = receive(call.input, RequestExpired)
    request_id = event.detail.request_id
    expiration = call.application.request_expiration.expire(
        request_id, call.run, call.now, said_at=event.event_time
    )
    return expired_request(request_id, expiration, call.now)


def record_expiration(call: Call) -> RecordedExpiration:
    """Keep a record of it."""
    request_id = parse_step_input(RequestReference, call.input).request_id
    call.application.request_expiration.record(request_id)
    return RecordedExpiration(request_id=request_id)


handler = step_function(expire_request, record_expiration, send_notice, record_notice_failure)
