"""Use case: an ``appointment/rescheduled`` event moves a visit: both places change hands, or neither."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from clinic.contracts.events.appointment_changes import AppointmentRescheduled
from clinic.contracts.events.base import Received
from clinic.domain.appointments.patients import are_other_patients
from clinic.domain.appointments.reservation import AppointmentDetails, EventOrder, Reservation
from clinic.domain.appointments.visits import closed_error, ended_before
from clinic.domain.errors import (
    AppointmentInThePastError,
    ConcurrentChangeError,
    ReservationClosedError,
    SlotNotAvailableError,
    UnknownReservationError,
)
from clinic.domain.messages.backoff import check_while_pending, next_check
from clinic.domain.messages.intent import (
    Intent,
    IntentStatus,
    Reason,
    rescheduling_subject,
    reservation_subject,
)
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import RequestStatus
from clinic.services.appointments.appointment_intents import endings, of_use_until, plan_moved, still_open
from clinic.services.appointments.moves import Move, ReschedulingOutcome, ReschedulingPlan
from clinic.services.appointments.particulars import AppointmentReader, moved_details, require_open
from clinic.services.appointments.pending_requests import request_behind
from clinic.services.messages.notice_drafts import notice_id, planned
from clinic.services.ports import Outcome
from clinic.services.slots.slot_names import NamedPlace
from clinic.services.slots.slot_reservations import BookingChange, Placed, place, release, slot_of
from clinic.services.unit_of_work import (
    BookingStore,
    Changes,
    reservation_and_intents,
    retry_on_conflict,
    standing_for,
)
from clinic.templates import notices


@dataclass(frozen=True)
class AppointmentRescheduling:
    """Moves visits, each to another reservation or to another time of the same one.

    Where the new reservation has become known by its own ``appointment/created``, the old one ends and the
    new one stays as it was booked and confirmed; where it was cancelled before, the old one ends as well.
    A request that waits for its answer is not moved: the move waits with it.
    """

    booking_store: BookingStore
    appointments: AppointmentReader

    def reschedule(self, event: Received[AppointmentRescheduled], now: datetime) -> ReschedulingPlan:
        """Give up the old place for the new one in one transaction, with all messages that follow.

        If the new slot has no place to give, nothing moves and the patient is told; that is decided once. The
        same event, or another one for the same two reservations, adds nothing and gives what is still open.

        Raises:
            InvalidEventError: the event contradicts the slot or its id, or a slot is named and no doctor; or
                the new reservation is another patient's, or had been closed before.
            ReservationClosedError: the old reservation had been closed, or moved elsewhere, before the event.
            AppointmentInThePastError, AppointmentTooFarAheadError: nothing can be planned; nothing moved.
            UnknownProfileError: the directory does not know the doctor it moves to.
            UnknownReservationError: nobody has booked the old reservation, and no event that could still be
                under way will say so.
            ConcurrentChangeError: others keep changing the reservations; call again.
        """
        move = Move(self._completed(event.detail), EventOrder(event.event_time, event.event_id), now)
        return retry_on_conflict(
            lambda: self._named(move), reservation_subject(event.detail.old_reservation_id)
        )

    def _named(self, move: Move) -> ReschedulingPlan:
        plan = self._apply(move)
        if plan.old_reservation_id:
            return plan
        old, new = move.event.old_reservation_id, move.event.new_reservation_id
        return replace(plan, old_reservation_id=old, new_reservation_id=new)

    def _completed(self, event: AppointmentRescheduled) -> AppointmentRescheduled:
        if event.new_slot_id is None:
            return event
        place = NamedPlace(
            event.detail_type,
            event.new_slot_id,
            event.profile_id,
            event.service_id,
            event.new_appointment_time,
            slot_field="newSlotId",
            time_field="newAppointmentTime",
            has_doctor=True,  # the reservation's, or it is refused by profileId
        ).completed(self.appointments.doctors)
        return event.model_copy(update={"profile_id": place.profile_id, "service_id": place.service_id})

    def _apply(self, move: Move) -> ReschedulingPlan:
        refused = [intent for intent in self._refusals(move) if _is_for(intent, move)]
        if refused:
            return self._refused(move, refused)
        old, known = reservation_and_intents(self.booking_store, move.event.old_reservation_id)
        if old is None:
            return self._before_its_booking(move)
        if move.is_same_reservation:
            return self._within_one(old, known, move)
        return self._to_another(old, known, move)

    def _before_its_booking(self, move: Move) -> ReschedulingPlan:
        event = move.event
        request = request_behind(self.booking_store, event.old_reservation_id, event.patient_phone)
        if request is None:
            return self._unknown(move)
        if request.reservation_id != event.old_reservation_id:
            return self._named(move.of(request.reservation_id))
        if request.is_pending:  # whether there is a visit to move is the doctor's to say
            retry_at = check_while_pending(move.order.time, move.now)
            return ReschedulingPlan(ReschedulingOutcome.UNKNOWN_RESERVATION, retry_at=retry_at)
        if request.status is RequestStatus.APPROVED:
            raise ConcurrentChangeError(f"request {request.request_id} has just been approved")
        if request.updated_at < move.order.time:
            raise ReservationClosedError(
                f"request {request.request_id} is {request.status.value}: nothing was moved"
            )
        return ReschedulingPlan(ReschedulingOutcome.RESERVATION_CLOSED)

    def _unknown(self, move: Move) -> ReschedulingPlan:
        retry_at = next_check(move.order.time, move.now)
        if retry_at is None:
            raise UnknownReservationError(f"reservation {move.event.old_reservation_id} is not known")
        return ReschedulingPlan(ReschedulingOutcome.UNKNOWN_RESERVATION, retry_at=retry_at)

    def _within_one(self, seen: Reservation, known: list[Intent], move: Move) -> ReschedulingPlan:
        if not seen.status.is_active:
            return self._closed(seen, move)
        if not move.leads_to(seen) and not seen.is_older_than(move.order):
            return ReschedulingPlan(ReschedulingOutcome.STALE_EVENT)
        return self._follow(seen, known, move)

    def _to_another(self, old: Reservation, of_old: list[Intent], move: Move) -> ReschedulingPlan:
        move = replace(move, runs=old.runs)
        new, of_new = reservation_and_intents(self.booking_store, move.event.new_reservation_id)
        if old.status.is_active:
            if not old.is_older_than(move.order):
                return ReschedulingPlan(ReschedulingOutcome.STALE_EVENT)
            if new is None:
                details = moved_details(self.appointments, old.details, move.event)
                return self._move(old, of_old, Reservation.first(details, move.order, move.now), move)
            _require_free_for(new, old, move)
            new = self._give_up(old, of_old, new, move)
        elif new is None or old.rescheduled_to != new.reservation_id:
            return self._closed(old, move)
        return self._follow(new, of_new, move)

    def _closed(self, old: Reservation, move: Move) -> ReschedulingPlan:
        """Of what was published after the end, its publisher counts on a visit that there is not."""
        now_called = standing_for(self.booking_store, old)
        is_active = now_called.status.is_active
        if now_called.is_older_than(move.order) if is_active else ended_before(now_called, move.order):
            raise closed_error(old, now_called, "moved", "oldReservationId")
        return ReschedulingPlan(ReschedulingOutcome.RESERVATION_CLOSED)

    def _move(self, old: Reservation, of_old: list[Intent], new: Reservation, move: Move) -> ReschedulingPlan:
        """From the one to the other, which may be the same reservation's next version."""
        reminders = plan_moved(new, move.now, self.appointments.quiet_hours)
        try:
            placed = self._place(old.details, new.details, move)
        except SlotNotAvailableError:
            return self._refuse(old, move)
        new = new.placed(placed.details, placed.conflict, is_here=placed.is_here)
        message = _message(old, new, reminders, move)
        is_same = old.reservation_id == new.reservation_id
        ended = old.replaced_by(new.reservation_id, move.now)
        self.booking_store.commit(
            Changes(
                bookings=placed.changes,
                reservations=((old, new),) if is_same else ((old, ended), (None, new)),
                intents=(message, *reminders),
                endings=_superseded(of_old, move),
            )
        )
        move = replace(move, runs=move.runs | old.runs)
        return self._plan(ReschedulingOutcome.RESCHEDULED, new, move, (message,))

    def _place(self, old: AppointmentDetails, new: AppointmentDetails, move: Move) -> Placed:
        require_open(self.appointments, old, new)
        field = f"{AppointmentRescheduled.detail_type} is not valid: newAppointmentTime"
        placed = place(self.booking_store, self.appointments.doctors, old, new, move.now, time_field=field)
        if new.slot_id is not None and not placed.is_here:
            raise SlotNotAvailableError(f"newSlotId: slot {new.slot_id} does not exist")
        return placed

    def _give_up(self, old: Reservation, of_old: list[Intent], new: Reservation, move: Move) -> Reservation:
        """End the old reservation in favour of one that is known already; that one as it is then."""
        if move.event.new_appointment_time <= move.now:
            raise AppointmentInThePastError(
                f"{move.event.detail_type} is not valid: newAppointmentTime: "
                "expected an instant in the future"
            )
        details = moved_details(self.appointments, old.details, move.event)
        reservations: tuple[tuple[Reservation, Reservation], ...] = (
            (old, old.replaced_by(new.reservation_id, move.now)),
        )
        if new.is_placeholder:
            # Its cancellation came first, and waits for these particulars.
            known = replace(new.refreshed(details, move.order, move.now), is_placeholder=False)
            reservations, new = (*reservations, (new, known)), known
        self.booking_store.commit(
            Changes(
                bookings=release(self.booking_store, old.details),
                reservations=reservations,
                endings=_superseded(of_old, move),
            )
        )
        return new

    def _follow(self, new: Reservation, known: list[Intent], move: Move) -> ReschedulingPlan:
        """The old reservation stands for the visit no longer, or is the same one: the new one counts."""
        messages = [intent for intent in known if intent.kind == NoticeKind.RESCHEDULING]
        if not new.status.is_active:
            lived = bool(messages)
            closed, told = ReschedulingOutcome.NEW_RESERVATION_CLOSED, ReschedulingOutcome.ALREADY_RESCHEDULED
            return self._plan(told if lived else closed, new, move, ())
        if not move.leads_to(new) and new.is_older_than(move.order):
            details = moved_details(self.appointments, new.details, move.event)
            return self._move(new, known, new.moved(details, move.order, move.now), move)
        if move.leads_to(new):
            new = self._corrected(new, move)
        messages = [intent for intent in messages if intent.id.version == new.version]
        waiting = still_open(messages)
        if move.is_same_reservation and waiting:
            # Runs that are known before the message has left keep time for the old reminders, or for the new
            # ones on behalf of the same event; this run starts another one first.
            move = replace(move, runs=new.runs)
        outcome = ReschedulingOutcome.ALREADY_RESCHEDULED if messages else ReschedulingOutcome.ALREADY_BOOKED
        return self._plan(outcome, new, move, waiting)

    def _corrected(self, seen: Reservation, move: Move) -> Reservation:
        """Where the visit is already, with what a newer event corrects, and the place it still lacks."""
        current = seen
        if seen.is_older_than(move.order):
            in_its_place = move.event.model_copy(update={"new_slot_id": None})
            details = moved_details(self.appointments, seen.details, in_its_place)
            current = seen.refreshed(details, move.order, move.now)
        bookings: tuple[BookingChange, ...] = ()
        if seen.details.slot_id is None and move.event.new_slot_id is not None:
            profile_id = move.event.profile_id or seen.details.profile_id
            wanted = replace(current.details, slot_id=move.event.new_slot_id, profile_id=profile_id)
            # Else it was booked and confirmed without that place, and stays so.
            with suppress(SlotNotAvailableError):
                placed = self._place(seen.details, wanted, move)
                bookings = placed.changes
                current = current.placed(placed.details, placed.conflict, is_here=placed.is_here)
        if current != seen:
            self.booking_store.commit(Changes(bookings=bookings, reservations=((seen, current),)))
        return current

    def _refuse(self, stays: Reservation, move: Move) -> ReschedulingPlan:
        wanted_time = move.event.new_appointment_time
        subject = rescheduling_subject(move.rescheduling_id)
        refusal = planned(
            notices.rescheduling_refused(stays.details, wanted_time=wanted_time),
            notice_id(subject, NoticeKind.RESCHEDULING_REFUSED, len(self._refusals(move)) + 1),
            replace(stays.details, appointment_time=wanted_time),
            move.now,
        )
        # Nobody may have moved it meanwhile: what the patient is told would not be true.
        self.booking_store.commit(Changes(reservations=((stays, stays),), intents=(refusal,)))
        return self._refused(move, [refusal])

    def _refused(self, move: Move, refused: list[Intent]) -> ReschedulingPlan:
        return ReschedulingPlan(
            ReschedulingOutcome.SLOT_NOT_AVAILABLE,
            change_id=f"{move.event.old_reservation_id}#{move.rescheduling_id}#refused",
            open_notices=still_open(refused),
        )

    def _refusals(self, move: Move) -> list[Intent]:
        return self.booking_store.intents(rescheduling_subject(move.rescheduling_id))

    def _plan(
        self, outcome: ReschedulingOutcome, new: Reservation, move: Move, messages: tuple[Intent, ...]
    ) -> ReschedulingPlan:
        booking = slot_of(self.booking_store, new.details)
        return ReschedulingPlan(
            outcome,
            change_id=f"{move.event.old_reservation_id}#{new.reservation_id}#{new.version}",
            has_new_place=booking is not None and new.reservation_id in booking.slot.holders,
            open_notices=messages,
            runs=move.runs,
        )


def _require_free_for(new: Reservation, old: Reservation, move: Move) -> None:
    """That the id the visit is to have is not somebody else's, nor one that was closed before."""
    event = move.event
    mover = replace(
        old.details,
        patient_name=event.patient_name or old.details.patient_name,
        patient_phone=event.patient_phone or old.details.patient_phone,
    )
    because = None
    if are_other_patients(new.details, mover):
        because = "is another patient's visit"
    elif not (new.status.is_active or new.is_placeholder or new.rescheduled_to):
        because = f"is {new.status.value}" if ended_before(new, move.order) else None
    if because is not None:
        raise event.refused(
            f"newReservationId: {new.reservation_id} {because}; expected an id of the visit's own"
        )


def _superseded(intents: list[Intent], move: Move) -> tuple[tuple[Intent, Outcome], ...]:
    return endings(intents, IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, move.now)


def _is_for(refusal: Intent, move: Move) -> bool:
    """Whether it was refused for this time; a publisher may ask for another one under the same id."""
    return refusal.happens_at == move.event.new_appointment_time


def _message(old: Reservation, new: Reservation, reminders: list[Intent], move: Move) -> Intent:
    """The one message that says where the visit was and where it is now, until the next one is due."""
    subject = reservation_subject(new.reservation_id)
    return planned(
        notices.rescheduled(
            new.details, old_time=old.appointment_time, reason=move.event.rescheduling_reason
        ),
        notice_id(subject, NoticeKind.RESCHEDULING, new.version),
        new.details,
        move.now,
        useful_until=of_use_until(new, reminders, move.now),
    )
