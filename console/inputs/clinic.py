"""Reads CLINIC.json: who works where, in which time zone, what they offer and when, and what was paid."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from pydantic import Field, ValidationError

from console.inputs.clinic_parts import (
    AvailabilityRulePart,
    ChargePart,
    ClinicPart,
    DateOverridePart,
    Part,
    PartOfProfile,
    ProfilePart,
    ServicePart,
    Strict,
)
from console.inputs.json_text import parse_json, read_bytes
from console.inputs.problems import describe, shorten
from console.terminal.errors import InputError


class ClinicFile(Strict):
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
    charges: tuple[ChargePart, ...] = Field(default=(), strict=False, description="a list of charges")

    def mismatches(self) -> list[str]:
        """One line for each id that stands twice, or that points at nothing."""
        clinics = {clinic.id for clinic in self.clinics}
        profiles = {profile.id for profile in self.profiles}
        lines = [] if clinics else ["clinics: must be a list of at least one clinic"]
        lines += [*_repeats("clinics", self.clinics), *_repeats("profiles", self.profiles)]
        lines += _repeats("services", self.services) + _repeats("availability_rules", self.availability_rules)
        lines += _repeats("date_overrides", self.date_overrides) + _repeats("charges", self.charges)
        lines += [
            f"profiles[{number}].clinic_id: no clinic has the id {profile.clinic_id!r}"
            for number, profile in enumerate(self.profiles)
            if profile.clinic_id not in clinics
        ]
        of_profiles: dict[str, Sequence[PartOfProfile]] = {
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
        return [*lines, *self._foreign_services()]

    def _foreign_services(self) -> Iterator[str]:
        owners = {service.id: service.profile_id for service in self.services}
        of_hours: dict[str, Sequence[AvailabilityRulePart | DateOverridePart]] = {
            "availability_rules": self.availability_rules,
            "date_overrides": self.date_overrides,
        }
        for name, parts in of_hours.items():
            for number, part in enumerate(parts):
                for place, service_id in enumerate(part.service_ids or ()):
                    where = f"{name}[{number}].service_ids[{place}]"
                    if service_id not in owners:
                        yield f"{where}: no service has the id {service_id!r}"
                    elif part.profile_id != owners[service_id]:
                        yield f"{where}: the service {service_id!r} is not the profile's {part.profile_id!r}"


def _repeats(name: str, parts: Iterable[Part]) -> list[str]:
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
