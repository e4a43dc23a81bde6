"""A reservation as reminders see it. FHIR: Appointment."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Self

from clinic.domain.reminders import CONFIRMATION, ReminderOffset


class ReservationStatus(StrEnum):
    """Where a reservation stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"

    @property
    def is_active(self) -> bool:
        """Whether the patient is still expected."""
        return self in {ReservationStatus.PENDING, ReservationStatus.CONFIRMED}


@dataclass(frozen=True)
class EventOrder:
    """What decides which of two events is the newer: EventBridge's time, which knows whole seconds only."""

    time: datetime
    event_id: str


@dataclass(frozen=True)
class AppointmentDetails:
    """What an ``appointment/created`` event says, completed with what is known of the clinic.

    Attributes:
        appointment_time: when the visit begins (UTC).
        time_zone: the IANA zone in which the patient reads dates and times.
        offsets: when to remind, longest first.
    """

    reservation_id: str
    appointment_time: datetime
    patient_name: str
    patient_phone: str
    service_name: str
    doctor_name: str
    clinic_name: str
    clinic_address: str
    preparation_instructions: str
    parking_info: str
    building_info: str
    office_number: str
    time_zone: str
    offsets: tuple[ReminderOffset, ...]
    profile_id: str | None = None
    clinic_id: str | None = None
    service_id: str | None = None
    slot_id: str | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of message it calls for."""
        return frozenset({CONFIRMATION, *(offset.kind for offset in self.offsets)})


@dataclass(frozen=True)
class Reservation:
    """A patient's appointment.

    Attributes:
        version: rises by one each time the appointment moves; intents belong to one version.
        order: the newest event that was applied; None if none was.
        applied_with: the ids of all events of that very second that were applied.
        reminders_sent: offset label (``24h``) to the instant WhatsApp accepted that reminder.
    """

    details: AppointmentDetails
    status: ReservationStatus
    version: int
    order: EventOrder | None
    created_at: datetime
    updated_at: datetime
    reminders_sent: dict[str, datetime] = field(default_factory=dict)
    applied_with: frozenset[str] = frozenset()

    @property
    def reservation_id(self) -> str:
        """The publisher's id for it."""
        return self.details.reservation_id

    @property
    def appointment_time(self) -> datetime:
        """When the visit begins (UTC)."""
        return self.details.appointment_time

    @classmethod
    def first(cls, details: AppointmentDetails, order: EventOrder, now: datetime) -> Self:
        """A reservation that becomes known by its event."""
        applied = frozenset({order.event_id})
        return cls(details, ReservationStatus.CONFIRMED, 1, order, now, now, applied_with=applied)

    def is_older_than(self, order: EventOrder) -> bool:
        """Whether an event says something newer than what is known.

        Of two events of the same second the one that comes later counts as the newer, but not when it
        comes again.
        """
        if self.order is None or self.order.time != order.time:
            return self.order is None or self.order.time < order.time
        return order.event_id not in self.applied_with

    def moved(self, details: AppointmentDetails, order: EventOrder, now: datetime) -> Self:
        """The same reservation at another time: a new version, no reminder of which has been sent."""
        newer = self.refreshed(details, order, now)
        return replace(newer, version=self.version + 1, reminders_sent={})

    def refreshed(self, details: AppointmentDetails, order: EventOrder, now: datetime) -> Self:
        """The same appointment with newer particulars (a corrected phone number, say)."""
        same_second = self.order is not None and self.order.time == order.time
        applied = {order.event_id} | (self.applied_with if same_second else set())
        return replace(self, details=details, order=order, applied_with=frozenset(applied), updated_at=now)


class Arrival(StrEnum):
    """What an event means to a reservation; the name is also the outcome a run reports."""

    NEW = "planned"
    SAME_TIME = "already_planned"
    MOVED = "moved"
    STALE = "stale_event"
    CLOSED = "reservation_closed"


def classify(current: Reservation | None, appointment_time: datetime, order: EventOrder) -> Arrival:
    """Decide what an ``appointment/created`` event means, whatever order events arrive in."""
    if current is None:
        return Arrival.NEW
    if not current.status.is_active:
        return Arrival.CLOSED
    if current.appointment_time == appointment_time:
        return Arrival.SAME_TIME
    return Arrival.MOVED if current.is_older_than(order) else Arrival.STALE
