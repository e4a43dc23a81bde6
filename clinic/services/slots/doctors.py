"""Reads doctors: who they are, at which clinic, and which services they offer when."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import InvalidEventError, NotInDirectoryError

if TYPE_CHECKING:  # reminders start sooner without
    from clinic.services.slots.ports import DoctorSchedule, DoctorSchedules

DEFAULT_CLINIC = "main"


class Directory(Protocol):
    """Clinics and profiles. Every method may raise `StoreUnavailableError`."""

    def clinic(self, clinic_id: str) -> Clinic | None:
        """The clinic with this id."""

    def profile(self, profile_id: str) -> Profile | None:
        """The profile with this id."""

    def is_kept(self) -> bool:
        """Whether it holds any clinic or profile; read from an index, which is up to date in a moment."""

    def profile_ids(self) -> list[str]:
        """The ids of all profiles, likewise."""


@dataclass(frozen=True)
class Doctors:
    """Reads doctors, their clinics and their hours. Every method may raise `StoreUnavailableError`.

    Attributes:
        schedules: where doctors' services and hours are found, opened when first needed; None: nowhere.
    """

    directory: Directory
    schedules: "Callable[[], DoctorSchedules] | None" = None

    def profile(self, profile_id: str | None) -> Profile | None:
        """The doctor's profile, if the directory knows it."""
        return self.directory.profile(profile_id) if profile_id else None

    def schedule(self, profile_id: str) -> "DoctorSchedule | None":
        """What the doctor offers and when; None: the doctor is not kept here."""
        return self.schedules().schedule(profile_id) if self.schedules else None

    def named(
        self, event: str, profile_id: str | None, clinic_id: str | None
    ) -> tuple[Profile | None, Clinic | None]:
        """The doctor and the clinic of these ids; without a clinic's, the doctor's; without any, ``main``.

        A publisher without a directory may use ids of its own. An id that the directory does not know never
        stands for somebody else's particulars.

        Args:
            event: the event's detail-type, for errors.

        Raises:
            NotInDirectoryError: a directory is kept, and does not know one of the ids.
        """
        profile, clinic = self.known(profile_id, clinic_id)
        unknown = None
        if profile_id is not None and profile is None:
            unknown = f"profileId: expected a doctor in the directory, not {profile_id}"
        elif clinic_id is not None and clinic is None:
            unknown = f"clinicId: expected a clinic in the directory, not {clinic_id}"
        if unknown is not None and self.directory.is_kept():
            raise NotInDirectoryError(f"{event} is not valid: {unknown}")
        return profile, clinic

    def known(self, profile_id: str | None, clinic_id: str | None) -> tuple[Profile | None, Clinic | None]:
        """Likewise, of ids that a reservation has had for a while: what has gone since refuses nobody."""
        profile = self.directory.profile(profile_id) if profile_id is not None else None
        if clinic_id is None:
            clinic_id = profile.clinic_id if profile else DEFAULT_CLINIC if profile_id is None else None
        return profile, self.directory.clinic(clinic_id) if clinic_id is not None else None

    def require_service(
        self,
        event: str,
        profile: Profile | None,
        service_id: str | None,
        slot_id: str | None = None,
        clinic_id: str | None = None,
    ) -> None:
        """That the doctor has the service, where the doctor's services are kept.

        Args:
            event: the event's detail-type, for errors.
            slot_id: the slot that may have named the service.
            clinic_id: the clinic that the event names; None: none, or the doctor's.

        Raises:
            NotInDirectoryError: it is none of the doctor's.
            InvalidEventError: likewise, and the clinic is none of the doctor's either: the event is mixed up.
        """
        schedule = (
            self.schedule(profile.profile_id) if profile is not None and service_id is not None else None
        )
        known = {service.service_id for service in schedule.services} if schedule else set()
        if known and service_id not in known:
            field = "slotId" if slot_id is not None and f":{service_id}:" in slot_id else "serviceId"
            accepted = ", ".join(sorted(known))
            is_elsewhere = profile is not None and clinic_id not in {None, profile.clinic_id}
            kind = InvalidEventError if is_elsewhere else NotInDirectoryError
            raise kind(f"{event} is not valid: {field}: expected a service of the doctor's: {accepted}")

    def takes_no_visits(self, profile_id: str | None, service_id: str | None) -> str | None:
        """Why nobody can be booked anew: the field, and what in it is not active; None: somebody can be."""
        profile = self.profile(profile_id)
        if profile is None:
            return None
        if not profile.is_active:
            return f"profileId: {profile_id} is not active"
        schedule = self.schedule(profile.profile_id) if service_id is not None else None
        services = schedule.services if schedule else ()
        if any(service.service_id == service_id and not service.is_active for service in services):
            return f"serviceId: {service_id} is not active"
        return None
