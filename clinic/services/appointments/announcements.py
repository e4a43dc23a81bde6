"""Events Citas itself puts on its bus, made of what it knows."""

from typing import TYPE_CHECKING

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.domain.appointments.reservation import AppointmentDetails, Reservation
from clinic.domain.requests.request import ReservationRequest

if TYPE_CHECKING:
    from clinic.contracts.events.appointment_changes import BookingConflict
    from clinic.contracts.events.requests import RequestExpired
    from clinic.domain.appointments.reservation import Conflict


def appointment_created(details: AppointmentDetails) -> AppointmentCreated:
    """The event that says all of this; read again, it gives the same appointment.

    It starts the run that keeps time for the messages, and changes nothing of the appointment.
    """
    return AppointmentCreated.model_construct(
        reservation_id=details.reservation_id,
        patient_name=details.patient_name,
        patient_phone=details.patient_phone,
        appointment_time=details.appointment_time,
        service_name=details.service_name,
        doctor_name=details.doctor_name,
        clinic_name=details.clinic_name,
        clinic_address=details.clinic_address,
        preparation_instructions=details.preparation_instructions,
        parking_info=details.parking_info,
        building_info=details.building_info,
        office_number=details.office_number,
        profile_id=details.profile_id,
        clinic_id=details.clinic_id,
        service_id=details.service_id,
        slot_id=details.slot_id,
        duration_minutes=details.visit_minutes,
        charge_id=details.charge_id,
        timezone=details.time_zone,
        reminder_offsets=details.offsets,
        is_announcement=True,
    )


def booking_conflict(reservation: Reservation, conflict: "Conflict") -> "BookingConflict":
    """The event about a visit that was agreed elsewhere; the same however often it is made."""
    from clinic.contracts.events.appointment_changes import BookingConflict  # seldom needed

    details = reservation.details
    return BookingConflict.model_construct(
        reservation_id=details.reservation_id,
        version=reservation.version,
        profile_id=details.profile_id or "",
        appointment_time=details.appointment_time,
        ends_at=details.takes_until or details.appointment_time,
        slot_ids=tuple(sorted(conflict.slot_ids)),
        reservation_ids=tuple(sorted(conflict.reservation_ids)),
    )


def request_expired(request: ReservationRequest) -> "RequestExpired":
    """The event about a request whose time is up."""
    from clinic.contracts.events.requests import RequestExpired  # only requests need it

    details = request.details
    return RequestExpired.model_construct(
        request_id=request.request_id,
        slot_id=details.slot_id,
        patient_name=details.patient_name,
        patient_phone=details.patient_phone,
        doctor_id=details.profile_id,
        doctor_phone=request.doctor_phone,
    )
