"""What goes into an appointment message when it leaves; planning starts sooner without it."""

from clinic.domain.intents import Intent
from clinic.domain.reservations import AppointmentDetails
from clinic.messages.catalogue import CATALOGUE
from clinic.messages.formatting import format_clock, format_day


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
