"""Reads profiles from the directory in DynamoDB: all there are, and each one's services and hours.

Its rows are read whatever kind they are of; one that can't be read is named.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from typing import Any, Self, TypeVar

from boto3.dynamodb.types import TypeDeserializer
from pynamodb.attributes import Attribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.directory import Profile
from clinic.domain.errors import ConfigurationError
from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService, OpenHours
from clinic.services.slots.ports import DoctorSchedule, ProfilePage

PROFILE_ENTRY = "profile"
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:00)?")
ResultT = TypeVar("ResultT")


class PlainAttribute(Attribute[Any]):
    """A column of whatever type it is kept in: what is wrong with it is found where its row is known."""

    attr_type = STRING

    def get_value(self, value: dict[str, Any]) -> Any:
        """As DynamoDB gives it, with its type."""
        return value

    def deserialize(self, value: Any) -> Any:
        """The value as Python has it."""
        return TypeDeserializer().deserialize(value)


class ByEntryIndex(GlobalSecondaryIndex["DirectoryRowModel"]):
    """The rows of one entry across owners: every profile."""

    class Meta:
        """As `clinic.contracts.tables.DIRECTORY` has it."""

        index_name = "by-entry"
        projection = AllProjection()

    entry = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute(range_key=True)


class DirectoryRowModel(Model):
    """A row of the directory: a profile's own, or of what it offers and when."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "directory"

    by_entry = ByEntryIndex()

    owner = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    # profile
    profile_id = PlainAttribute(null=True)
    name = PlainAttribute(null=True)
    phone = PlainAttribute(null=True)
    time_zone = PlainAttribute(null=True)
    clinic_id = PlainAttribute(null=True)
    is_active = PlainAttribute(null=True)  # service, too
    # service
    service_id = PlainAttribute(null=True)
    duration = PlainAttribute(null=True)
    # rule
    rule_id = PlainAttribute(null=True)
    day_of_week = PlainAttribute(null=True)
    # rule and override
    start_time = PlainAttribute(null=True)
    end_time = PlainAttribute(null=True)
    slot_duration = PlainAttribute(null=True)
    buffer_time = PlainAttribute(null=True)
    max_appointments_per_slot = PlainAttribute(null=True)
    service_ids = PlainAttribute(null=True)
    # override
    date = PlainAttribute(null=True)
    available = PlainAttribute(null=True)


@dataclass(frozen=True)
class DynamoDoctorSchedules:
    """Fulfils `clinic.services.slots.ports.DoctorSchedules`."""

    rows: type[DirectoryRowModel]

    @classmethod
    def open(cls, connection: Connection, directory_table: str) -> Self:
        """The directory in this table."""
        return cls(bind(DirectoryRowModel, directory_table, connection))

    def schedule(self, profile_id: str) -> DoctorSchedule | None:
        """The profile with its services, availability rules and date overrides."""
        with store_errors(f"profile {profile_id}"):
            return schedule_from_rows(self.rows.query(f"profile#{profile_id}", consistent_read=True))

    def active_profiles(self, page_size: int, cursor: str = "") -> ProfilePage:
        """A page of the active profiles, by id; the cursor is the last owner of the page before."""
        later = self.rows.owner > cursor if cursor else None
        with store_errors("profiles"):
            found = list(self.rows.by_entry.query(PROFILE_ENTRY, later, limit=page_size, page_size=page_size))
        profiles, unreadable = [], []
        for row in found:
            try:
                profiles.append(profile_from_row(row))
            except ConfigurationError as error:
                unreadable.append(str(error))
        return ProfilePage(
            tuple(profile for profile in profiles if profile.is_active),
            tuple(unreadable),
            found[-1].owner if len(found) == page_size else "",
            tuple(profile for profile in profiles if not profile.is_active),
        )


def schedule_from_rows(rows: Iterable[DirectoryRowModel]) -> DoctorSchedule | None:
    """The offer in a profile's rows; None without a row of its own.

    Raises:
        ConfigurationError: a row can't be read; the message names it and the column.
    """
    by_kind: dict[str, list[DirectoryRowModel]] = {}
    for row in rows:
        by_kind.setdefault(row.entry.partition("#")[0], []).append(row)
    if PROFILE_ENTRY not in by_kind:
        return None
    return DoctorSchedule(
        profile=profile_from_row(by_kind[PROFILE_ENTRY][0]),
        services=tuple(_read(row, _service) for row in by_kind.get("service", ())),
        rules=tuple(_read(row, _rule) for row in by_kind.get("rule", ())),
        overrides=tuple(
            override for row in by_kind.get("override", ()) if (override := _read(row, _override))
        ),
    )


def profile_from_row(row: DirectoryRowModel) -> Profile:
    """The profile in its row.

    Raises:
        ConfigurationError: it can't be read; the message names it and the column.
    """
    return _read(row, _profile)


@dataclass(frozen=True)
class _Columns:
    """A row's columns, each of the type it has to have."""

    row: DirectoryRowModel

    def text(self, name: str) -> str:
        return self._typed(name, str, "text")

    def number(self, name: str, default: int | None = None) -> int:
        if default is not None and self.is_missing(name):
            return default
        value: Decimal = self._typed(name, Decimal, "a number")
        if value != value.to_integral_value():
            raise ValueError(f"{name} must be a whole number")
        return int(value)

    def flag(self, name: str, *, default: bool | None = None) -> bool:
        if default is not None and self.is_missing(name):
            return default
        return self._typed(name, bool, "true or false")

    def clock(self, name: str) -> time:
        text = self.text(name)
        if not _CLOCK.fullmatch(text):
            raise ValueError(f'{name} must be a time of day, "HH:MM"')
        return time.fromisoformat(text)

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            raise ValueError(f'{name} must be a date, "YYYY-MM-DD"') from None

    def ids(self, name: str) -> frozenset[str] | None:
        if self.is_missing(name):
            return None
        value = getattr(self.row, name)
        if not isinstance(value, list | set) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"{name} must be a list of ids")
        return frozenset(value)

    def is_missing(self, name: str) -> bool:
        return getattr(self.row, name) is None

    def _typed(self, name: str, kind: type[ResultT], words: str) -> ResultT:
        value: Any = getattr(self.row, name)
        if value is None:
            raise ValueError(f"{name} is missing")
        if not isinstance(value, kind):
            raise ValueError(f"{name} must be {words}")  # noqa: TRY004 - one kind of error for all of them
        return value


def _read(row: DirectoryRowModel, read: Callable[[_Columns], ResultT]) -> ResultT:
    try:
        return read(_Columns(row))
    except ValueError as error:
        raise ConfigurationError(f"directory, {row.owner} {row.entry}: {error}") from None


def _profile(columns: _Columns) -> Profile:
    time_zone = columns.text("time_zone")
    if time_zone not in iana_time_zones():
        raise ValueError("time_zone must be an IANA time zone")
    return Profile(
        profile_id=columns.text("profile_id"),
        name=columns.text("name"),
        phone=columns.text("phone"),
        time_zone=time_zone,
        clinic_id=columns.text("clinic_id"),
        is_active=columns.flag("is_active", default=True),
    )


def _service(columns: _Columns) -> MedicalService:
    return MedicalService(
        service_id=columns.text("service_id"),
        profile_id=columns.text("profile_id"),
        name=columns.text("name"),
        duration=columns.number("duration"),
        is_active=columns.flag("is_active", default=True),
    )


def _rule(columns: _Columns) -> AvailabilityRule:
    return AvailabilityRule(
        rule_id=columns.text("rule_id"),
        profile_id=columns.text("profile_id"),
        day_of_week=columns.number("day_of_week"),
        **_hours(columns),
    )


def _override(columns: _Columns) -> DateOverride | None:
    profile_id, day = columns.text("profile_id"), columns.day("date")
    if not columns.flag("available"):
        return DateOverride(profile_id, day)
    if columns.is_missing("start_time") and columns.is_missing("end_time"):
        return None  # available, but not when: the week's hours hold
    return DateOverride(profile_id, day, (OpenHours(**_hours(columns)),))


def _hours(columns: _Columns) -> dict[str, Any]:
    has_own_length = not columns.is_missing("slot_duration")
    return {
        "start_time": columns.clock("start_time"),
        "end_time": columns.clock("end_time"),
        "slot_duration": columns.number("slot_duration") if has_own_length else None,
        "buffer_time": columns.number("buffer_time", 0),
        "max_appointments_per_slot": columns.number("max_appointments_per_slot", 1),
        "service_ids": columns.ids("service_ids"),
    }
