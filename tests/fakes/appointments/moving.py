"""A doctor's afternoon with visits that move: slots, and the use cases that book and move."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.events.appointment_changes import AppointmentRescheduled
from clinic.contracts.events.base import Received, receive
from clinic.domain.appointments.reminders import parse_offsets
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import Intent, rescheduling_subject, reservation_subject
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.moves import ReschedulingPlan
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlan, ReminderPlanning
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.slots.doctors import Doctors
from tests.fakes.examples import CLINIC, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory
from tests.fakes.stores.dynamo import StoredRecords, put_slot

DOCTOR = PROFILE.profile_id
FIRST, SECOND, THIRD = (NOW + timedelta(days=9, minutes=30 * n) for n in range(3))


def slot(start: datetime, service: str = "s-1", capacity: int = 1, minutes: int = 30) -> Slot:
    """A slot of the example doctor."""
    until = start + timedelta(minutes=minutes)
    slot_id = f"{DOCTOR}:{service}:{start:%Y%m%dT%H%MZ}"
    return Slot(slot_id, DOCTOR, service, start, until, until, capacity)


def rescheduled(**changes: Any) -> dict[str, Any]:
    """The detail of an ``appointment/rescheduled``: r-17 becomes r-18; None leaves a field out."""
    whole = {
        "oldReservationId": "r-17",
        "newReservationId": "r-18",
        "newAppointmentTime": to_text(SECOND),
        "newSlotId": slot(SECOND).slot_id,
        "profileId": DOCTOR,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def move_envelope(event_id: str = "m-1", at: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """What the rule hands to the state machine."""
    return {
        "id": event_id,
        "time": to_text(at),
        "detail-type": "appointment/rescheduled",
        "detail": rescheduled(**changes),
    }


def move_event(event_id: str = "m-1", at: datetime = NOW, **changes: Any) -> Received[AppointmentRescheduled]:
    """A valid ``appointment/rescheduled``."""
    payload = move_envelope(event_id, at, **changes)
    return receive(payload, AppointmentRescheduled)


@dataclass
class Afternoon:
    """Three slots of half an hour, and what is done about them at ``now``."""

    booking_store: StoredRecords
    now: datetime = NOW
    directory: MemoryDirectory = field(
        default_factory=lambda: MemoryDirectory(clinics={"main": CLINIC}, profiles={DOCTOR: PROFILE})
    )

    def __post_init__(self) -> None:
        reader = AppointmentReader(Doctors(self.directory), parse_offsets("24h,2h"), "America/Mexico_City")
        self.planning = ReminderPlanning(self.booking_store, reader)
        self.rescheduling = AppointmentRescheduling(self.booking_store, reader)
        for start in (FIRST, SECOND, THIRD):
            put_slot(self.booking_store, slot(start))

    def book(
        self, start: datetime = FIRST, reservation_id: str = "r-17", event_id: str = "e-1", **changes: Any
    ) -> ReminderPlan:
        """An ``appointment/created`` that names a slot; ``at`` is the event's time."""
        at = changes.pop("at", NOW - timedelta(hours=1))
        named = {
            "reservationId": reservation_id,
            "appointmentTime": to_text(start),
            "profileId": DOCTOR,
            "slotId": slot(start).slot_id,
            **changes,
        }
        return self.planning.plan(event(event_id, at, **named), f"run-of-{event_id}", self.now)

    def move(self, event_id: str = "m-1", at: datetime = NOW, **changes: Any) -> ReschedulingPlan:
        """An ``appointment/rescheduled`` comes."""
        return self.rescheduling.reschedule(move_event(event_id, at, **changes), self.now)

    def reservation(self, reservation_id: str) -> Reservation:
        """It must be known."""
        found = self.booking_store.reservation(reservation_id)
        assert found is not None
        return found

    def holders(self, start: datetime) -> set[str]:
        """Who holds the slot that begins then, the day sheet agreeing."""
        (booking,) = self.booking_store.bookings(DOCTOR, slot(start).slot_id)
        assert booking is not None
        assert all(
            (slot(start).slot_id in sheet.taken) is bool(booking.slot.holders) for sheet in booking.sheets
        )
        return set(booking.slot.holders)

    def statuses(self, reservation_id: str) -> dict[str, str]:
        """``v1 reminder_24h`` → ``planned``."""
        return _statuses(self.booking_store.intents(reservation_subject(reservation_id)))

    def refusals(self, rescheduling_id: str = "r-18") -> list[Intent]:
        """What was told of a rescheduling that came to nothing."""
        return self.booking_store.intents(rescheduling_subject(rescheduling_id))


def _statuses(intents: list[Intent]) -> dict[str, str]:
    return {f"v{intent.id.version} {intent.kind}": intent.status.value for intent in intents}
