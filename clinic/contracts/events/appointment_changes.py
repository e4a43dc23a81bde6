"""The events of appointments that are cancelled, moved, or meet another of their doctor's."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator

from clinic.contracts.events.base import BusEvent, KnownPatient
from clinic.contracts.fields import (
    Identifier,
    Instant,
    OptionalLanguage,
    OptionalName,
    OptionalText,
    SlotId,
    is_identifier,
)


class ReservationCancelled(KnownPatient):
    """A booked visit, or a request for one, is cancelled; what it leaves out is taken from the reservation.

    Attributes:
        cancellation_reason: the patient reads it; default that the patient asked for it.
        refund_amount: none or zero: there is nothing to give back.
        currency: of the refund; default the deployment's.
        charge_id: the payment provider's id of the charge; default the one the booking named.

    What is said of the refund may be anything: where it can't be right the refund is refused, and the rest is
    done (`clinic.domain.appointments.cancellations.refund_asked_for`).
    """

    detail_type: ClassVar[str] = "reservation/cancelled"

    reservation_id: Identifier
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


class AppointmentRescheduled(KnownPatient):
    """A visit moves to another time, place or doctor; what it leaves out is taken from the old reservation.

    Attributes:
        new_reservation_id: default the old one: the same reservation at another time.
        language: what the patient reads from now on; default as before.
        new_slot_id: None where no slot is kept here for the new time.
    """

    detail_type: ClassVar[str] = "appointment/rescheduled"

    old_reservation_id: Identifier
    new_reservation_id: Identifier
    new_appointment_time: Instant
    old_appointment_time: Instant | None = None
    service_name: OptionalName = None
    rescheduling_reason: OptionalText = None
    rescheduled_by: OptionalName = None
    profile_id: Identifier | None = None
    new_slot_id: SlotId | None = None
    service_id: Identifier | None = None
    language: OptionalLanguage = None

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


class BookingConflict(BusEvent):
    """A visit that was agreed elsewhere meets others of its doctor's; Citas tells whoever wants to know.

    Attributes:
        version: of the reservation; it rises when the visit moves.
        appointment_time, ends_at: the doctor's time that the visit takes (UTC).
        slot_ids: the slots whose time it meets.
        reservation_ids: who had a place in these, and whose visits it meets that have no slot either.
    """

    detail_type: ClassVar[str] = "booking/conflict"

    reservation_id: str
    version: int
    profile_id: str
    appointment_time: Instant
    ends_at: Instant
    slot_ids: tuple[str, ...] = ()
    reservation_ids: tuple[str, ...] = ()


FOR_OTHERS: tuple[type[BusEvent], ...] = (BookingConflict,)
"""What Citas puts on its bus for others, ids only; no workflow takes it, whoever wants it writes a rule."""
