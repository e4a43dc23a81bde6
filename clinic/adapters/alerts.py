"""Tells an operator at once: a line in the log, and a metric on which an alarm stands."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from aws_lambda_powertools import Logger

from clinic.contracts.metrics import TEMPLATES_STOPPED
from clinic.domain.instants import to_text
from clinic.domain.messages.breakers import Breaker
from clinic.services.ports import Meter


class LogEvent(StrEnum):
    """The log lines written here."""

    TEMPLATE_STOPPED = "template_stopped"


@dataclass(frozen=True)
class LoggedAlerts:
    """Fulfils `clinic.services.messages.gate.Alerts`.

    Attributes:
        meter: makes the meter, which is seldom needed.
    """

    meter: Callable[[], Meter]
    logger: Logger = field(default_factory=Logger)

    def template_stopped(self, template: str, language: str, breaker: Breaker) -> None:
        """Write it down, and count it."""
        self.logger.error(
            LogEvent.TEMPLATE_STOPPED,
            extra={
                "template": template,
                "language": language,
                "code": breaker.code,
                "times": breaker.times,
                "open_until": to_text(breaker.open_until),
            },
        )
        self.meter().add(TEMPLATES_STOPPED)
