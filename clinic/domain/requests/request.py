"""A patient's request for a slot, which the doctor has to approve. FHIR: Appointment, proposed or pending."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.slots.generation import slot_named


class RequestStatus(StrEnum):
    """Where a request stands. While it is pending, its place in the slot is held."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # the patient cancelled before the doctor answered


class ClosedBecause(StrEnum):
    """Why a request is no longer pending, beside the doctor's own answer."""

    SLOT_NOT_AVAILABLE = "slot_not_available"
    NOT_ANSWERED = "not_answered"
    EXPIRED_ON_ARRIVAL = "expired_on_arrival"  # nobody was asked
    RESERVATION_CANCELLED = "reservation_cancelled"


@dataclass(frozen=True)
class ReservationRequest:
    """A request. All instants are UTC.

    Attributes:
        details: the appointment it would become; its reservation id is settled from the beginning.
        expires_at: until when the doctor may answer; never after the visit's beginning.
        run: the ARN of the run that waits for that instant.
        closed_by: who answered, if the event said so; of an expired one the ARN of the run that ended it.
        answer_id: the id of the event that answered it; the same event again gets the same answer.
    """

    request_id: str
    details: AppointmentDetails
    doctor_phone: str
    expires_at: datetime
    status: RequestStatus
    created_at: datetime
    updated_at: datetime
    run: str | None = None
    closed_because: str | None = None
    closed_by: str | None = None
    answer_id: str | None = None

    @property
    def reservation_id(self) -> str:
        """The id of the reservation it may become."""
        return self.details.reservation_id

    @property
    def asked_for(self) -> datetime | None:
        """When the visit would begin; None: nobody knows, since it named a slot that there is not.

        Such a request was turned away as it came, with its own end in place of the beginning.
        """
        was_turned_away = not self.is_pending and self.updated_at == self.created_at
        is_a_guess = was_turned_away and self.details.appointment_time == self.expires_at
        slot_id = self.details.slot_id
        is_named = slot_id is not None and slot_named(slot_id) is not None
        return self.details.appointment_time if is_named or not is_a_guess else None

    @property
    def is_pending(self) -> bool:
        """Whether it waits for an answer."""
        return self.status is RequestStatus.PENDING

    def closed(
        self,
        status: RequestStatus,
        now: datetime,
        *,
        because: str | None = None,
        by: str | None = None,
        answer_id: str | None = None,
    ) -> Self:
        """The same, answered or run out."""
        return replace(
            self, status=status, updated_at=now, closed_because=because, closed_by=by, answer_id=answer_id
        )
