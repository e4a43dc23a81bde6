"""The steps that send a planned message or note that it could not be sent; every workflow has them."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clinic.contracts.steps.base import DeliveryResult, FailedIntent, IntentReference, PlannedNotice
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from clinic.domain.errors import DoctorNotToldError, InvalidStepInputError
from clinic.domain.messages.arrivals import is_beyond_reach
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.kinds import NoticeKind
from lambdas.runtime import Call

if TYPE_CHECKING:  # sending is loaded by the first step that sends
    from collections.abc import Iterable

    from clinic.services.messages.delivery import Delivery

DEFERRED = "deferred"
_SHORTEST_WAIT = timedelta(seconds=1)


def send_notice(call: Call) -> DeliveryResult:
    """Send a notice, if the ledger still wants it.

    Raises:
        DoctorNotToldError: a doctor gets no question by the channel, so that nobody would know of a request.
    """
    sent = deliver(call)
    if sent.kind == NoticeKind.REQUEST_DOCTOR and is_beyond_reach(sent):
        raise DoctorNotToldError(f"{sent.intent_id}: {sent.reason}")
    return sent


def record_notice_failure(call: Call) -> DeliveryResult:
    """Note that a notice's retries are used up."""
    return record_failure(call)


def planned_notices(intents: "Iterable[Intent]") -> tuple[PlannedNotice, ...]:
    """The notices a run has to deliver, in this order."""
    return tuple(PlannedNotice(intent_id=str(intent.id), kind=intent.kind) for intent in intents)


def ask_again_at(retry_at: datetime | None, now: datetime) -> str | None:
    """What a step answers that has to be called again then; None if it need not."""
    if retry_at is None:
        return None
    # Step Functions' clock may run ahead of this one: a retry in its past would spin.
    return instants.to_text(instants.ceil_to_second(max(retry_at, now + _SHORTEST_WAIT)))


def deliver(call: Call) -> DeliveryResult:
    """Send an intent's message, if the ledger still wants it."""
    reference = parse_step_input(IntentReference, call.input)
    delivery = call.application.delivery.deliver(_intent_id(reference), call.now, claim_id=call.request_id)
    return _result(delivery, call.now)


def record_failure(call: Call) -> DeliveryResult:
    """Note that an intent's retries are used up."""
    failed = parse_step_input(FailedIntent, call.input)
    delivery = call.application.delivery.record_failure(_intent_id(failed), failed.error, call.now)
    return _result(delivery, call.now)


def _intent_id(reference: IntentReference) -> IntentId:
    try:
        return IntentId.parse(reference.intent_id)
    except ValueError as error:
        raise InvalidStepInputError(f"intentId: {error}") from None


def _result(delivery: "Delivery", now: datetime) -> DeliveryResult:
    intent, retry_at = delivery.intent, ask_again_at(delivery.retry_at, now)
    return DeliveryResult(
        intent_id=str(intent.id),
        kind=intent.kind,
        status=DEFERRED if retry_at else intent.status.value,
        reason=intent.reason,
        retry_at=retry_at,
    )
