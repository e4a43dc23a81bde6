"""A reservation as reminders see it. FHIR: Appointment."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from clinic.domain.directory import Directions
from clinic.domain.languages import DEFAULT_LANGUAGE
from clinic.domain.messages.intent import End, Intent, IntentStatus, Reason
from clinic.domain.messages.kinds import CONFIRMATION, Follows, ReminderOffset

if TYPE_CHECKING:
    from clinic.domain.appointments.cancellations import Cancellation
    from clinic.domain.appointments.conflict import Conflict


class ReservationStatus(StrEnum):
    """Where a reservation stands."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    NO_SHOW = "no_show"
    RESCHEDULED = "rescheduled"  # another reservation has taken its place

    @property
    def is_active(self) -> bool:
        """Whether the patient is still expected."""
        return self in {ReservationStatus.PENDING, ReservationStatus.CONFIRMED}

    @property
    def is_over(self) -> bool:
        """Whether the visit has had its time: the patient came or did not."""
        return self in {ReservationStatus.COMPLETED, ReservationStatus.NO_SHOW}


@dataclass(frozen=True)
class EventOrder:
    """What decides which of two events is the newer: EventBridge's time, which knows whole seconds only."""

    time: datetime
    event_id: str


def is_newer(order: EventOrder, known: EventOrder | None, applied_with: frozenset[str]) -> bool:
    """Whether an event says something newer than what is known.

    Of two events of the same second the one that comes later counts as the newer, but not when it
    comes again.

    Args:
        order: the event's.
        known: the newest event that was applied; None if none was.
        applied_with: the ids of all events of that very second that were applied.
    """
    if known is None or known.time != order.time:
        return known is None or known.time < order.time
    return order.event_id not in applied_with


def applied(order: EventOrder, known: EventOrder | None, applied_with: frozenset[str]) -> frozenset[str]:
    """The ids of the events of this one's second that were applied, once it is."""
    same_second = known is not None and known.time == order.time
    return frozenset({order.event_id}) | (applied_with if same_second else frozenset())


@dataclass(frozen=True)
class AppointmentDetails(Directions):
    """What an ``appointment/created`` event says, completed with what is known of the clinic.

    Two of them with the same time are the same appointment, whatever else they say.

    Attributes:
        appointment_time: when the visit begins (UTC).
        time_zone: the IANA zone in which the patient reads dates and times.
        offsets: when to remind, longest first.
        slot_id: the place it has in a slot kept here; None if it has none.
        visit_minutes: how long the visit lasts; None: as long as its slot, or else its service.
        takes_from: from when it takes its doctor's time by itself, after its slot; None: from its beginning.
        takes_until: until when it takes its doctor's time by itself (UTC); None if its slot is long enough,
            or its doctor is not kept here.
        charge_id: the payment provider's id of what the patient paid.
        clinic_phone: where the clinic is called (E.164); None: nobody has said.
        reminder_gap: minutes that a reminder must come after its first message to be sent; None: any.
        language: the patient's own, as far as an event has named it; None: the clinic's.
        clinic_language: what its doctor reads.
        opening: the kind of its first message: ``confirmation``, or ``rescheduling`` for one that was moved.
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
    time_zone: str
    offsets: tuple[ReminderOffset, ...]
    profile_id: str | None = None
    clinic_id: str | None = None
    service_id: str | None = None
    slot_id: str | None = None
    visit_minutes: int | None = None
    takes_from: datetime | None = None
    takes_until: datetime | None = None
    charge_id: str | None = None
    clinic_phone: str | None = None
    reminder_gap: int | None = None
    language: str | None = None
    clinic_language: str = DEFAULT_LANGUAGE
    opening: str = CONFIRMATION

    @classmethod
    def of_end(
        cls,
        *,
        reservation_id: str,
        appointment_time: datetime,
        patient_name: str,
        patient_phone: str,
        time_zone: str,
        service_name: str = "",
        profile_id: str | None = None,
        clinic_id: str | None = None,
        charge_id: str | None = None,
        language: str | None = None,
        clinic_language: str = DEFAULT_LANGUAGE,
    ) -> Self:
        """Those of which only the end has told, before the booking: a placeholder's."""
        return cls(
            reservation_id=reservation_id,
            appointment_time=appointment_time,
            patient_name=patient_name,
            patient_phone=patient_phone,
            service_name=service_name,
            doctor_name="",
            clinic_name="",
            clinic_address="",
            preparation_instructions="",
            time_zone=time_zone,
            offsets=(),
            profile_id=profile_id,
            clinic_id=clinic_id,
            charge_id=charge_id,
            language=language,
            clinic_language=clinic_language,
        )

    @property
    def patient_language(self) -> str:
        """What the patient reads."""
        return self.language or self.clinic_language

    @property
    def has_place(self) -> bool:
        """Whether it names a slot, or takes its doctor's time by itself."""
        return self.slot_id is not None or self.takes_until is not None

    @property
    def own_time(self) -> tuple[datetime, datetime] | None:
        """From when until when it takes its doctor's time by itself; None: it does not."""
        if self.takes_until is None:
            return None
        return self.takes_from or self.appointment_time, self.takes_until

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of message it calls for."""
        return frozenset({self.opening, *(offset.kind for offset in self.offsets)})


@dataclass(frozen=True)
class Reservation:
    """A patient's appointment.

    Attributes:
        version: rises by one each time the appointment moves; intents belong to one version.
        order: the newest event that was applied; None if none was.
        applied_with: the ids of all events of that very second that were applied.
        runs: the ARNs of the runs that keep time for its reminders and follow-ups.
        cancellation: set once it is cancelled.
        rescheduled_to: the reservation that has taken its place.
        parked_until: from when on a run is to keep time for its reminders, which are further ahead than runs
            wait; None: runs keep time for them, or there are none.
        conflict: set where it was agreed elsewhere, at a time of its doctor's that was taken.
        is_unplaced: it has neither a place nor a time, since its doctor was not in the directory then.
        is_placeholder: what closed it came before the booking; of the details only what that said is known.
        reminders_sent: offset label (``24h``) to the instant the channel accepted that reminder.
    """

    details: AppointmentDetails
    status: ReservationStatus
    version: int
    order: EventOrder | None
    created_at: datetime
    updated_at: datetime
    reminders_sent: dict[str, datetime] = field(default_factory=dict)
    applied_with: frozenset[str] = frozenset()
    runs: frozenset[str] = frozenset()
    cancellation: "Cancellation | None" = None
    rescheduled_to: str | None = None
    is_placeholder: bool = False
    parked_until: datetime | None = None
    conflict: "Conflict | None" = None
    is_unplaced: bool = False

    @property
    def reservation_id(self) -> str:
        """The publisher's id for it."""
        return self.details.reservation_id

    @property
    def appointment_time(self) -> datetime:
        """When the visit begins (UTC)."""
        return self.details.appointment_time

    @property
    def unsettled_doctor(self) -> str | None:
        """Whose day it is still to be placed in, or meets others in untold; None: its place is settled."""
        details, conflict = self.details, self.conflict
        is_untold = conflict is not None and conflict.told_at is None
        if not self.status.is_active or not (self.is_unplaced or is_untold):
            return None
        if details.profile_id is not None or details.slot_id is None:
            return details.profile_id
        from clinic.domain.slots.generation import slot_named  # seldom needed

        named = slot_named(details.slot_id)
        return named.profile_id if named is not None else None

    @classmethod
    def first(cls, details: AppointmentDetails, order: EventOrder, now: datetime) -> Self:
        """A reservation that becomes known by its event."""
        applied = frozenset({order.event_id})
        return cls(details, ReservationStatus.CONFIRMED, 1, order, now, now, applied_with=applied)

    @classmethod
    def booked(cls, details: AppointmentDetails, now: datetime) -> Self:
        """A reservation that is made here, before any event says so; the first one then counts as newer."""
        return cls(details, ReservationStatus.CONFIRMED, 1, None, now, now)

    def is_older_than(self, order: EventOrder) -> bool:
        """Whether an event says something newer than what is known."""
        return is_newer(order, self.order, self.applied_with)

    def end_of(self, intent: Intent) -> End | None:
        """How a message ends unsent that follows it but not as it stands now; None: it may be sent."""
        if intent.id.follows is Follows.VISIT:
            return self._end_after_visit(intent)
        if intent.id.follows is Follows.REFUND:  # that it was cancelled is told in any case
            return None
        if self.status is ReservationStatus.CANCELLED:
            return End(IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED)
        if not self.status.is_active:
            return End(IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED)
        has_moved = self.version != intent.id.version or self.appointment_time != intent.happens_at
        if intent.id.follows is Follows.STANDING:  # it names the time that was refused
            has_moved = self.appointment_time == intent.happens_at
        return End(IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED) if has_moved else None

    def _end_after_visit(self, intent: Intent) -> End | None:
        if self.status is ReservationStatus.NO_SHOW:
            return End(IntentStatus.SKIPPED, Reason.NO_SHOW)
        if self.status is not ReservationStatus.COMPLETED:
            return End(IntentStatus.SKIPPED, Reason.RESERVATION_CLOSED)
        is_corrected = self.version != intent.id.version
        return End(IntentStatus.SUPERSEDED, Reason.VISIT_CORRECTED) if is_corrected else None

    def holds_back(self, intent: Intent, now: datetime) -> None:
        """It is never too early to say whether a message is still wanted."""

    def wants(self, intent: Intent) -> bool:
        """Whether it still calls for such a message; all but those of what lies ahead come of its end."""
        return intent.id.follows is not Follows.APPOINTMENT or intent.kind in self.details.kinds

    def moved(self, details: AppointmentDetails, order: EventOrder, now: datetime) -> Self:
        """The same reservation at another time: a new version, no reminder of which has been sent."""
        newer = self.refreshed(details, order, now)
        # Unlike a correction, a move says all of its own but what was paid and in which language.
        details = replace(details, charge_id=newer.details.charge_id, language=newer.details.language)
        return replace(
            newer,
            details=details,
            version=self.version + 1,
            reminders_sent={},
            parked_until=None,
            conflict=None,
        )

    def refreshed(self, details: AppointmentDetails, order: EventOrder, now: datetime) -> Self:
        """The same appointment with newer particulars (a corrected phone number, say).

        A placeholder may get them from an event that is older than what made it, and stays as new as it is.
        """
        newest = self._with_order(order, now)
        if self.order is not None and order.time < self.order.time:
            newest = replace(self, updated_at=now)
        is_same_doctor = details.profile_id in {None, self.details.profile_id}
        details = replace(
            details,
            opening=self.details.opening,
            slot_id=details.slot_id or (self.details.slot_id if is_same_doctor else None),
            visit_minutes=details.visit_minutes or self.details.visit_minutes,
            takes_from=self.details.takes_from if is_same_doctor else None,
            takes_until=self.details.takes_until if is_same_doctor else None,
            profile_id=details.profile_id or self.details.profile_id,
            charge_id=details.charge_id or self.details.charge_id,
            language=details.language or self.details.language,
        )
        return replace(newest, details=details)

    def placed(self, details: AppointmentDetails, conflict: "Conflict | None", *, is_here: bool) -> Self:
        """The same where it has its place; a conflict of the time that it keeps stays.

        Args:
            is_here: its doctor is kept here; else it waits for its place until that is so.
        """
        stays = details.own_time is not None and details.own_time == self.details.own_time
        conflict = conflict or (self.conflict if stays else None)
        claims = details.profile_id is not None or details.slot_id is not None
        return replace(self, details=details, conflict=conflict, is_unplaced=claims and not is_here)

    def watched_by(self, run: str, now: datetime) -> Self:
        """The same with one more run that keeps time for its reminders."""
        if run in self.runs:
            return self
        return replace(self, runs=self.runs | {run}, updated_at=now)

    def replaced_by(self, reservation_id: str, now: datetime) -> Self:
        """The same after it was rescheduled: the other reservation stands for the visit."""
        return replace(
            self,
            status=ReservationStatus.RESCHEDULED,
            rescheduled_to=reservation_id,
            updated_at=now,
            parked_until=None,
        )

    def stood_in_for(self, reservation_id: str, now: datetime) -> Self:
        """What a cancellation left under a request's id, once the reservation itself is cancelled by it."""
        note = replace(self.cancellation, refund=None) if self.cancellation is not None else None
        return replace(self, rescheduled_to=reservation_id, cancellation=note, updated_at=now)

    def over(self, status: ReservationStatus, order: EventOrder, now: datetime) -> Self:
        """The same once its visit is said to have ended so; the event counts as the newest from then on."""
        return replace(self._with_order(order, now), status=status, parked_until=None)

    def corrected(self, order: EventOrder, now: datetime) -> Self:
        """A visit that is over, told anew: completed, and a new version with follow-ups of its own."""
        return replace(self.over(ReservationStatus.COMPLETED, order, now), version=self.version + 1)

    def _with_order(self, order: EventOrder, now: datetime) -> Self:
        applied_with = applied(order, self.order, self.applied_with)
        return replace(self, order=order, applied_with=applied_with, updated_at=now)

    def cancelled(self, cancellation: "Cancellation", now: datetime) -> Self:
        """The same, cancelled."""
        return replace(
            self,
            status=ReservationStatus.CANCELLED,
            cancellation=cancellation,
            updated_at=now,
            parked_until=None,
        )


class Arrival(StrEnum):
    """What an event means to a reservation; the name is also the outcome a run reports."""

    NEW = "planned"
    WALK_IN = "walk_in"  # its visit has begun
    SAME_TIME = "already_planned"
    MOVED = "moved"
    STALE = "stale_event"
    CLOSED = "reservation_closed"


def classify(current: Reservation | None, appointment_time: datetime, order: EventOrder | None) -> Arrival:
    """Decide what an ``appointment/created`` event means, whatever order events arrive in.

    Args:
        order: None for what Citas itself announces: never newer than what is known.
    """
    if current is None:
        return Arrival.NEW
    if not current.status.is_active:
        return Arrival.CLOSED
    if current.appointment_time == appointment_time:
        return Arrival.SAME_TIME
    is_newer = order is not None and current.is_older_than(order)
    return Arrival.MOVED if is_newer else Arrival.STALE
