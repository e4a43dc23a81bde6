"""The events of requests: a patient asks for a slot, and the doctor answers or does not."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from clinic.contracts.events.appointments import AppointmentFields
from clinic.contracts.events.base import BusEvent, KnownPatient
from clinic.contracts.fields import Identifier, Instant, OptionalName, OptionalText, PhoneNumber, SlotId
from clinic.domain.slots.generation import slot_named


class ReservationRequested(AppointmentFields):
    """A patient asks for a slot, and the doctor has to agree.

    Attributes:
        reservation_id: the id that the reservation will have; default the request's.
        profile_id: default the doctor whom the slot's id names.
        expires_at: until when the doctor may answer.
        doctor_phone: where the doctor is told; default the profile's.
    """

    detail_type: ClassVar[str] = "reservation/requested"

    request_id: Identifier
    reservation_id: Identifier
    profile_id: Identifier
    slot_id: SlotId
    expires_at: Instant
    doctor_phone: PhoneNumber | None = None

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


class ReservationApproved(BusEvent):
    """The doctor says yes to a request."""

    detail_type: ClassVar[str] = "reservation/approved"

    request_id: Identifier
    approved_by: OptionalName = None


class ReservationDeclined(BusEvent):
    """The doctor says no to a request; the patient reads the reason."""

    detail_type: ClassVar[str] = "reservation/declined"

    request_id: Identifier
    declined_by: OptionalName = None
    decline_reason: OptionalText = None


class RequestExpired(KnownPatient):
    """Nobody has answered a request in its time; what it leaves out is taken from the request."""

    detail_type: ClassVar[str] = "reservation/request-expired"

    request_id: Identifier
    slot_id: SlotId | None = None
    doctor_id: Identifier | None = None
    doctor_phone: PhoneNumber | None = None
