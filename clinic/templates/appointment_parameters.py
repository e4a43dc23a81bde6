"""Fills an appointment message's parameters when it leaves; planning starts sooner without it."""

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.intent import Intent
from clinic.templates.catalogue import CATALOGUE, phrases_in
from clinic.templates.filling import Free, Values, fill
from clinic.templates.formatting import format_clock, format_day, phone_line


def parameters_for(intent: Intent, details: AppointmentDetails) -> dict[str, str]:
    """The values for the intent's template, in the template's order; dates in the appointment's zone."""
    template = CATALOGUE[intent.template, intent.language]
    phrases = phrases_in(intent.language)
    moment, zone = details.appointment_time, details.time_zone
    # A value can't be left out, nor be empty: the patient is told once whom to ask for the way, and the other
    # lines say that there is nothing to say.
    directions, unsaid = details.directions(), {"building_info": phrases.ask_at_reception}
    values: Values = {
        "patient_name": details.patient_name,
        "service_name": details.service_name,
        "doctor_name": details.doctor_name,
        "appointment_date": format_day(moment, zone, template.language),
        "appointment_time": format_clock(moment, zone, template.language),
        "clinic_name": details.clinic_name,
        # The texts say to call, and the specification's variables have no other place for a number.
        "clinic_address": Free(details.clinic_address, after=phone_line(details.clinic_phone, phrases.phone)),
        "preparation_instructions": Free(details.preparation_instructions or phrases.default_preparation),
        **{name: Free(said or unsaid.get(name, phrases.not_said)) for name, said in directions.items()},
    }
    return fill(template, values)
