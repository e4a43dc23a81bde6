"""The WhatsApp templates Citas sends: one table of names, parameters and Spanish bodies.

WhatsApp approves each template once (its body can't be changed by a send), so what stands here must be
what is registered there; `clinic.messages.meta` writes the registration.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_PARAMETER = re.compile(r"\{\{(\w+)\}\}")


class Category(StrEnum):
    """WhatsApp's template category; it decides the price and the opt-out rules."""

    UTILITY = "UTILITY"


@dataclass(frozen=True)
class Template:
    """A message template.

    Attributes:
        name, language: what WhatsApp knows it by.
        body: the text, with ``{{parameter}}`` where a value goes.
        examples: a fictional value for each parameter; WhatsApp asks for them at registration.
    """

    name: str
    language: str
    category: Category
    body: str
    examples: dict[str, str]

    @property
    def parameters(self) -> tuple[str, ...]:
        """The parameters' names in the order of the body."""
        return tuple(_PARAMETER.findall(self.body))

    def render(self, values: dict[str, str]) -> str:
        """The text a patient reads.

        Raises:
            KeyError: a parameter has no value.
        """
        return _PARAMETER.sub(lambda match: values[match[1]], self.body)


APPOINTMENT_CONFIRMED = Template(
    name="appointment_confirmed",
    language="es_MX",
    category=Category.UTILITY,
    body=(
        "Hola, {{patient_name}}. Su cita quedó confirmada.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Con: {{doctor_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Lugar: {{clinic_name}}\n"
        "Dirección: {{clinic_address}}\n"
        "\n"
        "Si necesita cambiarla o cancelarla, comuníquese con el consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "doctor_name": "Dra. Ejemplo",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México",
    },
)

APPOINTMENT_REMINDER_24H = Template(
    name="appointment_reminder_24h",
    language="es_MX",
    category=Category.UTILITY,
    body=(
        "Hola, {{patient_name}}. Le recordamos su próxima cita.\n"
        "\n"
        "Servicio: {{service_name}}\n"
        "Fecha: {{appointment_date}}\n"
        "Hora: {{appointment_time}}\n"
        "Lugar: {{clinic_name}}\n"
        "Dirección: {{clinic_address}}\n"
        "\n"
        "Indicaciones: {{preparation_instructions}}\n"
        "\n"
        "Si no puede asistir, avise al consultorio. ¡Gracias!"
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_date": "lunes, 30 de noviembre de 2026",
        "appointment_time": "10:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México",
        "preparation_instructions": "Traiga su identificación y seguro médico",
    },
)

APPOINTMENT_REMINDER_2H = Template(
    name="appointment_reminder_2h",
    language="es_MX",
    category=Category.UTILITY,
    body=(
        "Hola, {{patient_name}}. Su cita de {{service_name}} se acerca; ya le esperamos.\n"
        "\n"
        "Hora: {{appointment_time}}\n"
        "Lugar: {{clinic_name}}\n"
        "Dirección: {{clinic_address}}\n"
        "Estacionamiento: {{parking_info}}\n"
        "Cómo llegar: {{building_info}}\n"
        "Consultorio: {{office_number}}\n"
        "\n"
        "Si se le presentó un contratiempo, avise al consultorio."
    ),
    examples={
        "patient_name": "Paciente Ejemplo",
        "service_name": "Consulta general",
        "appointment_time": "10:00 a.m.",
        "clinic_name": "Clínica Ejemplo",
        "clinic_address": "Calle Ficticia 123, Ciudad de México",
        "parking_info": "Estacionamiento disponible en el edificio",
        "building_info": "Consultorio 301, 3er piso",
        "office_number": "301",
    },
)

CATALOGUE: dict[str, Template] = {
    template.name: template
    for template in (APPOINTMENT_CONFIRMED, APPOINTMENT_REMINDER_24H, APPOINTMENT_REMINDER_2H)
}
