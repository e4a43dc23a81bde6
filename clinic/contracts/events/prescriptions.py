"""The events of prescriptions."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from clinic.contracts.events.base import EventModel
from clinic.contracts.fields import Identifier, Instant, Name, OptionalText, PhoneNumber, TimeZone
from clinic.domain.prescriptions.dosing import Duration, Frequency, StartAt
from clinic.domain.prescriptions.dosing_words import parse_duration, parse_start
from clinic.domain.prescriptions.frequencies import parse_frequency


class PrescriptionCreated(EventModel):
    """The detail of ``prescription/created``: a patient is to be reminded of a medicine's doses.

    Attributes:
        frequency, start_date, duration: as `frequencies` and `dosing_words` of the domain read them.
        instructions: default the clinic's, else "Siga las indicaciones de su médico".
        prescription_id: default a digest of who takes what, see `prescription.derived_id` of the domain.
        timezone: the patient's; default the profile's, then the clinic's.
        profile_id, clinic_id: where the zone is looked up.
        reservation_id: the visit at which it was prescribed.
    """

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
    profile_id: Identifier | None = None
    clinic_id: Identifier | None = None
    reservation_id: Identifier | None = None


class PrescriptionStopped(EventModel):
    """The detail of ``prescription/stopped``: nobody is reminded any more."""

    prescription_id: Identifier
    stop_reason: OptionalText = None


class PrescriptionContinued(EventModel):
    """The detail of ``prescription/continued``, which Citas itself puts on the bus.

    Attributes:
        version: whose doses go on.
        after: those that are due until then have been planned.
    """

    prescription_id: Identifier
    version: int = Field(ge=1, strict=True)
    after: Instant
