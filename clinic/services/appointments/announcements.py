"""Events Citas itself puts on its bus, made of what it knows, and the telling of a conflict."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.metrics import BOOKING_CONFLICTS
from clinic.domain.appointments.reservation import AppointmentDetails, Reservation
from clinic.domain.errors import UnknownReservationError
from clinic.domain.messages.intent import reservation_subject
from clinic.domain.requests.request import ReservationRequest
from clinic.services.ports import EventPublisher, Meter
from clinic.services.unit_of_work import BookingStore, Changes, retry_on_conflict

if TYPE_CHECKING:
    from clinic.contracts.events.appointment_changes import BookingConflict
    from clinic.contracts.events.requests import RequestExpired
    from clinic.domain.appointments.conflict import Conflict


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
        preparation_instructions=details.preparation_instructions or None,
        profile_id=details.profile_id,
        clinic_id=details.clinic_id,
        service_id=details.service_id,
        slot_id=details.slot_id,
        duration_minutes=details.visit_minutes,
        charge_id=details.charge_id,
        timezone=details.time_zone,
        language=details.language,
        reminder_offsets=details.offsets,
        is_announcement=True,
        **details.directions(),
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


@dataclass(frozen=True)
class ConflictNotices:
    """Tells of each conflict until it is noted that this was done."""

    booking_store: BookingStore
    events: EventPublisher
    meter: Meter

    def tell(self, reservation_id: str, now: datetime) -> bool:
        """Put ``booking/conflict`` on the bus, count it, and note it; whether there was one to tell.

        A crash in between leads to the very same event once more.

        Raises:
            UnknownReservationError: there is no such reservation.
            EventBusUnavailableError: the bus did not take it; call again.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        reservation = self.booking_store.reservation(reservation_id)
        if reservation is None:
            raise UnknownReservationError(f"reservation {reservation_id} is not known")
        conflict = reservation.conflict
        if conflict is None or conflict.told_at is not None or not reservation.status.is_active:
            return False
        self.events.publish([booking_conflict(reservation, conflict)])
        retry_on_conflict(
            lambda: self._note(reservation_id, reservation.version, now), reservation_subject(reservation_id)
        )
        return True

    def _note(self, reservation_id: str, version: int, now: datetime) -> None:
        seen = self.booking_store.reservation(reservation_id)
        conflict = seen.conflict if seen is not None and seen.version == version else None
        if seen is None or conflict is None or conflict.told_at is not None:
            return  # it has moved since, or another run has noted it
        self.booking_store.commit(Changes(reservations=((seen, replace(seen, conflict=conflict.told(now))),)))
        self.meter.add(BOOKING_CONFLICTS, 1)
