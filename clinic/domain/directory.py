"""Who and what a clinic is: the clinic itself and its doctors' profiles."""

from dataclasses import dataclass, fields
from typing import Any

DEFAULT_VISIT_MINUTES = 30
OVERLAPS = ("tell", "refuse")


@dataclass(frozen=True, kw_only=True)
class Directions:
    """What helps a patient to find the clinic, beside its address; None: nobody has said.

    Each field is one of an event, else the clinic's, and a value of the templates, by its name alone.
    """

    parking_info: str | None = None
    building_info: str | None = None
    office_number: str | None = None

    def directions(self) -> dict[str, Any]:
        """Each of them by its name."""
        return {name: getattr(self, name) for name in DIRECTIONS}


DIRECTIONS = tuple(field.name for field in fields(Directions))


@dataclass(frozen=True)
class Clinic(Directions):
    """A clinic's particulars. FHIR: Location.

    Attributes:
        time_zone: IANA name; what patients read is in this zone unless the doctor's profile has its own.
        reminder_gap: minutes that a reminder must come after the confirmation to be sent; None: any.
        medication_instructions: how a medicine is taken where its prescription says nothing.
        breakfast_time, lunch_time, dinner_time, bedtime: ``HH:MM``, when patients take what is prescribed for
            meals or bedtime; None: as in `clinic.domain.prescriptions.doses.MealHours`.
        default_visit_minutes: how long a visit takes of which neither service nor event says so; None: 30.
        language: what its doctors read, and its patients unless one has another: one of
            `clinic.domain.languages.LANGUAGES`; None: the deployment's.
        overlaps: what is done with a visit without a slot whose doctor's time is taken: one of `OVERLAPS`.
    """

    clinic_id: str
    name: str
    address: str
    time_zone: str
    phone: str | None = None
    preparation_instructions: str | None = None
    medication_instructions: str | None = None
    reminder_gap: int | None = None
    breakfast_time: str | None = None
    lunch_time: str | None = None
    dinner_time: str | None = None
    bedtime: str | None = None
    default_visit_minutes: int | None = None
    overlaps: str | None = None
    language: str | None = None

    @property
    def refuses_overlaps(self) -> bool:
        """Whether such a visit is refused, instead of booked and told of."""
        return self.overlaps == "refuse"


@dataclass(frozen=True)
class Profile:
    """A doctor's profile. FHIR: Practitioner."""

    profile_id: str
    name: str
    phone: str
    time_zone: str
    clinic_id: str
    is_active: bool = True
