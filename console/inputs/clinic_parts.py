"""The parts of a clinic file: clinics, profiles, and what a profile offers and when.

Names follow the database's; lengths of time are minutes. The file's form is in `docs/clinic-file.md`.
"""

import re
from datetime import date, time
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from clinic.contracts.fields import FreeText, Identifier, Language, Name, PhoneNumber, TimeZone
from clinic.domain.local_time import MIDNIGHT
from clinic.domain.money import DECIMALS, Money
from clinic.domain.prescriptions.doses import MEAL_HOURS, MealHours

_CLOCK = 'a time of day, "HH:MM" from "00:00" to "23:59"'
_END = 'a time of day, "HH:MM" up to "24:00"'
_DATE = 'a date, "YYYY-MM-DD"'
_ID = "up to 128 letters, digits and . _ : @ -, the first a letter or digit"
_AMOUNT = 'an amount in the currency itself, as a text like "500.00"'
_CURRENCY = "a currency of ISO 4217 in capitals, like MXN"
_PLACES = "a number from 1 to 1000"


def _clock(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise ValueError(f"must be {_CLOCK}")


def _clock_text(value: object) -> str:
    return f"{_clock(value):%H:%M}"


def _end(value: object) -> time:
    try:
        return MIDNIGHT if value == "24:00" else _clock(value)
    except ValueError:
        raise ValueError(f"must be {_END}") from None


def _date(value: object) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"must be {_DATE}")


def _amount(value: object) -> Decimal:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", value, re.ASCII):
            return Decimal(value)
    except InvalidOperation:
        pass
    raise ValueError(f"must be {_AMOUNT}")


def _currency(value: object) -> str:
    if isinstance(value, str) and value in DECIMALS:
        return value
    raise ValueError(f"must be {_CURRENCY}")


# What a clinic's data and an event have in common has one definition: it ends in the same messages.
Id = Annotated[Identifier, Field(description=_ID)]
ClockText = Annotated[str, BeforeValidator(_clock_text), Field(description=_CLOCK)]
Clock = Annotated[time, BeforeValidator(_clock), Field(description=_CLOCK)]
End = Annotated[time, BeforeValidator(_end), Field(description=_END)]
Day = Annotated[date, BeforeValidator(_date), Field(description=_DATE)]
Minutes = Annotated[int, Field(ge=1, le=1440, description="whole minutes, 1 to 1440")]
Buffer = Annotated[int, Field(ge=0, le=1440, description="whole minutes, 0 to 1440")]
Places = Annotated[int, Field(ge=1, le=1000, description=_PLACES)]
Flag = Annotated[bool, Field(description="true or false")]
ServiceIds = Annotated[
    tuple[Id, ...], Field(strict=False, min_length=1, description="a list of at least one service's id")
]


class Strict(BaseModel):
    """Base of all: a field nobody knows is an error."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(Strict):
    """Something with an id."""

    id: Id


class PartOfProfile(Part):
    """Something that belongs to a profile."""

    profile_id: Id


class ClinicPart(Part):
    """A place where patients are seen."""

    name: Name
    address: FreeText
    time_zone: TimeZone
    phone: PhoneNumber
    parking_info: FreeText | None = None
    building_info: FreeText | None = None
    office_number: Name | None = None
    preparation_instructions: FreeText | None = None
    medication_instructions: FreeText | None = None
    reminder_gap: Minutes | None = None
    default_visit_minutes: Minutes | None = None
    overlaps: Literal["tell", "refuse"] | None = Field(default=None, description='"tell" or "refuse"')
    language: Language | None = None
    breakfast_time: ClockText | None = None
    lunch_time: ClockText | None = None
    dinner_time: ClockText | None = None
    bedtime: ClockText | None = None

    @model_validator(mode="after")
    def _meals_are_in_order(self) -> Self:
        told = (self.breakfast_time, self.lunch_time, self.dinner_time, self.bedtime)
        usual = (MEAL_HOURS.breakfast, MEAL_HOURS.lunch, MEAL_HOURS.dinner, MEAL_HOURS.bedtime)
        clocks = (_clock(clock) if clock else other for clock, other in zip(told, usual, strict=True))
        try:
            MealHours(*clocks)
        except ValueError as error:
            raise ValueError(f"breakfast_time, lunch_time, dinner_time, bedtime: {error}") from None
        return self


class ProfilePart(Part):
    """A doctor: the clinic they work at and the zone their hours are meant in."""

    name: Name
    phone: PhoneNumber
    time_zone: TimeZone
    clinic_id: Id
    is_active: Flag = True


class ServicePart(PartOfProfile):
    """Something a doctor offers; ``duration`` is in minutes."""

    name: Name
    duration: Minutes
    is_active: Flag = True


class AvailabilityRulePart(PartOfProfile):
    """Hours a doctor works on one day of every week; 0 is Sunday. An ``end_time`` of 00:00 ends the day."""

    day_of_week: int = Field(ge=0, le=6, description="a day's number, 0 (Sunday) to 6 (Saturday)")
    start_time: Clock
    end_time: End
    slot_duration: Minutes | None = None
    buffer_time: Buffer = 0
    max_appointments_per_slot: Places = 1
    service_ids: ServiceIds | None = None

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        _require_order(self.start_time, self.end_time)
        return self


class DateOverridePart(PartOfProfile):
    """Hours of one date in place of the week's, or that there are none: a holiday.

    The four of a rule's fields that say how hours are cut mean here what they mean there.
    """

    date: Day
    available: Flag
    start_time: Clock | None = None
    end_time: End | None = None
    slot_duration: Minutes | None = None
    buffer_time: Buffer = 0
    max_appointments_per_slot: Places = 1
    service_ids: ServiceIds | None = None

    @model_validator(mode="after")
    def _hours_fit(self) -> Self:
        if (self.start_time is None) != (self.end_time is None):
            raise ValueError("start_time and end_time come together")
        if self.start_time is None or self.end_time is None:
            cut = {"slot_duration", "buffer_time", "max_appointments_per_slot", "service_ids"}
            if names := sorted(cut & self.model_fields_set):
                raise ValueError(f"{names[0]} says how hours are cut: start_time and end_time are missing")
            return self
        if not self.available:
            raise ValueError("a day that is not available has no start_time and end_time")
        _require_order(self.start_time, self.end_time)
        return self

    @property
    def says_something(self) -> bool:
        """Whether it changes its date; a day that is available, but not when, keeps the week's hours."""
        return not self.available or self.start_time is not None


class ChargePart(Part):
    """Something a patient has paid, for the simulator of payments."""

    amount: Annotated[Decimal, BeforeValidator(_amount), Field(description=_AMOUNT)]
    currency: Annotated[str, BeforeValidator(_currency), Field(description=_CURRENCY)]
    payment_intent: Id | None = None

    @model_validator(mode="after")
    def _is_money(self) -> Self:
        if not self.money.amount:
            raise ValueError("amount must be more than zero")
        return self

    @property
    def money(self) -> Money:
        """What was paid."""
        return Money(self.amount, self.currency)


def _require_order(start: time, end: time) -> None:
    if end <= start and end != MIDNIGHT:
        raise ValueError("end_time must be later than start_time")
