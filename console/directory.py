"""Writes a clinic file's content into the stack's directory table, in the rows the core reads."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import time
from typing import Any

from clinic.domain.directory import Clinic, Profile
from console.inputs.clinic import ClinicFile
from console.inputs.clinic_parts import PartOfProfile
from console.stack import Stack


def put_clinic(stack: Stack, file: ClinicFile) -> None:
    """Write clinics, profiles, services, availability rules and date overrides."""
    # The stack has loaded boto3 by now; `citas --help` must not.
    from boto3.dynamodb.types import TypeSerializer

    serialise = TypeSerializer().serialize
    client, table = stack.client("dynamodb"), stack.outputs["DirectoryTable"]
    for row in rows(file):
        item = {name: serialise(value) for name, value in row.items() if value is not None}
        client.put_item(TableName=table, Item=item)


def rows(file: ClinicFile) -> Iterator[dict[str, Any]]:
    """The directory's rows: a clinic's or a profile's own, and what a profile offers beside it."""
    for clinic in file.clinics:
        particulars = clinic.model_dump(exclude={"id"})
        yield _row("clinic", clinic.id, "clinic", asdict(Clinic(clinic_id=clinic.id, **particulars)))
    for profile in file.profiles:
        particulars = profile.model_dump(exclude={"id"})
        yield _row("profile", profile.id, "profile", asdict(Profile(profile_id=profile.id, **particulars)))
    for service in file.services:
        yield _row_of_profile("service", service)
    for rule in file.availability_rules:
        yield _row_of_profile("rule", rule)
    for override in file.date_overrides:
        # A row without hours closes its date, whatever else it says.
        if override.says_something:
            yield _row_of_profile("override", override)


def _row_of_profile(kind: str, part: PartOfProfile) -> dict[str, Any]:
    values = part.model_dump(mode="json", exclude={"id"})
    clocks = {name: f"{value:%H:%M}" for name, value in part if isinstance(value, time)}
    return _row("profile", part.profile_id, f"{kind}#{part.id}", values | clocks | {f"{kind}_id": part.id})


def _row(owner_kind: str, owner_id: str, entry: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"owner": f"{owner_kind}#{owner_id}", "entry": entry, **values}
