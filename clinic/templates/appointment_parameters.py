"""What goes into an appointment message when it leaves; planning starts sooner without it."""

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent
from clinic.templates.catalogue import CATALOGUE
from clinic.templates.filling import Free, Values, fill
from clinic.templates.formatting import PHONE, format_clock, format_day, phone_line


def parameters_for(intent: Intent, details: AppointmentDetails) -> dict[str, str]:
    """The values for the intent's template, in the template's order; dates in the appointment's zone."""
    template = CATALOGUE[intent.template]
    moment, zone = details.appointment_time, details.time_zone
    values: Values = {
        "patient_name": details.patient_name,
        "service_name": details.service_name,
        "doctor_name": details.doctor_name,
        "appointment_date": format_day(moment, zone, template.language),
        "appointment_time": format_clock(moment, zone, template.language),
        "clinic_name": details.clinic_name,
        # The texts say to call, and the specification's variables have no other place for a number.
        "clinic_address": Free(details.clinic_address, after=phone_line(details.clinic_phone, PHONE)),
        "preparation_instructions": Free(details.preparation_instructions),
        "parking_info": Free(details.parking_info),
        "building_info": Free(details.building_info),
        "office_number": Free(details.office_number),
    }
    return fill(template, values)
