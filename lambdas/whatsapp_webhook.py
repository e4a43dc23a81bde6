"""WhatsApp calls this: to verify the address, and to say what became of messages and what people write."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler.api_gateway import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.typing import LambdaContext

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.endpoints import WHATSAPP_WEBHOOK
from clinic.contracts.whatsapp_webhook import LARGEST_BODY, parse_notification
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    PassingError,
    UnreadableNotificationError,
)
from clinic.domain.signatures import is_same, is_signed, is_well_formed
from lambdas import cold_start
from lambdas.http_body import is_larger, raw_body
from lambdas.runtime import LogEvent, application, describe, describe_fault, entered_at

logger = Logger()
app = APIGatewayHttpResolver()
_PATH = (
    f"{WHATSAPP_WEBHOOK.path}/<_key>"  # which key is right, the API's routes know: no other call comes here
)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one call of the HTTP API."""
    app.context["now"] = entered_at()
    try:
        return app.resolve(event, context)
    finally:
        cold_start.end()


@app.get(_PATH)
def verify(_key: str) -> Response[str]:
    """Give Meta its challenge back, if it knows the verify token."""
    query = app.current_event.query_string_parameters
    knows_token = is_same(query.get("hub.verify_token"), application().webhook_secret.verify_token())
    if query.get("hub.mode") != "subscribe" or not knows_token:
        return _refused(HTTPStatus.FORBIDDEN)
    return _answer(HTTPStatus.OK, query.get("hub.challenge", ""))


@app.post(_PATH)
def receive(_key: str) -> Response[str]:
    """Take a notification, if Meta has signed it."""
    event = app.current_event.raw_event
    if is_larger(event, LARGEST_BODY):
        return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    signature = app.current_event.headers.get("x-hub-signature-256")
    if not is_well_formed(signature):  # a stranger's flood costs neither a secret nor a store
        return _refused(HTTPStatus.UNAUTHORIZED)
    body = raw_body(event)
    if body is None or not is_signed(body, signature, application().webhook_secret.app_secret()):
        return _refused(HTTPStatus.UNAUTHORIZED)
    try:
        notification = parse_notification(body, application().settings.whatsapp_phone_number_id)
    except UnreadableNotificationError:
        return _refused(HTTPStatus.BAD_REQUEST)
    tally = application().notifications.take(notification, app.context["now"])
    logger.info(LogEvent.CALL_TAKEN, extra=asdict(tally))
    return _answer(HTTPStatus.OK)


@app.not_found
def not_found(_error: Exception) -> Response[str]:
    """Another path or method."""
    return _refused(HTTPStatus.NOT_FOUND)


def unavailable(error: CitasError) -> Response[str]:
    """It may work later, or once an operator has acted: Meta calls again, for days."""
    logger.warning(LogEvent.CALL_FAILED, extra={"error": describe(error)})
    return _answer(HTTPStatus.SERVICE_UNAVAILABLE)


def fault(error: Exception) -> Response[str]:
    """A fault in Citas itself: its text may quote a number, so its kind and place are all that is told."""
    logger.error(LogEvent.CALL_FAILED, extra={"error": describe_fault(error)})
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR)


app.exception_handler([PassingError, ConfigurationError])(unavailable)
app.exception_handler(Exception)(fault)


def _refused(status: HTTPStatus) -> Response[str]:
    logger.warning(LogEvent.CALL_REFUSED, extra={"status": status.value})
    return _answer(status)


def _answer(status: HTTPStatus, body: str | None = None) -> Response[str]:
    return Response(
        status_code=status.value,
        content_type="text/plain; charset=utf-8",
        body=status.phrase if body is None else body,
        headers={"X-Content-Type-Options": "nosniff"},
    )
