"""Use case: the doctor's answer to a request. Of an answer and the end of time exactly one wins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.contracts.booking_events import ReservationApproved, ReservationDeclined
from clinic.contracts.events import Received
from clinic.domain.errors import UnknownRequestError
from clinic.domain.intents import Intent, request_subject
from clinic.domain.notices import NoticeKind
from clinic.domain.patience import next_look
from clinic.domain.requests import ClosedBecause, RequestStatus, ReservationRequest
from clinic.domain.reservations import Reservation
from clinic.messages import notices
from clinic.services.announcements import appointment_created
from clinic.services.appointment_intents import still_open
from clinic.services.notice_drafts import notice_id, planned
from clinic.services.records_port import Changes, Records, past_races
from clinic.services.request_closing import booked_meanwhile, close, confirmed, freed
from clinic.services.workflow_ports import EventPublisher, Runs


class DecisionOutcome(StrEnum):
    """What an answer came to."""

    APPROVED = "approved"
    DECLINED = "declined"
    ALREADY_APPROVED = "already_approved"
    ALREADY_CLOSED = "already_closed"
    TOO_LATE = "too_late"
    RESERVATION_CANCELLED = "reservation_cancelled"
    UNKNOWN_REQUEST = "unknown_request"


@dataclass(frozen=True)
class Decision:
    """What a run has to do.

    Attributes:
        request: None if nobody knows it yet; then ``retry_at`` says when to look again.
        is_booked: the appointment stands and is to be announced on the bus.
    """

    outcome: DecisionOutcome
    request: ReservationRequest | None = None
    is_booked: bool = False
    open_intents: tuple[Intent, ...] = ()
    retry_at: datetime | None = None


@dataclass(frozen=True)
class RequestDecisions:
    """Applies answers to pending requests."""

    records: Records
    events: EventPublisher
    runs: Runs

    def decide(self, event: Received[ReservationApproved | ReservationDeclined], now: datetime) -> Decision:
        """Book or free the slot, as the doctor answered. The same answer again changes nothing.

        Raises:
            UnknownRequestError: there is no such request, and none that could still be under way.
            ConcurrentChangeError: others keep changing it; call again.
        """
        return past_races(lambda: self._decide(event, now), f"request {event.detail.request_id}")

    def announce(self, request_id: str) -> None:
        """Put ``appointment/created`` of an approved request on the bus.

        Raises:
            UnknownRequestError: there is no such request.
            EventBusUnavailableError: the bus did not take it; call again.
        """
        request = self.records.request(request_id)
        if request is None:
            raise UnknownRequestError(f"request {request_id} is not known")
        self.events.publish([appointment_created(request.details)])

    def stop_waiting(self, request_id: str) -> bool:
        """Stop the run that waits for the answer; whether there was one.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
        """
        request = self.records.request(request_id)
        if request is None or request.run is None or request.is_pending:
            return False
        return self.runs.stop(request.run, f"request {request_id} is {request.status.value}")

    def _decide(self, event: Received[ReservationApproved | ReservationDeclined], now: datetime) -> Decision:
        answer = event.detail
        request = self.records.request(answer.request_id)
        if request is None:
            retry_at = next_look(event.event_time, now)
            if retry_at is None:
                raise UnknownRequestError(f"request {answer.request_id} is not known")
            return Decision(DecisionOutcome.UNKNOWN_REQUEST, retry_at=retry_at)
        if isinstance(answer, ReservationApproved):
            return self._approve(request, answer, now)
        return self._decline(request, answer, now)

    def _approve(self, request: ReservationRequest, answer: ReservationApproved, now: datetime) -> Decision:
        if request.status is RequestStatus.APPROVED:
            return self._again(DecisionOutcome.ALREADY_APPROVED, request, is_booked=True)
        if not request.is_pending:
            return self._too_late(request, now)
        seen = self.records.reservation(request.reservation_id)
        if seen is not None and not seen.status.is_active:
            return self._withdraw(request, now)
        bookings = confirmed(self.records, request)
        approved = request.closed(RequestStatus.APPROVED, now, by=answer.approved_by)
        # Its publisher may have announced the appointment already.
        reservations = ((None, Reservation.booked(request.details, now)),) if seen is None else ()
        close(self.records, request, approved, now, bookings=bookings, reservations=reservations)
        return Decision(DecisionOutcome.APPROVED, approved, is_booked=True)

    def _decline(self, request: ReservationRequest, answer: ReservationDeclined, now: datetime) -> Decision:
        if request.status is RequestStatus.APPROVED:
            return self._again(DecisionOutcome.ALREADY_APPROVED, request)
        if not request.is_pending:
            return self._again(DecisionOutcome.ALREADY_CLOSED, request)
        if booked_meanwhile(self.records, request):
            approved = request.closed(RequestStatus.APPROVED, now)
            close(self.records, request, approved, now)
            return Decision(DecisionOutcome.ALREADY_APPROVED, approved)
        declined = request.closed(
            RequestStatus.DECLINED, now, because=answer.decline_reason, by=answer.declined_by
        )
        intent = planned(
            notices.request_declined(request.details, reason=answer.decline_reason),
            notice_id(request_subject(request.request_id), NoticeKind.REQUEST_DECLINED),
            request.details,
            now,
        )
        bookings = freed(self.records, request)
        close(self.records, request, declined, now, bookings=bookings, intents=(intent,))
        return Decision(DecisionOutcome.DECLINED, declined, open_intents=(intent,))

    def _withdraw(self, request: ReservationRequest, now: datetime) -> Decision:
        withdrawn = request.closed(RequestStatus.WITHDRAWN, now, because=ClosedBecause.RESERVATION_CANCELLED)
        close(self.records, request, withdrawn, now, bookings=freed(self.records, request))
        return Decision(DecisionOutcome.RESERVATION_CANCELLED, withdrawn)

    def _too_late(self, request: ReservationRequest, now: datetime) -> Decision:
        subject = request_subject(request.request_id)
        known = self.records.intents(subject)
        intent_id = notice_id(subject, NoticeKind.APPROVAL_TOO_LATE_DOCTOR)
        if not any(intent.id == intent_id for intent in known):
            draft = notices.approval_too_late(request.details, to=request.doctor_phone)
            intent = planned(draft, intent_id, request.details, now)
            self.records.commit(Changes(intents=(intent,)))
            known.append(intent)
        return Decision(DecisionOutcome.TOO_LATE, request, open_intents=still_open(known))

    def _again(
        self, outcome: DecisionOutcome, request: ReservationRequest, *, is_booked: bool = False
    ) -> Decision:
        known = self.records.intents(request_subject(request.request_id))
        return Decision(outcome, request, is_booked=is_booked, open_intents=still_open(known))
