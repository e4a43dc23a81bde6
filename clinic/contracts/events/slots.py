"""The events that have slots generated and cleaned up."""

from pydantic import Field

from clinic.contracts.events.base import EventModel
from clinic.contracts.fields import CalendarDate, Identifier, TimeZone
from clinic.contracts.settings import LONGEST_HORIZON_DAYS


class SlotGenerateDaily(EventModel):
    """The detail of ``slot/generate-daily``.

    Attributes:
        target_date: the first date, in the profile's zone.
        horizon_days: how many dates from that one on; 1 is that date alone.
        timezone: default the profile's.
        generate_for_services: ids of the only services to look at; None for all active ones.
    """

    profile_id: Identifier
    target_date: CalendarDate
    horizon_days: int = Field(default=1, ge=1, le=LONGEST_HORIZON_DAYS, strict=True)
    timezone: TimeZone | None = None
    generate_for_services: tuple[Identifier, ...] | None = None


class SlotCleanupExpired(EventModel):
    """The detail of ``slot/cleanup-expired``; ``cleanup_date`` is a date in the profile's zone."""

    profile_id: Identifier
    cleanup_date: CalendarDate


class NightBegan(EventModel):
    """The detail of a scheduled event: nothing."""
