"""What making slots needs from the outside. A module of its own: messages start sooner without it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from clinic.domain.directory import Profile
from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService
from clinic.domain.slots.changes import SlotChanges
from clinic.domain.slots.slot import Slot


@dataclass(frozen=True)
class DoctorSchedule:
    """A profile and all that decides about its slots."""

    profile: Profile
    services: tuple[MedicalService, ...] = ()
    rules: tuple[AvailabilityRule, ...] = ()
    overrides: tuple[DateOverride, ...] = ()


@dataclass(frozen=True)
class ProfilePage:
    """Some of the profiles.

    Attributes:
        profiles: the active ones.
        inactive: those that take no new visits, but have what is left of the time when they did.
        unreadable: profiles that can't be read as they are kept; each says which, and what is wrong.
        cursor: where the next page begins; empty: this is the last one.
    """

    profiles: tuple[Profile, ...]
    unreadable: tuple[str, ...] = ()
    cursor: str = ""
    inactive: tuple[Profile, ...] = ()


class DoctorSchedules(Protocol):
    """What the directory says of profiles. Every method may raise `StoreUnavailableError`."""

    def schedule(self, profile_id: str) -> DoctorSchedule | None:
        """The profile with its services, availability rules and date overrides (a consistent read).

        Raises:
            ConfigurationError: a row can't be read as it is kept; the message names it and the column.
        """

    def active_profiles(self, page_size: int, cursor: str = "") -> ProfilePage:
        """A page of the profiles, by id, active ones and others apart.

        It is read from an index, which is up to date in a moment.

        Args:
            page_size: how many profiles are looked at, active or not.
            cursor: where the page before said that this one begins; empty: at the first profile.
        """


class SlotStore(Protocol):
    """The slots of profiles. Every method may raise `StoreUnavailableError`."""

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        """The slots that start in ``[begin, end)``, by start; read from an index, up to date in a moment."""

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        """Those of these slots that exist (a consistent read)."""

    def write(self, changes: SlotChanges) -> None:
        """Write all of the changes, at most `MOST_CHANGES`, or nothing.

        An added slot must not be there yet; a changed or removed one must be as it was read, and free.

        Raises:
            ConcurrentChangeError: somebody else has changed one of them; nothing was written.
        """


MOST_CHANGES = 50
