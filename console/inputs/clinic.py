"""Reads CLINIC.json: who works where, in which time zone, what they offer and when.

The file's form is in `docs/clinic-file.md`. Names follow the database's; lengths of time are minutes.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, time
from typing import Annotated, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from clinic.contracts.fields import FreeText, Identifier, Name, PhoneNumber, TimeZone
from console.errors import InputError
from console.inputs.json_text import parse_json, read_bytes
from console.inputs.problems import describe, shorten

_CLOCK = 'a time of day, "HH:MM" from "00:00" to "23:59"'
_DATE = 'a date, "YYYY-MM-DD"'
_ID = "up to 128 letters, digits and . _ : @ -, the first a letter or digit"


def _clock(value: object) -> time:
    if isinstance(value, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        return time.fromisoformat(value)
    raise ValueError(f"must be {_CLOCK}")


def _date(value: object) -> date:
    try:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"must be {_DATE}")


# What a clinic's data and an event have in common has one definition: it ends in the same messages.
Id = Annotated[Identifier, Field(description=_ID)]
Clock = Annotated[time, BeforeValidator(_clock), Field(description=_CLOCK)]
Day = Annotated[date, BeforeValidator(_date), Field(description=_DATE)]
Minutes = Annotated[int, Field(ge=1, le=1440, description="whole minutes, 1 to 1440")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Part(_Strict):
    id: Id


class _PartOfProfile(_Part):
    profile_id: Id


class ClinicPart(_Part):
    """A place where patients are seen."""

    name: Name
    address: FreeText
    time_zone: TimeZone
    phone: PhoneNumber
    parking_info: FreeText | None = None
    building_info: FreeText | None = None
    office_number: Name | None = None
    preparation_instructions: FreeText | None = None


class ProfilePart(_Part):
    """A doctor: the clinic they work at and the zone their hours are meant in."""

    name: Name
    phone: PhoneNumber
    time_zone: TimeZone
    clinic_id: Id


class ServicePart(_PartOfProfile):
    """Something a doctor offers; ``duration`` is in minutes."""

    name: Name
    duration: Minutes


class AvailabilityRulePart(_PartOfProfile):
    """Hours a doctor works on one day of every week; 0 is Sunday."""

    day_of_week: int = Field(ge=0, le=6, description="a day's number, 0 (Sunday) to 6 (Saturday)")
    start_time: Clock
    end_time: Clock
    slot_duration: Minutes | None = None
    buffer_time: int = Field(default=0, ge=0, le=1440, description="whole minutes, 0 to 1440")
    max_appointments_per_slot: int = Field(default=1, ge=1, le=1000, description="a number from 1 to 1000")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_time <= self.start_time:
            raise ValueError("end_time must be later than start_time")
        return self


class DateOverridePart(_PartOfProfile):
    """One date on which a doctor's weekly hours do not hold: a holiday, or other hours."""

    date: Day
    available: bool = Field(description="true or false")
    start_time: Clock | None = None
    end_time: Clock | None = None

    @model_validator(mode="after")
    def _hours_fit(self) -> Self:
        if (self.start_time is None) != (self.end_time is None):
            raise ValueError("start_time and end_time come together")
        if not self.available and self.start_time is not None:
            raise ValueError("a day that is not available has no start_time and end_time")
        if self.start_time is not None and self.end_time is not None and self.end_time <= self.start_time:
            raise ValueError("end_time must be later than start_time")
        return self


class ClinicFile(_Strict):
    """The whole file."""

    clinics: tuple[ClinicPart, ...] = Field(strict=False, description="a list of at least one clinic")
    profiles: tuple[ProfilePart, ...] = Field(default=(), strict=False, description="a list of profiles")
    services: tuple[ServicePart, ...] = Field(default=(), strict=False, description="a list of services")
    availability_rules: tuple[AvailabilityRulePart, ...] = Field(
        default=(), strict=False, description="a list of availability rules"
    )
    date_overrides: tuple[DateOverridePart, ...] = Field(
        default=(), strict=False, description="a list of date overrides"
    )

    def mismatches(self) -> list[str]:
        """One line for each id that stands twice, or that points at nothing."""
        clinics = {clinic.id for clinic in self.clinics}
        profiles = {profile.id for profile in self.profiles}
        lines = [] if clinics else ["clinics: must be a list of at least one clinic"]
        lines += [*_repeats("clinics", self.clinics), *_repeats("profiles", self.profiles)]
        lines += _repeats("services", self.services) + _repeats("availability_rules", self.availability_rules)
        lines += _repeats("date_overrides", self.date_overrides)
        lines += [
            f"profiles[{number}].clinic_id: no clinic has the id {profile.clinic_id!r}"
            for number, profile in enumerate(self.profiles)
            if profile.clinic_id not in clinics
        ]
        of_profiles: dict[str, Sequence[_PartOfProfile]] = {
            "services": self.services,
            "availability_rules": self.availability_rules,
            "date_overrides": self.date_overrides,
        }
        lines += [
            f"{name}[{number}].profile_id: no profile has the id {part.profile_id!r}"
            for name, parts in of_profiles.items()
            for number, part in enumerate(parts)
            if part.profile_id not in profiles
        ]
        return lines


def _repeats(name: str, parts: Iterable[_Part]) -> list[str]:
    counts = Counter(part.id for part in parts)
    return [f"{name}: the id {part_id!r} stands twice" for part_id, count in counts.items() if count > 1]


def read_clinic(path: str) -> ClinicFile:
    """The clinic data of a file (``-``: standard input).

    Raises:
        InputError: it can't be read or used; each problem names its field and what would be accepted.
    """
    return parse_clinic(read_bytes(path), "standard input" if path == "-" else path)


def parse_clinic(content: bytes, name: str) -> ClinicFile:
    """The clinic data in ``content``; ``name`` is how errors call the file."""
    value = parse_json(content, name)
    if not isinstance(value, dict):
        raise InputError([f'{name}: must be an object with "clinics", "profiles" and "services"'])
    try:
        file = ClinicFile.model_validate(value)
    except ValidationError as error:
        raise InputError(shorten(describe(error, ClinicFile, name))) from None
    problems = file.mismatches()
    if problems:
        raise InputError(shorten([f"{name}: {problem}" for problem in problems]))
    return file
