"""Ids that an event names: where a directory is kept, it must know them."""

from clinic.domain.directory import Clinic, Profile
from clinic.domain.errors import InvalidEventError
from clinic.services.ports import Directory

DEFAULT_CLINIC = "main"


def doctor_and_clinic(
    directory: Directory, event: str, profile_id: str | None, clinic_id: str | None
) -> tuple[Profile | None, Clinic | None]:
    """The doctor and the clinic of these ids; without a clinic's, the doctor's, and without any, ``main``.

    A publisher without a directory may use ids of its own. An id that the directory does not know never
    stands for somebody else's particulars.

    Args:
        event: the event's detail-type, for errors.

    Raises:
        InvalidEventError: a directory is kept, and does not know one of the ids.
    """
    profile, clinic = doctor_and_clinic_if_known(directory, profile_id, clinic_id)
    unknown = None
    if profile_id is not None and profile is None:
        unknown = f"profileId: expected a doctor in the directory, not {profile_id}"
    elif clinic_id is not None and clinic is None:
        unknown = f"clinicId: expected a clinic in the directory, not {clinic_id}"
    if unknown is not None and directory.is_kept():
        raise InvalidEventError(f"{event} is not valid: {unknown}")
    return profile, clinic


def doctor_and_clinic_if_known(
    directory: Directory, profile_id: str | None, clinic_id: str | None
) -> tuple[Profile | None, Clinic | None]:
    """Likewise, of ids that a reservation has had for a while: nobody is refused for what has gone since."""
    profile = directory.profile(profile_id) if profile_id is not None else None
    if clinic_id is None:
        clinic_id = profile.clinic_id if profile else DEFAULT_CLINIC if profile_id is None else None
    return profile, directory.clinic(clinic_id) if clinic_id is not None else None
