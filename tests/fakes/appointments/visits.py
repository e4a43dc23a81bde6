"""How the examples' visit ended, as its publisher says it."""

from datetime import datetime, time, timedelta
from typing import Any

from clinic.contracts.events.base import Received, receive
from clinic.contracts.events.visits import AppointmentCompleted, AppointmentNoShow, VisitEnd
from clinic.domain.instants import to_text
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.services.appointments.follow_ups import FollowUpPlanning
from clinic.services.slots.doctors import Directory
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import appointments
from tests.fakes.examples import IN_NINE_DAYS

AFTERWARDS = IN_NINE_DAYS + timedelta(minutes=40)
QUIET = QuietHours(time(21), time(8))
FOLLOW_UP_RUN = "arn:aws:states:us-east-1:123456789012:execution:citas-test-appointment-follow-up:e-1"
ENDS: tuple[type[VisitEnd], ...] = (AppointmentCompleted, AppointmentNoShow)


def completed_detail(**changes: Any) -> dict[str, Any]:
    """The detail of an ``appointment/completed``; a change to None leaves the field out."""
    whole = {
        "reservationId": "r-17",
        "patientName": "Paciente Ejemplo",
        "patientPhone": "+52 55 0000 0001",
        "appointmentDate": to_text(IN_NINE_DAYS),
        "followUpType": "1week",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def no_show_detail(**changes: Any) -> dict[str, Any]:
    """The detail of an ``appointment/no-show``."""
    return {"reservationId": "r-17", **changes}


def visit_envelope(
    kind: str, detail: dict[str, Any], event_id: str = "v-1", at: datetime = AFTERWARDS
) -> dict[str, Any]:
    """What the rule hands to the state machine."""
    return {"id": event_id, "time": to_text(at), "detail-type": kind, "detail": detail}


def completed(event_id: str = "v-1", at: datetime = AFTERWARDS, **changes: Any) -> Received[VisitEnd]:
    """A valid ``appointment/completed``."""
    return receive(visit_envelope("appointment/completed", completed_detail(**changes), event_id, at), *ENDS)


def no_show(event_id: str = "v-2", at: datetime = AFTERWARDS, **changes: Any) -> Received[VisitEnd]:
    """A valid ``appointment/no-show``."""
    return receive(visit_envelope("appointment/no-show", no_show_detail(**changes), event_id, at), *ENDS)


def follow_ups_on(booking_store: BookingStore, directory: Directory | None = None) -> FollowUpPlanning:
    """Planning of follow-ups on these records, with the usual quiet hours."""
    return FollowUpPlanning(booking_store, appointments(directory), QUIET)
