"""The events that have slots generated and cleaned up."""

from typing import ClassVar

from pydantic import Field

from clinic.contracts.events.base import BusEvent
from clinic.contracts.fields import CalendarDate, Identifier, TimeZone, WholeNumber
from clinic.contracts.settings import LONGEST_HORIZON_DAYS
from clinic.domain.slots.nightly import NightlyJob


class SlotGenerateDaily(BusEvent):
    """A profile's slots are to be generated.

    Attributes:
        target_date: the first date, in the profile's zone.
        horizon_days: how many dates from that one on; 1 is that date alone.
        timezone: default the profile's.
        generate_for_services: ids of the only services to look at; None for all active ones.
    """

    detail_type: ClassVar[str] = "slot/generate-daily"

    profile_id: Identifier
    target_date: CalendarDate
    horizon_days: WholeNumber = Field(default=1, ge=1, le=LONGEST_HORIZON_DAYS)
    timezone: TimeZone | None = None
    generate_for_services: tuple[Identifier, ...] | None = None


class SlotCleanupExpired(BusEvent):
    """A profile's free slots of a day that is over are to go.

    Attributes:
        cleanup_date: that day, in the profile's zone.
    """

    detail_type: ClassVar[str] = "slot/cleanup-expired"

    profile_id: Identifier
    cleanup_date: CalendarDate


class NightBegan(BusEvent):
    """A schedule has fired.

    Attributes:
        jobs: what of the night is to be done; default all of it.
    """

    detail_type: ClassVar[str] = "Scheduled Event"

    jobs: tuple[NightlyJob, ...] = Field(default=tuple(NightlyJob), min_length=1)
