"""An operator is told by a line and a metric, without anybody's data."""

import io
import json

from aws_lambda_powertools import Logger

from clinic.adapters.alerts import LoggedAlerts
from clinic.contracts.metrics import TEMPLATES_STOPPED
from clinic.domain.messages.breakers import Breaker
from tests.fakes.examples import NOW
from tests.fakes.workflow_ports import MemoryMeter


def test_a_stopped_template_is_a_line_at_error_level_and_a_metric() -> None:
    written, meter = io.StringIO(), MemoryMeter()
    logger = Logger(service="test-alerts", stream=written)
    breaker = Breaker.tripped(None, 132015, NOW)
    LoggedAlerts(lambda: meter, logger).template_stopped("appointment_reminder_24h", "es_MX", breaker)
    line = json.loads(written.getvalue())
    assert (line["level"], line["message"]) == ("ERROR", "template_stopped")
    assert (line["template"], line["language"], line["code"]) == ("appointment_reminder_24h", "es_MX", 132015)
    assert (line["times"], line["open_until"]) == (1, "2026-11-23T16:00:00Z")
    assert meter.total(TEMPLATES_STOPPED) == 1
