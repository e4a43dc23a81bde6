"""The events of prescriptions."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from clinic.contracts.events.base import BusEvent
from clinic.contracts.fields import (
    Identifier,
    Instant,
    Name,
    OptionalLanguage,
    OptionalText,
    PhoneNumber,
    TimeZone,
)
from clinic.domain.prescriptions.dosing import Duration, Frequency, StartAt
from clinic.domain.prescriptions.dosing_words import parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency


class PrescriptionCreated(BusEvent):
    """A patient is to be reminded of a medicine's doses.

    Attributes:
        frequency, start_date, duration: as `frequencies` and `dosing_words` of the domain read them.
        instructions: default the clinic's, then the language's own.
        prescription_id: default a digest of who takes what, see `prescription.derived_id` of the domain.
        timezone: the patient's; default the profile's, then the clinic's.
        language: what the patient reads; default what an earlier event said, then the clinic's.
        profile_id, clinic_id: where the zone is looked up.
        reservation_id: the visit at which it was prescribed.
    """

    detail_type: ClassVar[str] = "prescription/created"

    patient_name: Name
    patient_phone: PhoneNumber
    medication_name: Name
    dosage: Name
    frequency: Annotated[Frequency, BeforeValidator(parse_frequency)]
    start_date: Annotated[StartAt, BeforeValidator(parse_start)]
    duration: Annotated[Duration, BeforeValidator(parse_duration)]
    instructions: OptionalText = None
    prescription_id: Identifier | None = None
    timezone: TimeZone | None = None
    language: OptionalLanguage = None
    profile_id: Identifier | None = None
    clinic_id: Identifier | None = None
    reservation_id: Identifier | None = None


class PrescriptionStopped(BusEvent):
    """Nobody is reminded any more."""

    detail_type: ClassVar[str] = "prescription/stopped"

    prescription_id: Identifier
    stop_reason: OptionalText = None


class PrescriptionContinued(BusEvent):
    """The doses planned so far are over; Citas itself says so, and a fresh run goes on.

    Attributes:
        version: whose doses go on.
        after: those that are due until then have been planned.
    """

    detail_type: ClassVar[str] = "prescription/continued"

    prescription_id: Identifier
    version: int = Field(ge=1, strict=True)
    after: Instant
