"""Fills the parameters of the message that reminds of a dose."""

from clinic.domain.prescriptions.regimens import Regimen
from clinic.templates.catalogue import CATALOGUE, phrases_in
from clinic.templates.filling import Free, Values, fill

MEDICATION_REMINDER = "medication_reminder"


def parameters_of(regimen: Regimen) -> dict[str, str]:
    """The template's values in the patient's language, in its order."""
    language = regimen.patient_language
    values: Values = {
        "patient_name": regimen.patient_name,
        "medication_name": regimen.medication_name,
        "dosage": regimen.dosage,
        "instructions": Free(regimen.instructions or phrases_in(language).default_instructions),
    }
    return fill(CATALOGUE[MEDICATION_REMINDER, language], values)
