"""Tells whether what two events say of a patient may be of one person."""

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.people.phone import person_of
from clinic.domain.text import plain


def are_other_patients(one: AppointmentDetails, other: AppointmentDetails) -> bool:
    """Whether the two are of different patients for certain: neither number nor name is the same.

    A number is corrected, a name is written in another way, a parent has one number for two children: one of
    the two alone tells nothing. What only an end has told may lack either, and is taken for anybody's.
    """
    numbers, names = (one.patient_phone, other.patient_phone), (one.patient_name, other.patient_name)
    if not all(numbers) or not all(names):
        return False
    return person_of(numbers[0]) != person_of(numbers[1]) and plain(names[0]) != plain(names[1])
