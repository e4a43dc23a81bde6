"""Use case: a patient asks for a slot; it is held while the doctor makes up their mind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.contracts.events.base import Received
from clinic.contracts.events.requests import ReservationRequested
from clinic.domain.appointments.reservation import Reservation, ReservationStatus
from clinic.domain.errors import ConcurrentChangeError, SlotNotAvailableError
from clinic.domain.messages.arrivals import is_beyond_reach
from clinic.domain.messages.intent import Intent, request_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import ClosedBecause, RequestStatus, ReservationRequest
from clinic.domain.slots.generation import slot_named
from clinic.domain.slots.slot import Booking
from clinic.services.appointments.announcements import request_expired
from clinic.services.appointments.appointment_intents import still_open
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.messages.notice_drafts import notice_id, planned
from clinic.services.ports import EventPublisher
from clinic.services.requests.completion import completed, is_taken, overtaken
from clinic.services.slots.slot_names import NamedPlace
from clinic.services.slots.slot_reservations import BookingChange, wanted_slot
from clinic.services.unit_of_work import BookingStore, Changes, retry_on_conflict
from clinic.templates import notices
from clinic.templates.catalogue import phrases_in


class RequestOutcome(StrEnum):
    """What a request came to."""

    HELD = "held"
    ALREADY_RECEIVED = "already_received"
    SLOT_NOT_AVAILABLE = "slot_not_available"
    EXPIRED_ON_ARRIVAL = "expired_on_arrival"
    ALREADY_BOOKED = "already_booked"
    RESERVATION_CANCELLED = "reservation_cancelled"


@dataclass(frozen=True)
class RequestPlan:
    """What a run has to do: deliver the notices and, while the request is pending, wait until it expires."""

    request: ReservationRequest
    outcome: RequestOutcome
    open_intents: tuple[Intent, ...]


@dataclass(frozen=True)
class RequestKeeping:
    """Receives requests, and says when their time is up."""

    booking_store: BookingStore
    appointments: AppointmentReader
    events: EventPublisher

    def receive(self, event: Received[ReservationRequested], run: str, now: datetime) -> RequestPlan:
        """Hold the slot and tell the doctor; or, if it can't be held, tell the patient.

        The same request again changes nothing. One whose reservation has been booked or cancelled already
        asks nobody.

        Args:
            event: what came from the bus.
            run: the ARN of the run that will wait for the answer; it is told the same if it asks again.
            now: the instant of the call.

        Raises:
            InvalidEventError: a field is missing that the directory doesn't know either, or contradicts the
                slot's id or what the same request said before; or another request for the reservation waits.
            ConcurrentChangeError: others keep changing the slot; call again.
        """
        asked = self._completed(event.detail)
        event = Received(event.event_id, event.event_time, asked)
        return retry_on_conflict(lambda: self._receive(event, run, now), f"request {asked.request_id}")

    def announce_expiry(self, request_id: str, now: datetime) -> bool:
        """Put ``reservation/request-expired`` on the bus if nobody has answered; whether that was so.

        When the time is up is the caller's business: whoever ends the request asks its own clock.

        Raises:
            EventBusUnavailableError: the bus did not take it; call again.
            ConcurrentChangeError: others keep changing the request; call again.
        """
        return retry_on_conflict(lambda: self._announce_expiry(request_id, now), f"request {request_id}")

    def _completed(self, asked: ReservationRequested) -> ReservationRequested:
        place = NamedPlace(asked.detail_type, asked.slot_id, asked.profile_id, asked.service_id)
        return asked.model_copy(update={"service_id": place.completed(self.appointments.doctors).service_id})

    def _announce_expiry(self, request_id: str, now: datetime) -> bool:
        request = self.booking_store.request(request_id)
        if request is None or not request.is_pending:
            return False
        seen = self.booking_store.reservation(request.reservation_id)
        if seen is not None and not is_taken(request, seen):
            overtaken(self.booking_store, request, seen, now)
            return False
        self.events.publish([request_expired(request)])
        return True

    def _receive(self, event: Received[ReservationRequested], run: str, now: datetime) -> RequestPlan:
        asked = event.detail
        seen = self.booking_store.request(asked.request_id)
        if seen is not None:
            _require_same(seen, asked)
            known = self.booking_store.intents(request_subject(asked.request_id))
            outcome = _outcome(seen) if seen.run == run else RequestOutcome.ALREADY_RECEIVED
            return RequestPlan(seen, outcome, (*still_open(known), *_never_asked(seen, known)))
        booking = self._slot(asked)
        request = self._request(asked, booking, run, now)
        reservation = self.booking_store.reservation(request.reservation_id)
        if is_taken(request, reservation):
            raise ReservationRequested.refused(
                f"reservationId: {request.reservation_id} is "
                "another patient's visit; expected an id of its own"
            )
        if reservation is not None:
            return self._settled_before(request, reservation, now)
        early = self._cancelled_by_its_own_id(request)
        if early is not None:
            return self._cancelled_before(request, early, now)
        self._require_no_other(request)
        if request.expires_at <= now:
            return self._turn_away(request, RequestOutcome.EXPIRED_ON_ARRIVAL, now)
        if booking is None:
            return self._turn_away(request, RequestOutcome.SLOT_NOT_AVAILABLE, now)
        if request.reservation_id in booking.slot.holders:
            return self._turn_away(request, RequestOutcome.SLOT_NOT_AVAILABLE, now)
        try:
            held = booking.hold(request.reservation_id, now, is_approved=False)
        except SlotNotAvailableError:
            return self._turn_away(request, RequestOutcome.SLOT_NOT_AVAILABLE, now)
        return self._hold(request, (booking, held), now)

    def _require_no_other(self, request: ReservationRequest) -> None:
        """While a request waits, its reservation is asked for: another one is a slip, and nobody's news."""
        other = self.booking_store.request_for(request.reservation_id)
        if other is not None and other.request_id == request.request_id:
            raise ConcurrentChangeError(f"request {request.request_id} was received meanwhile")
        if other is not None and other.is_pending:
            raise ReservationRequested.refused(
                f"reservationId: {other.reservation_id} is asked for by request "
                f"{other.request_id}, which waits for its answer; expected that requestId, or another "
                "reservationId"
            )

    def _slot(self, asked: ReservationRequested) -> Booking | None:
        if self.appointments.doctors.takes_no_visits(asked.profile_id, asked.service_id) is not None:
            return None
        try:
            return wanted_slot(self.booking_store, self.appointments.doctors, asked.profile_id, asked.slot_id)
        except SlotNotAvailableError:
            return None

    def _settled_before(self, request: ReservationRequest, seen: Reservation, now: datetime) -> RequestPlan:
        """The reservation's own events came first; a cancellation that waits for particulars gets them."""
        status, because = RequestStatus.APPROVED, None
        if seen.status is ReservationStatus.CANCELLED:
            status, because = RequestStatus.WITHDRAWN, ClosedBecause.RESERVATION_CANCELLED
        closed = request.closed(status, now, because=because)
        current = completed(seen, request.details, now)
        reservations = ((seen, current),) if current != seen else ()
        self.booking_store.commit(
            Changes(
                reservations=reservations,
                requests=((None, closed),),
                named_requests=self._named(closed),
            )
        )
        return RequestPlan(closed, _outcome(closed), ())

    def _cancelled_by_its_own_id(self, request: ReservationRequest) -> Reservation | None:
        """What a cancellation has left under the request's id, where its reservation has another."""
        if request.request_id == request.reservation_id:
            return None
        found = self.booking_store.reservation(request.request_id)
        is_early = found is not None and found.is_placeholder and found.cancellation is not None
        return found if is_early else None

    def _cancelled_before(
        self, request: ReservationRequest, early: Reservation, now: datetime
    ) -> RequestPlan:
        closed = request.closed(RequestStatus.WITHDRAWN, now, because=ClosedBecause.RESERVATION_CANCELLED)
        reservation = Reservation.booked(request.details, now)
        if early.cancellation is not None:
            reservation = reservation.cancelled(early.cancellation, now)
        self.booking_store.commit(
            Changes(
                reservations=(
                    (None, reservation),
                    (early, early.stood_in_for(request.reservation_id, now)),
                ),
                requests=((None, closed),),
                named_requests=self._named(closed),
            )
        )
        return RequestPlan(closed, _outcome(closed), ())

    def _named(
        self, request: ReservationRequest
    ) -> tuple[tuple[ReservationRequest | None, ReservationRequest], ...]:
        """The reservation's id leads to this request, unless to another one that is or was to become it."""
        seen = self.booking_store.request_for(request.reservation_id)
        if seen is None and request.request_id == request.reservation_id:
            return ()  # found by its own id
        if seen is not None and seen.status in {RequestStatus.PENDING, RequestStatus.APPROVED}:
            return ()
        return ((seen, request),)

    def _hold(self, request: ReservationRequest, booking: BookingChange, now: datetime) -> RequestPlan:
        profile = self.appointments.doctors.profile(request.details.profile_id)
        draft = notices.request_for_doctor(
            request.details,
            to=request.doctor_phone,
            expires_at=request.expires_at,
            time_zone=profile.time_zone if profile else request.details.time_zone,
            language=request.details.clinic_language,
        )
        intent = planned(
            draft,
            notice_id(request_subject(request.request_id), NoticeKind.REQUEST_DOCTOR),
            request.details,
            now,
            useful_until=request.expires_at,
        )
        self.booking_store.commit(
            Changes(
                bookings=(booking,),
                requests=((None, request),),
                named_requests=self._named(request),
                intents=(intent,),
            )
        )
        return RequestPlan(request, RequestOutcome.HELD, (intent,))

    def _turn_away(self, request: ReservationRequest, outcome: RequestOutcome, now: datetime) -> RequestPlan:
        subject = request_subject(request.request_id)
        if outcome is RequestOutcome.EXPIRED_ON_ARRIVAL:
            closed = request.closed(RequestStatus.EXPIRED, now, because=ClosedBecause.EXPIRED_ON_ARRIVAL)
            draft, kind = (
                notices.request_expired(closed.details, when=closed.asked_for, was_asked=False),
                NoticeKind.REQUEST_EXPIRED,
            )
        else:
            closed = request.closed(RequestStatus.DECLINED, now, because=ClosedBecause.SLOT_NOT_AVAILABLE)
            gone = phrases_in(closed.details.patient_language).slot_not_free
            draft = notices.request_declined(closed.details, reason=gone, when=closed.asked_for)
            kind = NoticeKind.REQUEST_DECLINED
        intent = planned(draft, notice_id(subject, kind), request.details, now)
        self.booking_store.commit(
            Changes(requests=((None, closed),), named_requests=self._named(closed), intents=(intent,))
        )
        return RequestPlan(closed, outcome, (intent,))

    def _request(
        self, asked: ReservationRequested, booking: Booking | None, run: str, now: datetime
    ) -> ReservationRequest:
        # Of a slot that does not exist, with an id of another form, nobody knows the beginning: `asked_for`.
        named = slot_named(asked.slot_id)
        begins = booking.slot.start if booking else named.start if named else asked.expires_at
        # Before what is missing with it: of a doctor whom the directory does not know, the id is at fault.
        details = self.appointments.details(asked, begins)
        profile = self.appointments.doctors.profile(asked.profile_id)
        doctor_phone = asked.doctor_phone or (profile.phone if profile else None)
        if doctor_phone is None:
            raise asked.lacks("doctorPhone: is missing, and the directory does not know it")
        return ReservationRequest(
            request_id=asked.request_id,
            details=details,
            doctor_phone=doctor_phone,
            expires_at=min(asked.expires_at, begins),
            status=RequestStatus.PENDING,
            created_at=now,
            updated_at=now,
            run=run,
        )


def _never_asked(request: ReservationRequest, known: Iterable[Intent]) -> Iterator[Intent]:
    """The question that the doctor did not get, while nobody has answered: the run is to say so again."""
    if request.is_pending:
        yield from (it for it in known if it.kind == NoticeKind.REQUEST_DOCTOR and is_beyond_reach(it))


def _require_same(seen: ReservationRequest, asked: ReservationRequested) -> None:
    """The same request may come again; what it asks for stays."""
    differing = [
        field
        for field, was, now_is in (
            ("slotId", seen.details.slot_id, asked.slot_id),
            ("reservationId", seen.reservation_id, asked.reservation_id),
            ("patientPhone", seen.details.patient_phone, asked.patient_phone),
        )
        if was != now_is
    ]
    if differing:
        raise asked.refused(
            f"{', '.join(differing)}: expected as request {seen.request_id} had it before, "
            "or a requestId of its own"
        )


def _outcome(request: ReservationRequest) -> RequestOutcome:
    """What a run is told again that has received the request before."""
    is_answered = request.answer_id is not None or request.closed_by is not None
    if request.is_pending or is_answered or request.updated_at != request.created_at:
        return RequestOutcome.HELD
    on_arrival = {
        RequestStatus.DECLINED: RequestOutcome.SLOT_NOT_AVAILABLE,
        RequestStatus.APPROVED: RequestOutcome.ALREADY_BOOKED,
        RequestStatus.EXPIRED: RequestOutcome.EXPIRED_ON_ARRIVAL,
        RequestStatus.WITHDRAWN: RequestOutcome.RESERVATION_CANCELLED,
    }
    return on_arrival[request.status]
