"""Calls and answers of the steps of ``daily-slot-generation`` and ``nightly-fan-out``."""

from datetime import date

from clinic.contracts.fields import CalendarDate, Identifier, Instant, TimeZone
from clinic.contracts.steps.base import StepModel

NO_PAGE = ""
"""The cursor of the first page, and of the one after the last."""


class Dates(StepModel):
    """Some dates, made at once."""

    dates: tuple[date, ...]


class GenerationPlanResult(StepModel):
    """What `PlanGeneration` returns.

    Attributes:
        services: ids of the only services to look at; not set for all.
        reason: why no slots will be made; empty where there are hours and services.
    """

    profile_id: str
    target_date: date
    event_id: str
    event_time: str
    time_zone: str
    services: tuple[str, ...] | None
    chunks: tuple[Dates, ...]
    services_processed: int
    availability_rules: int
    reason: str


class PlaceVisitsInput(StepModel):
    """What `PlaceVisits` takes; the cursor is an instant, or `NO_PAGE`."""

    profile_id: Identifier
    cursor: str


class PlaceVisitsResult(StepModel):
    """What `PlaceVisits` returns, in numbers of visits; the cursor is `NO_PAGE` after the last page."""

    visits_placed: int
    conflicts_told: int
    cursor: str


class GenerateSlotsInput(StepModel):
    """What `GenerateSlots` takes.

    Attributes:
        event_id: what asks for it; not set by definitions from before it was.
    """

    profile_id: Identifier
    time_zone: TimeZone
    services: tuple[Identifier, ...] | None
    dates: tuple[CalendarDate, ...]
    event_id: Identifier | None = None


class GenerateSlotsResult(StepModel):
    """What `GenerateSlots` returns, in numbers of slots; what an earlier try has made counts."""

    slots_generated: int
    slots_changed: int
    slots_removed: int
    slots_kept: int


class CleanUpPastSlotsInput(StepModel):
    """What `CleanUpPastSlots` takes; the cursor is an instant, or `NO_PAGE`."""

    profile_id: Identifier
    cursor: str


class CleanUpPastSlotsResult(StepModel):
    """What `CleanUpPastSlots` returns; the cursor is `NO_PAGE` after the last page."""

    past_slots_removed: int
    cursor: str


class RecordGenerationInput(StepModel):
    """What `RecordGeneration` takes: the plan's figures, and what became of each chunk of dates."""

    profile_id: Identifier
    target_date: CalendarDate
    event_id: Identifier
    event_time: Instant
    services_processed: int
    availability_rules: int
    reason: str
    generated: tuple[GenerateSlotsResult, ...]
    past_slots_removed: int


class GenerationResult(StepModel):
    """What a run of ``daily-slot-generation`` ends with."""

    profile_id: str
    target_date: date
    slots_generated: int
    slots_changed: int
    slots_removed: int
    slots_kept: int
    services_processed: int
    availability_rules: int
    generation_completed: bool = True


class NothingGeneratedResult(StepModel):
    """What a run of ``daily-slot-generation`` ends with where there are no slots to make."""

    generated: bool = False
    reason: str


class NightPart(StepModel):
    """A zone's date whose night work is due."""

    time_zone: TimeZone
    date: CalendarDate


class PlannedOccasion(StepModel):
    """An instant (UTC with ``Z``) at which a job is due, and where."""

    at: str
    job: str
    nights: tuple[NightPart, ...]


class NightPlanResult(StepModel):
    """What `PlanNight` returns.

    Attributes:
        unreadable: the first few profiles that can't be read as they are kept.
    """

    occasions: tuple[PlannedOccasion, ...]
    unreadable: tuple[str, ...]


class FanOutPageInput(StepModel):
    """What `FanOutPage` takes: an occasion, and which of its pages."""

    job: str
    nights: tuple[NightPart, ...]
    cursor: str


class FanOutPageResult(StepModel):
    """What `FanOutPage` returns: how many events it put on the bus, and the next page's cursor."""

    published: int
    cursor: str


class OccasionOutcome(StepModel):
    """How an occasion ended; ``error`` is empty where it went well."""

    job: str
    at: str
    published: int
    error: str


class ReviewNightInput(StepModel):
    """What `ReviewNight` takes."""

    occasions: tuple[OccasionOutcome, ...]
    unreadable: tuple[str, ...]


class NightResult(StepModel):
    """What a run of ``nightly-fan-out`` ends with.

    Attributes:
        published: how many events were put on the bus, by job.
        is_complete: whether every active profile got its events; a night that left somebody out fails.
        cause: who was left out, and why.
    """

    occasions: int
    published: dict[str, int]
    is_complete: bool
    cause: str | None = None
