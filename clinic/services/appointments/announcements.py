"""Events Citas itself puts on its bus, made of what it knows."""

from typing import TYPE_CHECKING

from clinic.domain import instants
from clinic.domain.appointments.reservation import AppointmentDetails, Reservation
from clinic.domain.requests.request import ReservationRequest
from clinic.services.ports import OutboundEvent

if TYPE_CHECKING:
    from clinic.domain.appointments.reservation import Conflict

APPOINTMENT_CREATED = "appointment/created"
REQUEST_EXPIRED = "reservation/request-expired"


def appointment_created(details: AppointmentDetails) -> OutboundEvent:
    """The ``appointment/created`` that says all of this; read again, it gives the same appointment.

    It starts the run that keeps time for the messages, and changes nothing of the appointment.
    """
    detail = {
        "reservationId": details.reservation_id,
        "patientName": details.patient_name,
        "patientPhone": details.patient_phone,
        "appointmentTime": instants.to_text(details.appointment_time),
        "serviceName": details.service_name,
        "doctorName": details.doctor_name,
        "clinicName": details.clinic_name,
        "clinicAddress": details.clinic_address,
        "preparationInstructions": details.preparation_instructions,
        "parkingInfo": details.parking_info,
        "buildingInfo": details.building_info,
        "officeNumber": details.office_number,
        "profileId": details.profile_id,
        "clinicId": details.clinic_id,
        "serviceId": details.service_id,
        "slotId": details.slot_id,
        "durationMinutes": details.visit_minutes,
        "chargeId": details.charge_id,
        "timezone": details.time_zone,
        "reminderOffsets": [offset.label for offset in details.offsets],
        "isAnnouncement": True,
    }
    return OutboundEvent(
        APPOINTMENT_CREATED, {name: value for name, value in detail.items() if value is not None}
    )


def booking_conflict(reservation: Reservation, conflict: "Conflict") -> OutboundEvent:
    """The ``booking/conflict`` of a visit that was agreed elsewhere; the same however often it is made."""
    from clinic.contracts.events.conflicts import BOOKING_CONFLICT, BookingConflict  # seldom needed

    details = reservation.details
    detail = BookingConflict(
        reservation_id=details.reservation_id,
        version=reservation.version,
        profile_id=details.profile_id or "",
        appointment_time=instants.to_text(details.appointment_time),
        ends_at=instants.to_text(details.takes_until or details.appointment_time),
        slot_ids=tuple(sorted(conflict.slot_ids)),
        reservation_ids=tuple(sorted(conflict.reservation_ids)),
    )
    return OutboundEvent(BOOKING_CONFLICT, detail.to_payload())


def request_expired(request: ReservationRequest) -> OutboundEvent:
    """The ``reservation/request-expired`` of a request whose time is up."""
    details = request.details
    detail = {
        "requestId": request.request_id,
        "slotId": details.slot_id,
        "patientName": details.patient_name,
        "patientPhone": details.patient_phone,
        "doctorId": details.profile_id,
        "doctorPhone": request.doctor_phone,
    }
    return OutboundEvent(REQUEST_EXPIRED, detail)
