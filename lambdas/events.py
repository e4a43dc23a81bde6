"""What every function shares that EventBridge calls, and that nobody waits for."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from clinic.bootstrap import Application, bootstrap
from clinic.contracts.settings import Settings
from clinic.domain.errors import CitasError, UnexpectedStepError
from lambdas import cold_start
from lambdas.runtime import describe, describe_fault, entered_at


class EventLog(StrEnum):
    """The log lines such a function writes; ids only."""

    EVENT_HANDLED = "event_handled"
    EVENT_FAILED = "event_failed"


@dataclass(frozen=True)
class EventCall:
    """One call.

    Attributes:
        event: as EventBridge hands it over.
        now: the instant at which the function was entered: the one reading of the clock.
        application: the use cases.
    """

    event: Any
    now: datetime
    application: Application


@dataclass(frozen=True)
class EventFunction:
    """A Lambda function that handles one event at a time.

    Lambda calls it again, twice at most, when it raises; then the event goes to the dead-letter queue.
    """

    handle: Callable[[EventCall], dict[str, str]]
    application: Callable[[], Application]
    logger: Logger

    def __call__(self, event: Any, context: LambdaContext) -> dict[str, str]:
        """Handle an event; gives ids and statuses for the log.

        Raises:
            CitasError: see `clinic.domain.errors`; any other error becomes an `UnexpectedStepError`.
        """
        now = entered_at()
        try:
            return self._run(event, context, now)
        finally:
            cold_start.end()

    def _run(self, event: Any, context: LambdaContext, now: datetime) -> dict[str, str]:
        ids = {"request_id": context.aws_request_id}
        try:
            result = self.handle(EventCall(event, now, self.application()))
        except CitasError as error:
            self.logger.warning(EventLog.EVENT_FAILED, extra={**ids, "error": describe(error)})
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, its text must not leave this function
            fault = describe_fault(error)
            self.logger.error(EventLog.EVENT_FAILED, extra={**ids, "error": fault})  # noqa: TRY400 - as above
            raise UnexpectedStepError(fault) from None
        self.logger.info(EventLog.EVENT_HANDLED, extra={**ids, **result})
        return result


def event_function(handle: Callable[[EventCall], dict[str, str]]) -> EventFunction:
    """The function's handler."""

    @cache
    def application() -> Application:
        return bootstrap(Settings.from_environment(os.environ))

    return EventFunction(handle, application, Logger())
