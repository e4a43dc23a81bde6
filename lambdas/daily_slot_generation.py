"""The steps of ``daily-slot-generation``, in the order the workflow runs them."""

from datetime import datetime

import lambdas.cold_start  # noqa: F401 - first, so that it covers the imports below
from clinic.contracts.events.base import receive
from clinic.contracts.events.slots import SlotGenerateDaily
from clinic.contracts.metrics import SLOT_ACCURACY, SLOTS_GENERATED, SLOTS_WRONG
from clinic.contracts.steps.slots import (
    NO_PAGE,
    CleanUpPastSlotsInput,
    CleanUpPastSlotsResult,
    Dates,
    GenerateSlotsInput,
    GenerateSlotsResult,
    GenerationPlanResult,
    GenerationResult,
    NothingGeneratedResult,
    PlaceVisitsInput,
    PlaceVisitsResult,
    RecordGenerationInput,
)
from clinic.contracts.validation import parse_step_input
from clinic.domain import instants
from clinic.domain.errors import InvalidStepInputError
from clinic.domain.statistics import Statistic, StatisticKind
from lambdas.runtime import Call, step_function


def plan_generation(call: Call) -> GenerationPlanResult:
    """Validate the event and see what there is to make."""
    event = receive(call.input, SlotGenerateDaily)
    asked = event.detail
    try:
        plan = call.application.slot_generation.plan(
            asked.profile_id,
            asked.target_date,
            asked.horizon_days,
            time_zone=asked.timezone,
            for_services=asked.generate_for_services,
        )
    except OverflowError:
        raise asked.refused("targetDate: is too far away") from None
    return GenerationPlanResult(
        profile_id=asked.profile_id,
        target_date=asked.target_date,
        event_id=event.event_id,
        event_time=instants.to_text(event.event_time),
        time_zone=plan.time_zone,
        services=asked.generate_for_services,
        chunks=tuple(Dates(dates=dates) for dates in plan.chunks),
        services_processed=plan.services,
        availability_rules=plan.hours,
        reason=plan.reason or "",
    )


def place_visits(call: Call) -> PlaceVisitsResult:
    """Place a page of the visits that were booked before their doctor was kept here."""
    asked = parse_step_input(PlaceVisitsInput, call.input)
    start = _instant_of(asked.cursor)
    placed = call.application.visit_placing.place_page(asked.profile_id, call.now, start)
    return PlaceVisitsResult(
        visits_placed=placed.placed,
        conflicts_told=placed.conflicts,
        cursor=instants.to_text(placed.next_start) if placed.next_start else NO_PAGE,
    )


def generate_slots(call: Call) -> GenerateSlotsResult:
    """Make the slots of some dates what the profile's hours make them now."""
    asked = parse_step_input(GenerateSlotsInput, call.input)
    generation, meter = call.application.slot_generation, call.application.meter
    profile_id, dates, zone, services = asked.profile_id, asked.dates, asked.time_zone, asked.services
    written = generation.generate(
        profile_id, dates, call.now, time_zone=zone, for_services=services, event_id=asked.event_id
    )
    accuracy = generation.verify(profile_id, dates, call.now, time_zone=zone, for_services=services)
    meter.add(SLOTS_WRONG, accuracy.wrong)
    meter.add(SLOT_ACCURACY, accuracy.percent)
    return GenerateSlotsResult(
        slots_generated=written.added,
        slots_changed=written.changed,
        slots_removed=written.removed,
        slots_kept=written.kept,
    )


def clean_up_past_slots(call: Call) -> CleanUpPastSlotsResult:
    """Take away a page of free slots that have begun."""
    asked = parse_step_input(CleanUpPastSlotsInput, call.input)
    start = _instant_of(asked.cursor)
    cleaned = call.application.slot_generation.clean_up(asked.profile_id, call.now, start)
    return CleanUpPastSlotsResult(
        past_slots_removed=cleaned.removed,
        cursor=instants.to_text(cleaned.next_start) if cleaned.next_start else NO_PAGE,
    )


def record_generation(call: Call) -> GenerationResult | NothingGeneratedResult:
    """Keep a record of what was done, and say it."""
    done = parse_step_input(RecordGenerationInput, call.input)
    result = GenerationResult(
        profile_id=done.profile_id,
        target_date=done.target_date,
        slots_generated=sum(part.slots_generated for part in done.generated),
        slots_changed=sum(part.slots_changed for part in done.generated),
        slots_removed=sum(part.slots_removed for part in done.generated),
        slots_kept=sum(part.slots_kept for part in done.generated),
        services_processed=done.services_processed,
        availability_rules=done.availability_rules,
    )
    figures = result.model_dump(exclude={"profile_id", "target_date", "generation_completed"})
    is_new = call.application.statistics.record(
        Statistic(
            StatisticKind.SLOT_GENERATION,
            f"{done.profile_id}#{done.target_date}#{done.event_id}",
            done.event_time,
            {**figures, "past_slots_removed": done.past_slots_removed, "reason": done.reason},
        )
    )
    if is_new:  # once for each event, however often its steps ran
        call.application.meter.add(SLOTS_GENERATED, result.slots_generated)
    return NothingGeneratedResult(reason=done.reason) if done.reason else result


def _instant_of(cursor: str) -> datetime | None:
    try:
        return instants.from_text(cursor) if cursor != NO_PAGE else None
    except ValueError as error:
        raise InvalidStepInputError(f"cursor: {error}") from None


handler = step_function(plan_generation, place_visits, generate_slots, clean_up_past_slots, record_generation)
