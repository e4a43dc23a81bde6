"""The particulars of an appointment, as reservations and requests both keep them."""

from dataclasses import fields
from typing import Any

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute

from clinic.adapters.dynamodb.base import DirectionsColumns, InstantAttribute
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.messages.kinds import ReminderOffset

_PLAIN = [field.name for field in fields(AppointmentDetails) if field.name != "offsets"]


class AppointmentColumns(DirectionsColumns):
    """The columns of a row that keeps them."""

    appointment_time = InstantAttribute()
    patient_name = UnicodeAttribute()
    patient_phone = UnicodeAttribute()
    service_name = UnicodeAttribute()
    doctor_name = UnicodeAttribute()
    clinic_name = UnicodeAttribute()
    clinic_address = UnicodeAttribute()
    preparation_instructions = UnicodeAttribute()
    time_zone = UnicodeAttribute()
    reminder_offsets: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute)
    profile_id = UnicodeAttribute(null=True)
    clinic_id = UnicodeAttribute(null=True)
    service_id = UnicodeAttribute(null=True)
    slot_id = UnicodeAttribute(null=True)
    visit_minutes = NumberAttribute(null=True)
    takes_from = InstantAttribute(null=True)
    takes_until = InstantAttribute(null=True)
    charge_id = UnicodeAttribute(null=True)
    clinic_phone = UnicodeAttribute(null=True)
    reminder_gap = NumberAttribute(null=True)
    language = UnicodeAttribute(null=True)
    clinic_language = UnicodeAttribute(default=DEFAULT_LANGUAGE)
    opening = UnicodeAttribute()


def details_to_row(details: AppointmentDetails) -> dict[str, Any]:
    """The columns of an appointment's particulars."""
    plain = {name: getattr(details, name) for name in _PLAIN}
    return {**plain, "reminder_offsets": [offset.label for offset in details.offsets]}


def details_from_row(row: AppointmentColumns) -> AppointmentDetails:
    """The particulars in those columns."""
    return AppointmentDetails(
        **{name: getattr(row, name) for name in _PLAIN},
        offsets=tuple(ReminderOffset.parse(label) for label in row.reminder_offsets),
    )
