"""The steps of ``nightly-fan-out``, in the order the workflow runs them."""

from collections import Counter
from datetime import timedelta

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import receive
from clinic.contracts.events.slots import NightBegan
from clinic.contracts.steps.slots import (
    FanOutPageInput,
    FanOutPageResult,
    NightPart,
    NightPlanResult,
    NightResult,
    PlannedOccasion,
    ReviewNightInput,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from clinic.domain.errors import InvalidStepInputError
from clinic.domain.slots.nightly import Night, NightlyJob
from lambdas.runtime import Call, step_function
from lambdas.unfinished import report_unfinished

# What a run carries along and ends with, if it comes to that.
_MOST_NAMED = 20


def plan_night(call: Call) -> NightPlanResult:
    """Find out what of the run's jobs is due on the UTC day on which it was started, and when."""
    event = receive(call.input, NightBegan)
    # A schedule starts a moment late; what is due follows from the day alone, so nothing falls between two.
    begin = event.event_time.replace(hour=0, minute=0, second=0, microsecond=0)
    jobs = event.detail.jobs
    plan = call.application.nightly.plan(begin, begin + timedelta(days=1), jobs)
    parked = PlannedOccasion(at=instants.to_text(begin), job=NightlyJob.PARKED_VISITS.value, nights=())
    return NightPlanResult(
        occasions=(
            *([parked] if NightlyJob.PARKED_VISITS in jobs else ()),
            *(
                PlannedOccasion(
                    at=instants.to_text(occasion.at),
                    job=occasion.job.value,
                    nights=tuple(NightPart(time_zone=n.time_zone, date=n.date) for n in occasion.nights),
                )
                for occasion in plan.occasions
            ),
        ),
        unreadable=plan.unreadable[:_MOST_NAMED],
    )


def fan_out_page(call: Call) -> FanOutPageResult:
    """Put the events of one page of profiles, or of parked visits, on the bus."""
    asked = parse_step_input(FanOutPageInput, call.input)
    try:
        job = NightlyJob(asked.job)
    except ValueError:
        raise InvalidStepInputError(f"job: expected {' or '.join(NightlyJob)}") from None
    if job is NightlyJob.PARKED_VISITS:
        taken_up = call.application.parked_visits.announce_page(asked.cursor, call.now)
        return FanOutPageResult(published=taken_up.published, cursor=taken_up.cursor)
    nights = [Night(night.time_zone, night.date) for night in asked.nights]
    done = call.application.nightly.fan_out_page(job, nights, asked.cursor)
    return FanOutPageResult(published=done.published, cursor=done.cursor)


def review_night(call: Call) -> NightResult:
    """Say what was done, and who was left out after all that could be done was done."""
    night = parse_step_input(ReviewNightInput, call.input)
    failed = [f"{it.job} at {it.at}: {it.error}" for it in night.occasions if it.error]
    left_out = [*failed[:_MOST_NAMED], *night.unreadable]
    published: Counter[str] = Counter()
    for occasion in night.occasions:
        published[occasion.job] += occasion.published
    return NightResult(
        occasions=len(night.occasions),
        published=dict(published),
        is_complete=not left_out,
        cause="; ".join(left_out) or None,
    )


handler = step_function(plan_night, fan_out_page, review_night, report_unfinished)
