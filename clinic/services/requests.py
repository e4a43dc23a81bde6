"""Use case: a patient asks for a slot; it is held while the doctor makes up their mind."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.contracts.booking_events import ReservationRequested
from clinic.contracts.events import Received
from clinic.domain.errors import InvalidEventError, SlotNotAvailableError
from clinic.domain.intents import Intent, request_subject
from clinic.domain.notices import NoticeKind
from clinic.domain.requests import ClosedBecause, RequestStatus, ReservationRequest
from clinic.domain.slots import Booking
from clinic.messages import notices
from clinic.services.announcements import request_expired
from clinic.services.appointment_details import AppointmentReader
from clinic.services.appointment_intents import still_open
from clinic.services.notice_drafts import notice_id, planned
from clinic.services.places import BookingChange
from clinic.services.records_port import Changes, Records, past_races
from clinic.services.workflow_ports import EventPublisher

NAME = "reservation/requested"


class RequestOutcome(StrEnum):
    """What a request came to."""

    HELD = "held"
    ALREADY_RECEIVED = "already_received"
    SLOT_NOT_AVAILABLE = "slot_not_available"
    EXPIRED_ON_ARRIVAL = "expired_on_arrival"


@dataclass(frozen=True)
class RequestPlan:
    """What a run has to do: deliver the notices and, while the request is pending, wait until it expires."""

    request: ReservationRequest
    outcome: RequestOutcome
    open_intents: tuple[Intent, ...]


@dataclass(frozen=True)
class RequestKeeping:
    """Receives requests, and says when their time is up."""

    records: Records
    appointments: AppointmentReader
    events: EventPublisher

    def receive(self, event: Received[ReservationRequested], run: str, now: datetime) -> RequestPlan:
        """Hold the slot and tell the doctor; or, if it can't be held, tell the patient.

        The same request again changes nothing.

        Args:
            event: what came from the bus.
            run: the ARN of the run that will wait for the answer.
            now: the instant of the call.

        Raises:
            InvalidEventError: a field is missing that the directory doesn't know either.
            ConcurrentChangeError: others keep changing the slot; call again.
        """
        return past_races(lambda: self._receive(event, run, now), f"request {event.detail.request_id}")

    def announce_expiry(self, request_id: str, now: datetime) -> bool:
        """Put ``reservation/request-expired`` on the bus if nobody has answered; whether that was so.

        Raises:
            EventBusUnavailableError: the bus did not take it; call again.
        """
        request = self.records.request(request_id)
        if request is None or not request.is_pending or now < request.expires_at:
            return False
        self.events.publish([request_expired(request)])
        return True

    def _receive(self, event: Received[ReservationRequested], run: str, now: datetime) -> RequestPlan:
        asked = event.detail
        seen = self.records.request(asked.request_id)
        if seen is not None:
            known = self.records.intents(request_subject(asked.request_id))
            return RequestPlan(seen, RequestOutcome.ALREADY_RECEIVED, still_open(known))
        (booking,) = self.records.bookings(asked.profile_id, asked.slot_id)
        request = self._request(asked, booking, run, now)
        if request.expires_at <= now:
            return self._turn_away(request, RequestOutcome.EXPIRED_ON_ARRIVAL, now)
        if booking is None:
            return self._turn_away(request, RequestOutcome.SLOT_NOT_AVAILABLE, now)
        try:
            held = booking.hold(request.reservation_id, now, is_approved=False)
        except SlotNotAvailableError:
            return self._turn_away(request, RequestOutcome.SLOT_NOT_AVAILABLE, now)
        return self._hold(request, (booking, held), now)

    def _hold(self, request: ReservationRequest, booking: BookingChange, now: datetime) -> RequestPlan:
        profile = self.appointments.profile(request.details.profile_id)
        draft = notices.request_for_doctor(
            request.details,
            to=request.doctor_phone,
            expires_at=request.expires_at,
            time_zone=profile.time_zone if profile else request.details.time_zone,
        )
        intent = planned(
            draft,
            notice_id(request_subject(request.request_id), NoticeKind.REQUEST_DOCTOR),
            request.details,
            now,
            useful_until=request.expires_at,
        )
        bookings = (booking,) if booking[0] != booking[1] else ()
        self.records.commit(Changes(bookings=bookings, requests=((None, request),), intents=(intent,)))
        return RequestPlan(request, RequestOutcome.HELD, (intent,))

    def _turn_away(self, request: ReservationRequest, outcome: RequestOutcome, now: datetime) -> RequestPlan:
        subject = request_subject(request.request_id)
        if outcome is RequestOutcome.EXPIRED_ON_ARRIVAL:
            closed = request.closed(RequestStatus.EXPIRED, now, because=ClosedBecause.NOT_ANSWERED)
            draft, kind = notices.request_expired(request.details), NoticeKind.REQUEST_EXPIRED
        else:
            closed = request.closed(RequestStatus.DECLINED, now, because=ClosedBecause.SLOT_NOT_AVAILABLE)
            draft = notices.request_declined(request.details, reason=notices.SLOT_NOT_FREE)
            kind = NoticeKind.REQUEST_DECLINED
        intent = planned(draft, notice_id(subject, kind), request.details, now)
        self.records.commit(Changes(requests=((None, closed),), intents=(intent,)))
        return RequestPlan(closed, outcome, (intent,))

    def _request(
        self, asked: ReservationRequested, booking: Booking | None, run: str, now: datetime
    ) -> ReservationRequest:
        # Of a slot that does not exist nobody knows the beginning; the patient is not told it either.
        begins = booking.slot.start if booking is not None else asked.expires_at
        profile = self.appointments.profile(asked.profile_id)
        doctor_phone = asked.doctor_phone or (profile.phone if profile else None)
        if doctor_phone is None:
            raise InvalidEventError(
                f"{NAME} is not valid: doctorPhone: is missing, and the directory does not know it"
            )
        return ReservationRequest(
            request_id=asked.request_id,
            details=self.appointments.details(asked, begins, NAME),
            doctor_phone=doctor_phone,
            expires_at=min(asked.expires_at, begins),
            status=RequestStatus.PENDING,
            created_at=now,
            updated_at=now,
            run=run,
        )
