"""What two workflows' steps answer when they have ended a request."""

from clinic.contracts.request_steps import ExpiredRequestResult
from clinic.domain import instants
from clinic.services.request_expiration import Expiration, ExpirationOutcome
from lambdas.messages import planned_notices


def expired_request(request_id: str, expiration: Expiration) -> ExpiredRequestResult:
    """A step's answer."""
    retry_at = expiration.retry_at
    return ExpiredRequestResult(
        request_id=request_id,
        outcome=expiration.outcome.value,
        is_released=expiration.outcome is ExpirationOutcome.EXPIRED,
        notices=planned_notices(expiration.open_intents),
        retry_at=instants.to_text(instants.ceil_to_second(retry_at)) if retry_at else None,
    )
