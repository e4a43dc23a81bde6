"""The template that reminds of a dose, and what goes into it."""

from clinic.domain.prescriptions.regimens import Regimen
from clinic.templates.filling import Free, Values, fill
from clinic.templates.template import AN_HOUR, Category, Template

# For all that a patient takes, drops, applies or injects, fasting or not: a clinic may say more.
DEFAULT_INSTRUCTIONS = "Siga las indicaciones de su médico"

MEDICATION_REMINDER = Template(
    name="medication_reminder",
    language="es_MX",
    category=Category.UTILITY,
    ttl_seconds=AN_HOUR,
    body=(
        "Hola, {{patient_name}}. Es hora de su medicamento.\n"
        "\n"
        "Medicamento: {{medication_name}}\n"
        "Dosis: {{dosage}}\n"
        "Indicaciones: {{instructions}}\n"
        "\n"
        "Si tiene dudas sobre su tratamiento, consulte a su médico antes de cambiarlo o suspenderlo."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "medication_name": "Paracetamol",
        "dosage": "1 tableta de 500 mg",
        "instructions": "Tome con agua, preferiblemente con comida",
    },
)


def parameters_of(regimen: Regimen) -> dict[str, str]:
    """The template's values, in its order."""
    values: Values = {
        "patient_name": regimen.patient_name,
        "medication_name": regimen.medication_name,
        "dosage": regimen.dosage,
        "instructions": Free(regimen.instructions),
    }
    return fill(MEDICATION_REMINDER, values)
