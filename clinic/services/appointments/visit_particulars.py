"""The particulars of a visit that is over: what its event says, completed with its reservation."""

from dataclasses import dataclass, replace
from datetime import datetime

from clinic.contracts.events.base import Received
from clinic.contracts.events.visits import AppointmentCompleted, VisitEnd
from clinic.domain.appointments.follow_ups import FollowUp
from clinic.domain.appointments.reservation import (
    AppointmentDetails,
    EventOrder,
    Reservation,
    ReservationStatus,
)
from clinic.domain.appointments.visits import EARLIEST_COMPLETION, can_be_over
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.services.appointments.particulars import AppointmentReader


@dataclass(frozen=True)
class Visit:
    """A visit that is over.

    Attributes:
        status: how it ended: ``COMPLETED`` or ``NO_SHOW``.
        began: when it began (UTC); of a no-show nobody has told us of: when that was said.
        time_zone: in which the patient reads times.
        language, clinic_language: as in `AppointmentDetails`.
        service_name: what it was for; empty where nobody has said.
        clinic_phone: where the clinic is called (E.164), if that is known.
        follow_ups, questions: what the patient is to be asked; of a no-show nothing.
    """

    reservation_id: str
    status: ReservationStatus
    order: EventOrder
    began: datetime
    patient_name: str
    patient_phone: str
    time_zone: str
    language: str | None = None
    clinic_language: str = DEFAULT_LANGUAGE
    profile_id: str | None = None
    clinic_id: str | None = None
    service_name: str = ""
    clinic_phone: str | None = None
    follow_ups: tuple[FollowUp, ...] = ()
    questions: tuple[str, ...] = ()


def status_of(event: Received[VisitEnd]) -> ReservationStatus:
    """How the visit ended."""
    is_completed = isinstance(event.detail, AppointmentCompleted)
    return ReservationStatus.COMPLETED if is_completed else ReservationStatus.NO_SHOW


def order_of(event: Received[VisitEnd]) -> EventOrder:
    """What decides whether the event is newer than another."""
    return EventOrder(event.event_time, event.event_id)


def visit_of(event: Received[VisitEnd], seen: Reservation | None, appointments: AppointmentReader) -> Visit:
    """The visit that the event speaks of.

    Raises:
        InvalidEventError: neither event nor reservation says enough of it, it can't be over yet, or an id is
            not known to a directory that is kept.
    """
    detail, known, status = event.detail, seen.details if seen else None, status_of(event)
    began = detail.appointment_date or (known.appointment_time if known else None)
    name = detail.patient_name or (known.patient_name if known else "")
    phone = detail.patient_phone or (known.patient_phone if known else "")
    if isinstance(detail, AppointmentCompleted):
        _require({"patientName": name, "patientPhone": phone, "appointmentDate": began})
    began = began or event.event_time
    if not can_be_over(began, status, event.event_time):
        raise detail.refused(f"appointmentDate: {_TOO_EARLY[status]}")
    unlike = _unlike(known, detail.profile_id, detail.clinic_id)
    if any(unlike):
        appointments.doctors.named(detail.detail_type, *unlike)
    visit = Visit(
        reservation_id=detail.reservation_id,
        status=status,
        order=order_of(event),
        began=began,
        patient_name=name,
        patient_phone=phone,
        time_zone=detail.timezone or (known.time_zone if known else appointments.time_zone(detail)),
        language=detail.language or (known.language if known else None),
        clinic_language=known.clinic_language if known else appointments.clinic_language(detail),
        profile_id=detail.profile_id,
        clinic_id=detail.clinic_id,
        service_name=known.service_name if known else "",
        clinic_phone=known.clinic_phone if known else appointments.clinic_phone(detail),
    )
    if not isinstance(detail, AppointmentCompleted):
        return visit
    return replace(visit, follow_ups=detail.follow_up_type, questions=detail.follow_up_questions)


def _unlike(
    known: AppointmentDetails | None, profile_id: str | None, clinic_id: str | None
) -> tuple[str | None, str | None]:
    """The ids that the reservation does not have: what it has may have gone from the directory since."""
    if known is None:
        return profile_id, clinic_id
    return (
        profile_id if profile_id != known.profile_id else None,
        clinic_id if clinic_id != known.clinic_id else None,
    )


def placeholder(visit: Visit, now: datetime) -> Reservation:
    """A reservation of which only its end has come; the booking that comes later adds its particulars."""
    details = AppointmentDetails.of_end(
        reservation_id=visit.reservation_id,
        appointment_time=visit.began,
        patient_name=visit.patient_name,
        patient_phone=visit.patient_phone,
        time_zone=visit.time_zone,
        profile_id=visit.profile_id,
        clinic_id=visit.clinic_id,
        language=visit.language,
        clinic_language=visit.clinic_language,
    )
    first = Reservation.first(details, visit.order, now)
    return replace(first, status=visit.status, is_placeholder=True)


def _require(needed: dict[str, object]) -> None:
    missing = [name for name, value in needed.items() if not value]
    if missing:
        raise AppointmentCompleted.refused(
            f"{', '.join(missing)}: expected of a reservation that is not known"
        )


_TOO_EARLY = {
    ReservationStatus.COMPLETED: (
        "expected a visit that begins at most "
        f"{EARLIEST_COMPLETION.total_seconds() / 3600:.0f} hours after the event"
    ),
    ReservationStatus.NO_SHOW: "expected a visit that had begun when the event was published",
}
