"""The events of requests, cancellations and moved appointments."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from clinic.contracts.events.base import EventModel
from clinic.contracts.fields import (
    Identifier,
    Instant,
    Name,
    Offset,
    OptionalName,
    OptionalText,
    PhoneNumber,
    SlotId,
    TimeZone,
    is_identifier,
)
from clinic.domain.slots.generation import slot_named


class ReservationRequested(EventModel):
    """The detail of ``reservation/requested``: a patient asks for a slot, and the doctor has to agree.

    Attributes:
        reservation_id: the id that the reservation will have; default the request's.
        profile_id: default the doctor whom the slot's id names.
        expires_at: until when the doctor may answer.
        doctor_phone: where the doctor is told; default the profile's.

    The others are those of ``appointment/created``, which an approval leads to.
    """

    request_id: Identifier
    reservation_id: Identifier
    profile_id: Identifier
    slot_id: SlotId
    patient_name: Name
    patient_phone: PhoneNumber
    service_name: Name
    expires_at: Instant
    service_id: Identifier | None = None
    doctor_name: OptionalName = None
    doctor_phone: PhoneNumber | None = None
    clinic_id: Identifier | None = None
    clinic_name: OptionalName = None
    clinic_address: OptionalText = None
    preparation_instructions: OptionalText = None
    parking_info: OptionalText = None
    building_info: OptionalText = None
    office_number: OptionalName = None
    charge_id: Identifier | None = None
    timezone: TimeZone | None = None
    reminder_offsets: tuple[Offset, ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_id_is_enough(cls, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        if value.get("reservationId") is None and "requestId" in value:
            value = {**value, "reservationId": value["requestId"]}
        named = slot_named(value["slotId"]) if isinstance(value.get("slotId"), str) else None
        if value.get("profileId") is None and named is not None:
            value = {**value, "profileId": named.profile_id}
        return value


class ReservationApproved(EventModel):
    """The detail of ``reservation/approved``."""

    request_id: Identifier
    approved_by: OptionalName = None


class ReservationDeclined(EventModel):
    """The detail of ``reservation/declined``; the patient reads the reason."""

    request_id: Identifier
    declined_by: OptionalName = None
    decline_reason: OptionalText = None


class RequestExpired(EventModel):
    """The detail of ``reservation/request-expired``; what it leaves out is taken from the request."""

    request_id: Identifier
    slot_id: SlotId | None = None
    patient_name: OptionalName = None
    patient_phone: PhoneNumber | None = None
    doctor_id: Identifier | None = None
    doctor_phone: PhoneNumber | None = None


class ReservationCancelled(EventModel):
    """The detail of ``reservation/cancelled``; what it leaves out is taken from the reservation.

    Attributes:
        cancellation_reason: the patient reads it; default "Cancelación solicitada por el paciente".
        refund_amount: none or zero: there is nothing to give back.
        currency: of the refund; default the deployment's.
        charge_id: the payment provider's id of the charge; default the one the booking named.

    What is said of the refund may be anything: where it can't be right the refund is refused, and the rest is
    done (`clinic.domain.appointments.cancellations.refund_asked_for`).
    """

    reservation_id: Identifier
    patient_name: OptionalName = None
    patient_phone: PhoneNumber | None = None
    appointment_time: Instant | None = None
    service_name: OptionalName = None
    cancellation_reason: OptionalText = None
    cancelled_by: OptionalName = None
    refund_amount: Any = None
    currency: Any = None
    charge_id: Any = None

    @property
    def named_charge(self) -> str | None:
        """The charge, if it is named by something that is spelled as an id."""
        return self.charge_id if is_identifier(self.charge_id) else None

    @property
    def has_odd_charge(self) -> bool:
        """Whether something is said of the charge that can be no charge's id."""
        return self.named_charge is None and self.charge_id not in (None, "")


class AppointmentRescheduled(EventModel):
    """The detail of ``appointment/rescheduled``; what it leaves out is taken from the old reservation.

    Attributes:
        new_reservation_id: default the old one: the same reservation at another time.
        new_slot_id: None where no slot is kept here for the new time.
    """

    old_reservation_id: Identifier
    new_reservation_id: Identifier
    new_appointment_time: Instant
    patient_name: OptionalName = None
    patient_phone: PhoneNumber | None = None
    old_appointment_time: Instant | None = None
    service_name: OptionalName = None
    rescheduling_reason: OptionalText = None
    rescheduled_by: OptionalName = None
    profile_id: Identifier | None = None
    new_slot_id: SlotId | None = None
    service_id: Identifier | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_id_is_enough(cls, value: Any) -> Any:
        if (
            isinstance(value, Mapping)
            and value.get("newReservationId") is None
            and "oldReservationId" in value
        ):
            return {**value, "newReservationId": value["oldReservationId"]}
        return value
