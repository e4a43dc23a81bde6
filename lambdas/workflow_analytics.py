"""The steps of ``workflow-analytics``, in the order the workflow runs them."""

from dataclasses import asdict

from aws_lambda_powertools import Logger

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.steps.operations import (
    CheckConsistencyInput,
    CheckConsistencyResult,
    RollUpDayInput,
    RollUpDayResult,
    RollUpPlanResult,
)
from clinic.contracts.validation import parse_step_input
from lambdas.runtime import Call, LogEvent, step_function

logger = Logger()

# What a run carries along of one page.
_MOST_NAMED = 20


def plan_roll_ups(call: Call) -> RollUpPlanResult:
    """Publish what share of the messages has arrived, and name the days whose figures may still change."""
    call.application.analytics.publish_delivery(call.now)
    return RollUpPlanResult(days=tuple(call.application.analytics.days_to_roll_up(call.now)))


def roll_up_day(call: Call) -> RollUpDayResult:
    """Add a day up anew."""
    day = parse_step_input(RollUpDayInput, call.input).day
    figures = call.application.analytics.roll_up(day, call.now)
    return RollUpDayResult(day=day, executions=sum(it.executions for it in figures.runs.values()))


def check_consistency(call: Call) -> CheckConsistencyResult:
    """Hold the books of a few profiles against themselves."""
    cursor = parse_step_input(CheckConsistencyInput, call.input).cursor
    page = call.application.consistency.check_page(cursor, call.now)
    for finding in page.findings:
        logger.error(LogEvent.STATE_INCONSISTENT, extra=asdict(finding))
    wrong = tuple(dict.fromkeys(finding.slot_id for finding in page.findings))
    return CheckConsistencyResult(held=page.held, wrong=wrong[:_MOST_NAMED], cursor=page.cursor)


handler = step_function(plan_roll_ups, roll_up_day, check_consistency)
