"""The answer of two workflows' steps that have ended a request."""

from datetime import datetime

from clinic.contracts.steps.requests import ExpiredRequestResult
from clinic.services.requests.expiration import Expiration
from lambdas.messages import ask_again_at, planned_notices


def expired_request(request_id: str, expiration: Expiration, now: datetime) -> ExpiredRequestResult:
    """A step's answer."""
    return ExpiredRequestResult(
        request_id=request_id,
        outcome=expiration.outcome.value,
        is_released=expiration.is_released,
        notices=planned_notices(expiration.open_intents),
        retry_at=ask_again_at(expiration.retry_at, now),
    )
