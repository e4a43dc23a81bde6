"""What an appointment's particulars are once it has moved."""

from dataclasses import replace

from clinic.contracts.events.bookings import AppointmentRescheduled
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.errors import InvalidEventError, SlotNotAvailableError, UnknownProfileError
from clinic.domain.messages.kinds import RESCHEDULING
from clinic.services.appointments.appointment_details import AppointmentReader
from clinic.templates.appointments import ASK_AT_RECEPTION, NOT_SAID

NAME = "appointment/rescheduled"


def moved_details(
    appointments: AppointmentReader, old: AppointmentDetails, event: AppointmentRescheduled
) -> AppointmentDetails:
    """The old appointment's particulars with what the event changes: its time, its place, and what it names.

    Raises:
        InvalidEventError: a slot without a doctor, or an id that a directory which is kept does not know.
        UnknownProfileError: another doctor, of whom the directory knows nothing.
    """
    profile_id = event.profile_id or old.profile_id
    if event.new_slot_id is not None and profile_id is None:
        raise InvalidEventError(f"{NAME} is not valid: profileId: is missing, and the reservation names none")
    if event.service_id not in {None, old.service_id}:
        appointments.doctors.require_service(NAME, appointments.doctors.profile(profile_id), event.service_id)
    moved = replace(
        old,
        reservation_id=event.new_reservation_id,
        appointment_time=event.new_appointment_time,
        slot_id=event.new_slot_id,
        visit_minutes=old.visit_minutes if event.service_id in {None, old.service_id} else None,
        takes_until=None,
        profile_id=profile_id,
        service_id=event.service_id or old.service_id,
        service_name=event.service_name or old.service_name,
        patient_name=event.patient_name or old.patient_name,
        patient_phone=event.patient_phone or old.patient_phone,
        # An offset that is no longer configured would be refused when the appointment is announced.
        offsets=tuple(offset for offset in old.offsets if offset in appointments.offsets),
        opening=RESCHEDULING,
    )
    if profile_id is None or profile_id == old.profile_id:
        return moved
    return _with_doctor(appointments, moved, profile_id, is_other=old.profile_id is not None)


def require_open(appointments: AppointmentReader, old: AppointmentDetails, new: AppointmentDetails) -> None:
    """That another doctor or service than before takes visits.

    Raises:
        SlotNotAvailableError: none any more.
    """
    if (new.profile_id, new.service_id) == (old.profile_id, old.service_id):
        return
    closed = appointments.doctors.takes_no_visits(new.profile_id, new.service_id)
    if closed is not None:
        raise SlotNotAvailableError(closed)


def _with_doctor(
    appointments: AppointmentReader, moved: AppointmentDetails, profile_id: str, *, is_other: bool
) -> AppointmentDetails:
    if is_other and appointments.doctors.profile(profile_id) is None:
        raise UnknownProfileError(f"profileId: the directory holds no profile {profile_id}")
    profile, clinic = appointments.doctors.named(NAME, profile_id, None)
    if profile is None:
        return moved
    moved = replace(moved, doctor_name=profile.name)
    if clinic is None or clinic.clinic_id == moved.clinic_id:
        return moved
    return replace(
        moved,
        clinic_id=clinic.clinic_id,
        clinic_name=clinic.name,
        clinic_address=clinic.address,
        clinic_phone=clinic.phone,
        reminder_gap=clinic.reminder_gap,
        parking_info=clinic.parking_info or NOT_SAID,
        building_info=clinic.building_info or ASK_AT_RECEPTION,
        office_number=clinic.office_number or NOT_SAID,
        time_zone=profile.time_zone or clinic.time_zone,
    )
