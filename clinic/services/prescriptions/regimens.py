"""Reads the regimen of a ``prescription/created``, completed with what the directory knows."""

from dataclasses import dataclass, replace
from datetime import time

from clinic.contracts.events.prescriptions import PrescriptionCreated
from clinic.domain.directory import Clinic
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.prescriptions.doses import MEAL_HOURS, MealHours, WakingHours
from clinic.domain.prescriptions.regimens import Regimen
from clinic.services.slots.doctors import Doctors


@dataclass(frozen=True)
class RegimenReader:
    """Reads regimens.

    Attributes:
        default_time_zone, default_language: of patients whose clinic the directory does not know.
        waking: where doses "so many times a day" are placed.
    """

    doctors: Doctors
    default_time_zone: str
    waking: WakingHours
    default_language: str = DEFAULT_LANGUAGE

    def regimen(self, event: PrescriptionCreated) -> Regimen:
        """The regimen that the event prescribes.

        Raises:
            InvalidEventError: an id is not known to a directory that is kept, or the last date does not fit
                the start.
        """
        profile, clinic = self.doctors.named(event.detail_type, event.profile_id, event.clinic_id)
        known = profile or clinic
        regimen = Regimen(
            patient_name=event.patient_name,
            patient_phone=event.patient_phone,
            medication_name=event.medication_name,
            dosage=event.dosage,
            instructions=event.instructions or (clinic and clinic.medication_instructions) or "",
            frequency=event.frequency,
            start=event.start_date,
            duration=event.duration,
            time_zone=event.timezone or (known.time_zone if known else self.default_time_zone),
            waking=self.waking,
            meals=_meals(clinic),
            language=event.language,
            clinic_language=(clinic.language if clinic else None) or self.default_language,
            profile_id=event.profile_id,
            clinic_id=event.clinic_id,
            reservation_id=event.reservation_id,
        )
        try:
            regimen.doses()
        except ValueError as error:
            raise event.refused(f"duration: {error}") from None
        return regimen


def _meals(clinic: Clinic | None) -> MealHours:
    if clinic is None:
        return MEAL_HOURS
    told = {
        "breakfast": clinic.breakfast_time,
        "lunch": clinic.lunch_time,
        "dinner": clinic.dinner_time,
        "bedtime": clinic.bedtime,
    }
    return replace(MEAL_HOURS, **{meal: time.fromisoformat(clock) for meal, clock in told.items() if clock})
