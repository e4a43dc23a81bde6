"""What the directory in DynamoDB says of profiles: what they offer, and which there are."""

from dataclasses import dataclass
from typing import Self

from pynamodb.connection import Connection

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.models import bind
from clinic.adapters.dynamodb.schedule_models import DirectoryRowModel
from clinic.adapters.dynamodb.schedule_rows import PROFILE_ENTRY, profile_from_row, schedule_from_rows
from clinic.domain.errors import ConfigurationError
from clinic.services.slots.ports import DoctorSchedule, ProfilePage


@dataclass(frozen=True)
class DynamoDoctorSchedules:
    """Fulfils `clinic.services.slots.ports.Offers`."""

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
