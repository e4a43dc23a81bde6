"""Clinics and profiles in DynamoDB, as visits look them up and an operator loads them."""

from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.models import Model

from clinic.adapters.dynamodb.base import DirectionsColumns, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain.directory import Clinic, Profile

_CLINIC_ENTRY = "clinic"
_PROFILE_ENTRY = "profile"


class ClinicModel(DirectionsColumns):
    """A clinic's row of the directory."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "directory"

    owner = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    clinic_id = UnicodeAttribute()
    name = UnicodeAttribute()
    address = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    phone = UnicodeAttribute(null=True)
    preparation_instructions = UnicodeAttribute(null=True)
    medication_instructions = UnicodeAttribute(null=True)
    reminder_gap = NumberAttribute(null=True)
    breakfast_time = UnicodeAttribute(null=True)
    lunch_time = UnicodeAttribute(null=True)
    dinner_time = UnicodeAttribute(null=True)
    bedtime = UnicodeAttribute(null=True)
    default_visit_minutes = NumberAttribute(null=True)
    overlaps = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)


class ProfileModel(Model):
    """A profile's row of the directory."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "directory"

    owner = UnicodeAttribute(hash_key=True)
    entry = UnicodeAttribute(range_key=True)
    profile_id = UnicodeAttribute()
    name = UnicodeAttribute()
    phone = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    clinic_id = UnicodeAttribute()
    is_active = BooleanAttribute(default=True)


@dataclass(frozen=True)
class DynamoDirectory:
    """Fulfils `clinic.services.slots.doctors.Directory`, and writes what an operator loads."""

    connection: Connection
    clinics: type[ClinicModel]
    profiles: type[ProfileModel]

    @classmethod
    def open(cls, connection: Connection, directory_table: str) -> Self:
        """The directory in this table."""
        return cls(
            connection,
            bind(ClinicModel, directory_table, connection),
            bind(ProfileModel, directory_table, connection),
        )

    def clinic(self, clinic_id: str) -> Clinic | None:
        """The clinic with this id."""
        with store_errors(f"clinic {clinic_id}"):
            try:
                row = self.clinics.get(f"clinic#{clinic_id}", _CLINIC_ENTRY)
            except DoesNotExist:
                return None
            return Clinic(**_values(row, Clinic))

    def profile(self, profile_id: str) -> Profile | None:
        """The profile with this id."""
        with store_errors(f"profile {profile_id}"):
            try:
                row = self.profiles.get(f"profile#{profile_id}", _PROFILE_ENTRY)
            except DoesNotExist:
                return None
            return Profile(**_values(row, Profile))

    def is_kept(self) -> bool:
        """Whether it holds any clinic or profile."""
        with store_errors("directory"):
            return any(
                self._entries(entry, Limit=1, Select="COUNT")["Count"]
                for entry in (_PROFILE_ENTRY, _CLINIC_ENTRY)
            )

    def profile_ids(self) -> list[str]:
        """The ids of all profiles."""
        with store_errors("directory"):
            ids: list[str] = []
            start: dict[str, Any] = {}
            while True:
                page = self._entries(_PROFILE_ENTRY, ProjectionExpression="profile_id", **start)
                ids += [row["profile_id"]["S"] for row in page["Items"]]
                if "LastEvaluatedKey" not in page:
                    return ids
                start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _entries(self, entry: str, **how: Any) -> Any:
        # Neither model has the index: an event seldom names what is not there.
        query = {
            "TableName": self.clinics.Meta.table_name,
            "IndexName": "by-entry",
            "KeyConditionExpression": "#entry = :entry",
            "ExpressionAttributeNames": {"#entry": "entry"},
            "ExpressionAttributeValues": {":entry": {"S": entry}},
            **how,
        }
        return self.connection.dispatch("Query", query)

    def put_clinic(self, clinic: Clinic) -> None:
        """Write a clinic, in place of what was there."""
        with store_errors(f"clinic {clinic.clinic_id}"):
            self.clinics(owner=f"clinic#{clinic.clinic_id}", entry=_CLINIC_ENTRY, **asdict(clinic)).save()

    def put_profile(self, profile: Profile) -> None:
        """Write a profile, in place of what was there."""
        with store_errors(f"profile {profile.profile_id}"):
            self.profiles(
                owner=f"profile#{profile.profile_id}", entry=_PROFILE_ENTRY, **asdict(profile)
            ).save()


def _values(row: ClinicModel | ProfileModel, domain: type[Clinic | Profile]) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(domain)}
