"""Which template an appointment message uses, and what goes into it."""

from clinic.domain.intents import Intent
from clinic.domain.reminders import CONFIRMATION, ReminderOffset
from clinic.domain.reservations import AppointmentDetails
from clinic.messages.appointment_templates import (
    APPOINTMENT_CONFIRMED,
    APPOINTMENT_REMINDER_2H,
    APPOINTMENT_REMINDER_24H,
)
from clinic.messages.catalogue import CATALOGUE
from clinic.messages.formatting import format_clock, format_day
from clinic.messages.template import Template

DEFAULT_PREPARATION = "Traiga su identificación y seguro médico"
ASK_AT_RECEPTION = "Pregunte en recepción"

# From half a day ahead on, a reminder names the day and what to prepare; later ones name the way in.
_DAY_SCALE_MINUTES = 12 * 60


def template_for(kind: str) -> Template:
    """The template of a ``confirmation`` or ``reminder_<offset>``.

    Raises:
        ValueError: no template belongs to this kind.
    """
    if kind == CONFIRMATION:
        return APPOINTMENT_CONFIRMED
    offset = ReminderOffset.parse(kind.removeprefix("reminder_"))
    return APPOINTMENT_REMINDER_24H if offset.minutes >= _DAY_SCALE_MINUTES else APPOINTMENT_REMINDER_2H


def parameters_for(intent: Intent, details: AppointmentDetails) -> dict[str, str]:
    """The values for the intent's template, in the template's order; dates in the appointment's zone."""
    template = CATALOGUE[intent.template]
    moment, zone = details.appointment_time, details.time_zone
    values = {
        "patient_name": details.patient_name,
        "service_name": details.service_name,
        "doctor_name": details.doctor_name,
        "appointment_date": format_day(moment, zone, template.language),
        "appointment_time": format_clock(moment, zone, template.language),
        "clinic_name": details.clinic_name,
        "clinic_address": details.clinic_address,
        "preparation_instructions": details.preparation_instructions,
        "parking_info": details.parking_info,
        "building_info": details.building_info,
        "office_number": details.office_number,
    }
    return {name: values[name] for name in template.parameters}
