"""A doctor's services and open hours: those of the week, and dates that differ from them.

Times of day are wall clock in the profile's own zone; they and all lengths of time are whole minutes.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from clinic.domain.local_time import MIDNIGHT


@dataclass(frozen=True)
class MedicalService:
    """Something a doctor offers; ``duration`` in minutes. FHIR: HealthcareService."""

    service_id: str
    profile_id: str
    name: str
    duration: int
    is_active: bool = True

    def __post_init__(self) -> None:
        _require(self.duration >= 1, "duration must be at least one minute")


@dataclass(frozen=True, kw_only=True)
class OpenHours:
    """A stretch of one day in which patients are seen, and how it is cut into slots.

    Attributes:
        end_time: later than ``start_time``, or 00:00: midnight, at the day's end. Hours across midnight
            are two stretches, each on its own day.
        slot_duration: None leaves it to each service's own.
        buffer_time: kept free after each slot, before the next may begin.
        service_ids: which services are offered then; None for all.
    """

    start_time: dt.time
    end_time: dt.time
    slot_duration: int | None = None
    buffer_time: int = 0
    max_appointments_per_slot: int = 1
    service_ids: frozenset[str] | None = None

    def __post_init__(self) -> None:
        for name, clock in (("start_time", self.start_time), ("end_time", self.end_time)):
            whole = clock == clock.replace(second=0, microsecond=0, tzinfo=None)
            _require(whole, f"{name} must be a wall clock's whole minute")
        ends_later = self.end_time > self.start_time or self.ends_at_midnight
        _require(ends_later, "end_time must be later than start_time, or midnight")
        _require(self.slot_duration is None or self.slot_duration >= 1, "slot_duration must be at least 1")
        _require(self.buffer_time >= 0, "buffer_time must not be negative")
        _require(self.max_appointments_per_slot >= 1, "max_appointments_per_slot must be at least 1")

    @property
    def ends_at_midnight(self) -> bool:
        """Whether they last until the day is over."""
        return self.end_time == MIDNIGHT

    def schedules(self, service: MedicalService) -> bool:
        """Whether the service is offered then."""
        return self.service_ids is None or service.service_id in self.service_ids


@dataclass(frozen=True, kw_only=True)
class AvailabilityRule(OpenHours):
    """Hours on one day of every week; ``day_of_week`` 0 is Sunday, 6 Saturday."""

    rule_id: str
    profile_id: str
    day_of_week: int

    def __post_init__(self) -> None:
        super().__post_init__()
        _require(0 <= self.day_of_week <= 6, "day_of_week must be 0 (Sunday) to 6 (Saturday)")

    def holds_on(self, day: dt.date) -> bool:
        """Whether the date is such a day."""
        return day.isoweekday() % 7 == self.day_of_week


@dataclass(frozen=True)
class DateOverride:
    """One date whose hours take the place of the week's; none at all: closed, as on a holiday."""

    profile_id: str
    date: dt.date
    hours: tuple[OpenHours, ...] = ()


def hours_for_date(
    rules: Iterable[AvailabilityRule], overrides: Iterable[DateOverride], day: dt.date
) -> tuple[OpenHours, ...]:
    """The hours of one profile's date: those of its overrides if it has any, else those of the weekday.

    Several overrides of one date add up, but one that closes it closes it.
    """
    on_that_date = [override for override in overrides if override.date == day]
    if not on_that_date:
        return tuple(rule for rule in rules if rule.holds_on(day))
    if any(not override.hours for override in on_that_date):
        return ()
    return tuple(hours for override in on_that_date for hours in override.hours)


def _require(is_right: bool, otherwise: str) -> None:
    if not is_right:
        raise ValueError(otherwise)
