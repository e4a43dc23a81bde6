"""A clinic file's content as the directory table's rows, which the core reads, and back."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import time
from typing import Any

from clinic.domain.directory import Clinic, Profile
from console.inputs.clinic import ClinicFile
from console.inputs.clinic_parts import PartOfProfile
from console.run.stack import Stack

_KEY = ("owner", "entry")
_CLOCKS = ("start_time", "end_time")
_CUT = {"slot_duration", "buffer_time", "max_appointments_per_slot", "service_ids"}
# A row's kind and the list of a clinic file that it stands in.
_LISTS = {
    "clinic": "clinics",
    "profile": "profiles",
    "service": "services",
    "rule": "availability_rules",
    "override": "date_overrides",
}


def put_clinic(stack: Stack, file: ClinicFile) -> None:
    """Write clinics, profiles, services, availability rules and date overrides."""
    client, table = stack.client("dynamodb"), stack.outputs["DirectoryTable"]
    for item in items(file):
        client.put_item(TableName=table, Item=item)


def items(file: ClinicFile) -> Iterator[dict[str, Any]]:
    """The directory's rows in DynamoDB's notation, without the columns that are empty."""
    # Whoever writes a row has loaded boto3; `citas --help` must not.
    from boto3.dynamodb.types import TypeSerializer

    serialise = TypeSerializer().serialize
    for row in rows(file):
        yield {name: serialise(value) for name, value in row.items() if value is not None}


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


def document(found: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The directory's rows as a clinic file's lists, each in the order of its ids; `parse_clinic` reads it.

    Rows of a kind that a clinic file does not have are left out (`is_known` tells).
    """
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in _LISTS.values()}
    for row in found:
        kind = kind_of(row["entry"])
        if kind in _LISTS:
            own_id = f"{kind}_id"
            # A date that is closed has no hours to cut; its row has the columns' defaults all the same.
            left_out = {*_KEY, own_id} | (_CUT if kind == "override" and "start_time" not in row else set())
            rest = {name: _clock(name, value) for name, value in row.items() if name not in left_out}
            lists[_LISTS[kind]].append({"id": row[own_id], **rest})
    return {name: sorted(parts, key=lambda part: str(part["id"])) for name, parts in lists.items()}


def kind_of(entry: str) -> str:
    """What a row is: ``clinic``, ``profile``, ``service``, ``rule`` or ``override``."""
    return entry.partition("#")[0]


def is_known(entry: str) -> bool:
    """Whether a clinic file has such rows."""
    return kind_of(entry) in _LISTS


def _clock(name: str, value: Any) -> Any:
    # The core reads "09:00:00", too; a clinic file has minutes.
    is_long = name in _CLOCKS and isinstance(value, str) and value.endswith(":00") and value.count(":") == 2
    return value[:-3] if is_long else value


def _row_of_profile(kind: str, part: PartOfProfile) -> dict[str, Any]:
    values = part.model_dump(mode="json", exclude={"id"})
    clocks = {name: f"{value:%H:%M}" for name, value in part if isinstance(value, time)}
    return _row("profile", part.profile_id, f"{kind}#{part.id}", values | clocks | {f"{kind}_id": part.id})


def _row(owner_kind: str, owner_id: str, entry: str, values: dict[str, Any]) -> dict[str, Any]:
    return {"owner": f"{owner_kind}#{owner_id}", "entry": entry, **values}
