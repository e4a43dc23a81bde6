"""Use case: an ``appointment/created`` event becomes a reservation and its planned messages."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clinic.contracts.events.appointments import AppointmentCreated, ReceivedAppointmentCreated
from clinic.domain.appointments.patients import are_other_patients
from clinic.domain.appointments.reservation import (
    AppointmentDetails,
    Arrival,
    EventOrder,
    Reservation,
    classify,
)
from clinic.domain.appointments.visits import ended_before
from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.messages.intent import Intent, IntentStatus, Reason, reservation_subject
from clinic.services.appointments.appointment_intents import endings, parked_until, plan_intents, still_open
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.unit_of_work import BookingStore, Changes, reservation_and_intents, retry_on_conflict

if TYPE_CHECKING:
    from clinic.services.slots.slot_reservations import BookingChange


@dataclass(frozen=True)
class ReminderPlan:
    """What a run has to do: send ``open_intents``, in the order they are due.

    Reminders of a visit that is parked are not among them; another run will keep time for those.
    """

    reservation: Reservation
    arrival: Arrival
    open_intents: tuple[Intent, ...]

    @property
    def is_conflict_untold(self) -> bool:
        """Whether the visit takes time that was taken, and that is not on the bus yet."""
        conflict = self.reservation.conflict
        return conflict is not None and conflict.told_at is None and self.reservation.status.is_active


@dataclass(frozen=True)
class ReminderPlanning:
    """Plans reminders, and books the slot that a new appointment names.

    Attributes:
        horizon: how far ahead the first reminder may be due for the run to wait for it; else it is parked.
    """

    booking_store: BookingStore
    appointments: AppointmentReader
    horizon: timedelta = timedelta(days=30)

    def plan(self, event: ReceivedAppointmentCreated, run: str, now: datetime) -> ReminderPlan:
        """Apply the event to the records and say which messages are still to be sent.

        The same event, or another one for the same time, adds nothing; one for another time supersedes
        what was planned, unless it is older than what is known. A visit that has begun is kept as a walk-in:
        nobody is told, and it needs no slot.

        Args:
            event: what came from the bus.
            run: the ARN of the run that will keep time for the messages.
            now: the instant of the call.

        Raises:
            InvalidEventError: a field is missing that the directory doesn't know either, or contradicts
                the configuration, the slot or the slot's id; an id is not known, or not active any more; the
                reservation had been closed before, or is another patient's at another time.
            AppointmentInThePastError, AppointmentTooFarAheadError: more than ten years ago, or ahead.
            SlotNotAvailableError: the slot it names has no place for it, or its doctor's time is taken and
                the clinic refuses overlaps; nothing was written.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        detail = self._completed(event.detail)
        details = self.appointments.details(detail, detail.appointment_time)
        order = EventOrder(event.event_time, event.event_id)
        newer_by = None if event.detail.is_announcement else order
        booking = _BookingEvent(details, newer_by, run, now, is_import=detail.is_import)
        return retry_on_conflict(lambda: self._apply(booking), reservation_subject(details.reservation_id))

    def _completed(self, detail: AppointmentCreated) -> AppointmentCreated:
        if detail.slot_id is None:
            return detail
        from clinic.services.slots.slot_names import (
            NamedPlace,  # reminders of visits without a slot start sooner
        )

        place = NamedPlace(
            detail.detail_type, detail.slot_id, detail.profile_id, detail.service_id, detail.appointment_time
        ).completed(self.appointments.doctors)
        return detail.model_copy(update={"profile_id": place.profile_id, "service_id": place.service_id})

    def _apply(self, event: "_BookingEvent") -> ReminderPlan:
        seen, known = reservation_and_intents(self.booking_store, event.details.reservation_id)
        arrival = classify(seen, event.details.appointment_time, event.order)
        if seen is None:
            if event.is_agreed_on_now:
                self._require_open(event)
            return self._first(event)
        if arrival is Arrival.SAME_TIME:
            return self._same_time(seen, known, event)
        if arrival is Arrival.MOVED and event.order is not None:
            return self._moved(seen, known, event, event.order)
        return self._closed(seen, arrival, event)

    def _require_open(self, event: "_BookingEvent") -> None:
        details = event.details
        closed = self.appointments.doctors.takes_no_visits(details.profile_id, details.service_id)
        if closed is not None:
            raise AppointmentCreated.refused(closed)

    def _first(self, event: "_BookingEvent") -> ReminderPlan:
        details, now, order = event.details, event.now, event.order
        first = Reservation.first(details, order, now) if order else Reservation.booked(details, now)
        reservation, bookings = self._placed(None, first.watched_by(event.run, now), now)
        intents = self._intents(reservation, event)
        reservation = self._parked(reservation, intents, now)
        self.booking_store.commit(
            Changes(bookings=bookings, reservations=((None, reservation),), intents=tuple(intents))
        )
        return _plan(reservation, event.arrival(Arrival.NEW), intents)

    def _same_time(self, seen: Reservation, known: list[Intent], event: "_BookingEvent") -> ReminderPlan:
        now, order = event.now, event.order
        newer_by = order if order is not None and seen.is_older_than(order) else None
        current = seen.refreshed(event.details, newer_by, now) if newer_by else seen
        current = current.watched_by(event.run, now)
        intents = [
            intent for intent in known if intent.id.version == seen.version and intent.id.follows_appointment
        ]
        bookings: tuple[BookingChange, ...] = ()
        if newer_by:
            current, bookings = self._placed(seen.details, current, now)
        if not intents:  # written by whoever booked it, before its event came
            arrival, added = event.arrival(Arrival.NEW), self._intents(current, event)
        else:
            arrival, added = Arrival.SAME_TIME, self._missing(current, intents, now) if newer_by else []
        current = self._parked(current, [*intents, *added], now)
        if current != seen or added:
            self.booking_store.commit(
                Changes(bookings=bookings, reservations=((seen, current),), intents=tuple(added))
            )
        return _plan(current, arrival, [*intents, *added])

    def _parked(self, reservation: Reservation, intents: list[Intent], now: datetime) -> Reservation:
        return replace(reservation, parked_until=parked_until(intents, now, self.horizon))

    def _intents(self, reservation: Reservation, event: "_BookingEvent") -> list[Intent]:
        return plan_intents(reservation, event.now, self.appointments.quiet_hours, is_import=event.is_import)

    def _placed(
        self, old: AppointmentDetails | None, new: Reservation, now: datetime
    ) -> "tuple[Reservation, tuple[BookingChange, ...]]":
        """The reservation with the place that it then has; a visit that has begun needs none in its slot."""
        details = new.details
        if details.profile_id is None and (old is None or not old.has_place):
            return new.placed(details, None, is_here=False), ()
        from clinic.services.slots.slot_reservations import (
            place,  # reminders of visits without a doctor start sooner
        )

        doctors = self.appointments.doctors
        try:
            placed = place(self.booking_store, doctors, old, details, now)
        except SlotNotAvailableError:
            if now < details.appointment_time:
                raise
            placed = place(self.booking_store, doctors, old, replace(details, slot_id=None), now)
        reservation = new.placed(placed.details, placed.conflict, is_here=placed.is_here)
        return reservation, placed.changes

    def _moved(
        self, seen: Reservation, known: list[Intent], event: "_BookingEvent", order: EventOrder
    ) -> ReminderPlan:
        if are_other_patients(seen.details, event.details):
            raise AppointmentCreated.refused(
                f"reservationId: {seen.reservation_id} is another patient's visit; expected an id of its own"
            )
        known_as = seen.details.profile_id, seen.details.service_id
        if (event.details.profile_id, event.details.service_id) != known_as:
            self._require_open(event)
        now = event.now
        moved = seen.moved(event.details, order, now).watched_by(event.run, now)
        reservation, bookings = self._placed(seen.details, moved, now)
        intents = self._intents(reservation, event)
        reservation = self._parked(reservation, intents, now)
        self.booking_store.commit(
            Changes(
                bookings=bookings,
                reservations=((seen, reservation),),
                intents=tuple(intents),
                endings=endings(known, IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, now),
            )
        )
        return _plan(reservation, event.arrival(Arrival.MOVED), intents)

    def _closed(self, seen: Reservation, arrival: Arrival, event: "_BookingEvent") -> ReminderPlan:
        if event.books_again(seen):
            raise AppointmentCreated.refused(
                f"reservationId: {seen.reservation_id} is {seen.status.value}; "
                "expected a new visit to have an id of its own"
            )
        if not seen.is_placeholder or event.order is None:
            return ReminderPlan(seen, arrival, ())
        # What closed it came first; a cancellation waits for these particulars.
        known = replace(seen.refreshed(event.details, event.order, event.now), is_placeholder=False)
        self.booking_store.commit(Changes(reservations=((seen, known),)))
        return ReminderPlan(known, arrival, ())

    def _missing(self, reservation: Reservation, known: list[Intent], now: datetime) -> list[Intent]:
        """What a newer event asks for and no earlier one did; what it drops is not sent when due."""
        kinds = {intent.kind for intent in known}
        if reservation.appointment_time <= now or reservation.details.kinds <= kinds:
            return []
        opened_at = next((it.due_at for it in known if it.kind == reservation.details.opening), None)
        quiet = self.appointments.quiet_hours
        planned = plan_intents(reservation, now, quiet, opened_at=opened_at)
        return [intent for intent in planned if intent.kind not in kinds]


@dataclass(frozen=True)
class _BookingEvent:
    """What an event says, and what is the same in all that is done about it.

    Attributes:
        order: None for what Citas itself announces.
        run: the ARN of the run that will keep time for the messages.
    """

    details: AppointmentDetails
    order: EventOrder | None
    run: str
    now: datetime
    is_import: bool = False

    @property
    def is_agreed_on_now(self) -> bool:
        """Whether it is a visit to come that nobody has known of: neither begun, nor brought in, nor ours."""
        is_ahead = self.details.appointment_time > self.now
        return is_ahead and not self.is_import and self.order is not None

    def books_again(self, closed: Reservation) -> bool:
        """Whether it asks for a visit to come under the id of one that had been closed when it was published.

        What closed a placeholder came before any booking, which may be on its way for long.
        """
        if self.order is None or closed.is_placeholder or not self.is_agreed_on_now:
            return False
        return ended_before(closed, self.order)

    def arrival(self, otherwise: Arrival) -> Arrival:
        """What it means that its messages are planned now."""
        return Arrival.WALK_IN if self.details.appointment_time <= self.now else otherwise


def _plan(reservation: Reservation, arrival: Arrival, intents: list[Intent]) -> ReminderPlan:
    is_parked = reservation.parked_until is not None
    waiting = (intent for intent in intents if not (is_parked and intent.id.is_reminder))
    return ReminderPlan(reservation, arrival, still_open(waiting))
