"""A move as its event asks for it, and what becomes of it."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from clinic.contracts.events.appointment_changes import AppointmentRescheduled
from clinic.domain.appointments.reservation import EventOrder, Reservation
from clinic.domain.messages.intent import Intent
from clinic.domain.slots.generation import slot_named


class ReschedulingOutcome(StrEnum):
    """What a rescheduling came to."""

    RESCHEDULED = "rescheduled"
    ALREADY_RESCHEDULED = "already_rescheduled"
    ALREADY_BOOKED = "already_booked"  # by its own appointment/created, which has confirmed it
    NEW_RESERVATION_CLOSED = "new_reservation_closed"  # its cancellation came first
    SLOT_NOT_AVAILABLE = "slot_not_available"
    STALE_EVENT = "stale_event"
    RESERVATION_CLOSED = "reservation_closed"
    UNKNOWN_RESERVATION = "unknown_reservation"


_MOVED = frozenset(
    {
        ReschedulingOutcome.RESCHEDULED,
        ReschedulingOutcome.ALREADY_RESCHEDULED,
        ReschedulingOutcome.ALREADY_BOOKED,
        ReschedulingOutcome.NEW_RESERVATION_CLOSED,
    }
)


@dataclass(frozen=True)
class ReschedulingPlan:
    """What a run has to do.

    Attributes:
        change_id: names what became of it, the same however often it is asked for.
        has_new_place: the reservation holds a place in a slot kept here at its new time.
        open_notices: what the patient is still to be told.
        runs: the ARNs of the runs that kept time for the old reminders.
        retry_at: set while the old reservation's booking may still be under way: look again then.
        old_reservation_id, new_reservation_id: the event's; for a request's id its reservation's.
    """

    outcome: ReschedulingOutcome
    old_reservation_id: str = ""
    new_reservation_id: str = ""
    change_id: str = ""
    has_new_place: bool = False
    open_notices: tuple[Intent, ...] = ()
    runs: frozenset[str] = frozenset()
    retry_at: datetime | None = None

    @property
    def has_moved(self) -> bool:
        """Whether the visit's old time is given up, and the old place with it if there was one."""
        return self.outcome in _MOVED


@dataclass(frozen=True)
class Move:
    """An event, and what is the same in all that is done about it.

    Attributes:
        runs: the ARNs of the old reservation's runs, where it is another than the new one.
    """

    event: AppointmentRescheduled
    order: EventOrder
    now: datetime
    runs: frozenset[str] = frozenset()

    @property
    def is_same_reservation(self) -> bool:
        """Whether the visit keeps its reservation."""
        return self.event.old_reservation_id == self.event.new_reservation_id

    @property
    def rescheduling_id(self) -> str:
        """What names it: the new reservation, or the event where there is no new one."""
        return self.order.event_id if self.is_same_reservation else self.event.new_reservation_id

    def of(self, reservation_id: str) -> "Move":
        """The same of the reservation that was named by its request's id."""
        names = {"old_reservation_id": reservation_id}
        if self.is_same_reservation:
            names["new_reservation_id"] = reservation_id
        return replace(self, event=self.event.model_copy(update=names))

    def leads_to(self, reservation: Reservation) -> bool:
        """Whether the reservation is where the event wants it; it may lack the place the event names."""
        details, event = reservation.details, self.event
        return (
            details.appointment_time == event.new_appointment_time
            and (_is_foreign(event.new_slot_id) or details.slot_id in {None, event.new_slot_id})
            and (event.profile_id is None or details.profile_id in {None, event.profile_id})
        )


def _is_foreign(slot_id: str | None) -> bool:
    """Whether it names no slot that could be kept here."""
    return slot_id is None or slot_named(slot_id) is None
