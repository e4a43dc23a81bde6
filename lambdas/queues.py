"""Every function that a queue feeds, and that nobody waits for, shares this."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from clinic.bootstrap.application import Application, bootstrap
from clinic.contracts.settings import Settings
from clinic.domain.errors import CitasError, InvalidEventError, UnexpectedStepError
from lambdas import cold_start
from lambdas.runtime import describe, describe_fault, entered_at

# What the slowest event may take: two questions that are not answered, and a table that is slow. One that is
# begun later would be cut off by the function's time-out, and every other of the batch repeated with it.
_LONGEST_MILLISECONDS = 15_000


class QueueLog(StrEnum):
    """The log lines such a function writes; ids only."""

    EVENT_HANDLED = "event_handled"
    EVENT_FAILED = "event_failed"
    EVENT_PUT_OFF = "event_put_off"


@dataclass(frozen=True)
class QueuedEvent:
    """One event out of a batch.

    Attributes:
        event: as EventBridge put it into the queue.
        now: the instant at which the function was entered: the one reading of the clock.
        application: the use cases.
    """

    event: Any
    now: datetime
    application: Application


@dataclass(frozen=True)
class QueueFunction:
    """A Lambda function that handles a batch of events, each by itself.

    The queue hands over again what failed, and only that; after so many times it goes to the dead letters. Of
    those the log says why: the line ``event_failed`` with the event's id.

    Attributes:
        begin: what a call begins with.
        handle: handles one event; gives ids and statuses for the log.
    """

    begin: Callable[[Application], None]
    handle: Callable[[QueuedEvent], dict[str, str]]
    application: Callable[[], Application]
    logger: Logger

    def __call__(self, event: Any, context: LambdaContext) -> PartialItemFailureResponse:
        """Handle a batch; gives the ids of the messages that are to be handed over again."""
        now = entered_at()
        try:
            application = self.application()
            self.begin(application)
            return process_partial_response(
                event,
                lambda record: self._take(record, context, now, application),
                # What fails for every event of a batch is told in the same way as for one of them.
                BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
            )
        finally:
            cold_start.end()

    def _take(
        self, record: SQSRecord, context: LambdaContext, now: datetime, application: Application
    ) -> None:
        """Raises what is to be told of a record that failed; its text says nothing of what it was about."""
        ids = {"request_id": context.aws_request_id, "message_id": record.message_id}
        if context.get_remaining_time_in_millis() < _LONGEST_MILLISECONDS:
            self.logger.warning(QueueLog.EVENT_PUT_OFF, extra=ids)
            raise TimeoutError(QueueLog.EVENT_PUT_OFF)
        ids["attempt"] = record.attributes.approximate_receive_count
        try:
            event = _event_in(record.body)
            ids["event_id"] = str(event.get("id", ""))[:64]
            result = self.handle(QueuedEvent(event, now, application))
        except CitasError as error:
            self.logger.warning(QueueLog.EVENT_FAILED, extra={**ids, "error": describe(error)})
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not leave this function
            fault = describe_fault(error)
            self.logger.error(QueueLog.EVENT_FAILED, extra={**ids, "error": fault})  # noqa: TRY400 - a traceback would have its text
            raise UnexpectedStepError(fault) from None
        self.logger.info(QueueLog.EVENT_HANDLED, extra={**ids, **result})


def queue_function(
    handle: Callable[[QueuedEvent], dict[str, str]], begin: Callable[[Application], None]
) -> QueueFunction:
    """The function's handler."""

    @cache
    def application() -> Application:
        return bootstrap(Settings.from_environment(os.environ))

    return QueueFunction(begin, handle, application, Logger())


def _event_in(body: str) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except ValueError:
        raise InvalidEventError("the message is not valid: expected an event as JSON") from None
    if not isinstance(event, dict):
        raise InvalidEventError("the message is not valid: expected an event as a JSON object")
    return event
