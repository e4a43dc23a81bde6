"""The protocols by which slots are made. A module of its own: messages start sooner without it."""

from dataclasses import dataclass
from typing import Protocol

from clinic.domain.directory import Profile
from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService


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
