"""Use case: an ``appointment/created`` event becomes a reservation and its planned messages."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from clinic.contracts.events import AppointmentCreated, ReceivedAppointmentCreated
from clinic.domain.intents import Intent, IntentStatus, Reason, reservation_subject
from clinic.domain.reservations import AppointmentDetails, Arrival, EventOrder, Reservation, classify
from clinic.services.appointment_details import AppointmentReader
from clinic.services.appointment_intents import endings, plan_intents, still_open
from clinic.services.records_port import Changes, Records, past_races, reservation_and_intents

if TYPE_CHECKING:
    from clinic.services.places import BookingChange

NAME = "appointment/created"


@dataclass(frozen=True)
class ReminderPlan:
    """What a run has to do: send ``open_intents``, in the order they are due."""

    reservation: Reservation
    arrival: Arrival
    open_intents: tuple[Intent, ...]


@dataclass(frozen=True)
class ReminderPlanning:
    """Plans reminders, and books the slot that a new appointment names."""

    records: Records
    appointments: AppointmentReader

    def plan(self, event: ReceivedAppointmentCreated, run: str, now: datetime) -> ReminderPlan:
        """Apply the event to the records and say which messages are still to be sent.

        The same event, or another one for the same time, adds nothing; one for another time supersedes
        what was planned, unless it is older than what is known.

        Args:
            event: what came from the bus.
            run: the ARN of the run that will keep time for the messages.
            now: the instant of the call.

        Raises:
            InvalidEventError: a field is missing that the directory doesn't know either, or contradicts
                the configuration, the slot or the slot's id.
            AppointmentInThePastError, AppointmentTooFarAheadError: nothing can be planned.
            SlotNotAvailableError: the slot it names has no place for it; nothing was written.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        detail = self._completed(event.detail)
        details = self.appointments.details(detail, detail.appointment_time, NAME)
        order = EventOrder(event.event_time, event.event_id)
        newer_by = None if event.detail.is_announcement else order
        return past_races(
            lambda: self._apply(details, newer_by, run, now), reservation_subject(details.reservation_id)
        )

    def _completed(self, detail: AppointmentCreated) -> AppointmentCreated:
        if detail.slot_id is None:
            return detail
        from clinic.services.slot_names import NamedPlace  # reminders of visits without a slot start sooner

        place = NamedPlace(
            NAME, detail.slot_id, detail.profile_id, detail.service_id, detail.appointment_time
        ).completed(self.appointments)
        return detail.model_copy(update={"profile_id": place.profile_id, "service_id": place.service_id})

    def _apply(
        self, details: AppointmentDetails, order: EventOrder | None, run: str, now: datetime
    ) -> ReminderPlan:
        seen, known = reservation_and_intents(self.records, details.reservation_id)
        arrival = classify(seen, details.appointment_time, order)
        if seen is None:
            first = Reservation.first(details, order, now) if order else Reservation.booked(details, now)
            return self._first(first.watched_by(run, now), now)
        if arrival is Arrival.SAME_TIME:
            return self._same_time(seen, details, order, run, now, known=known)
        if arrival is Arrival.MOVED and order is not None:
            return self._moved(seen, details, order, run, now, known=known)
        return self._closed(seen, arrival, details, order, now)

    def _first(self, reservation: Reservation, now: datetime) -> ReminderPlan:
        intents = plan_intents(reservation, now, self.appointments.quiet_hours)
        bookings = self._places(None, reservation.details, now)
        self.records.commit(
            Changes(bookings=bookings, reservations=((None, reservation),), intents=tuple(intents))
        )
        return ReminderPlan(reservation, Arrival.NEW, still_open(intents))

    def _same_time(
        self,
        seen: Reservation,
        details: AppointmentDetails,
        order: EventOrder | None,
        run: str,
        now: datetime,
        *,
        known: list[Intent],
    ) -> ReminderPlan:
        newer_by = order if order is not None and seen.is_older_than(order) else None
        current = (seen.refreshed(details, newer_by, now) if newer_by else seen).watched_by(run, now)
        intents = [
            intent for intent in known if intent.id.version == seen.version and intent.id.follows_appointment
        ]
        if not intents:  # written by whoever booked it, before its event came
            arrival, added = Arrival.NEW, plan_intents(current, now, self.appointments.quiet_hours)
        else:
            arrival, added = Arrival.SAME_TIME, self._missing(current, intents, now) if newer_by else []
        bookings = self._places(seen.details, current.details, now) if newer_by else ()
        if current != seen or added:
            self.records.commit(
                Changes(bookings=bookings, reservations=((seen, current),), intents=tuple(added))
            )
        return ReminderPlan(current, arrival, still_open([*intents, *added]))

    def _places(
        self, old: AppointmentDetails | None, new: AppointmentDetails, now: datetime
    ) -> "tuple[BookingChange, ...]":
        if new.slot_id is None and (old is None or old.slot_id is None):
            return ()
        from clinic.services.places import exchange, take  # reminders of visits without a slot start sooner

        if old is None or (old.profile_id, old.slot_id) == (new.profile_id, new.slot_id):
            return take(self.records, self.appointments, new, now)
        return exchange(self.records, self.appointments, old, new, now)

    def _moved(
        self,
        seen: Reservation,
        details: AppointmentDetails,
        order: EventOrder,
        run: str,
        now: datetime,
        *,
        known: list[Intent],
    ) -> ReminderPlan:
        reservation = seen.moved(details, order, now).watched_by(run, now)
        intents = plan_intents(reservation, now, self.appointments.quiet_hours)
        self.records.commit(
            Changes(
                bookings=self._places(seen.details, details, now),
                reservations=((seen, reservation),),
                intents=tuple(intents),
                endings=endings(known, IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, now),
            )
        )
        return ReminderPlan(reservation, Arrival.MOVED, still_open(intents))

    def _closed(
        self,
        seen: Reservation,
        arrival: Arrival,
        details: AppointmentDetails,
        order: EventOrder | None,
        now: datetime,
    ) -> ReminderPlan:
        if not seen.is_placeholder or order is None:
            return ReminderPlan(seen, arrival, ())
        # What closed it came first; a cancellation waits for these particulars.
        known = replace(seen.refreshed(details, order, now), is_placeholder=False)
        self.records.commit(Changes(reservations=((seen, known),)))
        return ReminderPlan(known, arrival, ())

    def _missing(self, reservation: Reservation, known: list[Intent], now: datetime) -> list[Intent]:
        """What a newer event asks for and no earlier one did; what it drops is not sent when due."""
        kinds = {intent.kind for intent in known}
        if reservation.appointment_time <= now or reservation.details.kinds <= kinds:
            return []
        planned = plan_intents(reservation, now, self.appointments.quiet_hours)
        return [intent for intent in planned if intent.kind not in kinds]
