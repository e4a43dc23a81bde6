"""Use case: the doctor's answer to a request. Of an answer and the end of time exactly one wins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.contracts.events.base import Received
from clinic.contracts.events.requests import ReservationApproved, ReservationDeclined
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.errors import ReservationClosedError, UnknownRequestError
from clinic.domain.messages.backoff import next_check
from clinic.domain.messages.intent import Intent, request_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import RequestStatus, ReservationRequest
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.appointment_intents import still_open
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.pending_requests import close, open_questions, request_called, unasked
from clinic.services.messages.notice_drafts import notice_id, planned
from clinic.services.ports import EventPublisher, Runs
from clinic.services.requests.completion import confirmed, given_back, is_taken, overtaken
from clinic.services.unit_of_work import BookingStore, Changes, retry_on_conflict
from clinic.templates import notices


class DecisionOutcome(StrEnum):
    """What an answer came to."""

    APPROVED = "approved"
    DECLINED = "declined"
    ALREADY_APPROVED = "already_approved"
    ALREADY_CLOSED = "already_closed"
    TOO_LATE = "too_late"
    RESERVATION_CANCELLED = "reservation_cancelled"
    UNKNOWN_REQUEST = "unknown_request"


Answer = Received[ReservationApproved | ReservationDeclined]

_OUTCOMES = {
    RequestStatus.APPROVED: DecisionOutcome.APPROVED,
    RequestStatus.DECLINED: DecisionOutcome.DECLINED,
    RequestStatus.WITHDRAWN: DecisionOutcome.RESERVATION_CANCELLED,
}


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

    booking_store: BookingStore
    appointments: AppointmentReader
    events: EventPublisher
    runs: Runs

    def decide(self, event: Answer, now: datetime) -> Decision:
        """Book or free the slot, as the doctor answered. An answer again changes nothing.

        The same event is told the same again, so a step may be repeated after its crash.

        Raises:
            UnknownRequestError: there is no such request, and none that could still be under way.
            InvalidEventError: it approves what can't become a reservation, whose id another patient has.
            ReservationClosedError: the answer declines what is approved, and booked, already.
            ConcurrentChangeError: others keep changing it; call again.
        """
        return retry_on_conflict(lambda: self._decide(event, now), f"request {event.detail.request_id}")

    def announce(self, request_id: str) -> bool:
        """Put ``appointment/created`` of an approved request on the bus; whether it still stands.

        Raises:
            UnknownRequestError: there is no such request.
            EventBusUnavailableError: the bus did not take it; call again.
        """
        request = request_called(self.booking_store, request_id)
        if request is None:
            raise UnknownRequestError(f"request {request_id} is not known")
        details, booked = request.details, self.booking_store.reservation(request.reservation_id)
        if (
            booked is None
            or not booked.status.is_active
            or booked.appointment_time != details.appointment_time
        ):
            return False  # moved or cancelled since, and announced by whoever did that
        self.events.publish([appointment_created(details)])
        return True

    def stop_waiting(self, request_id: str, now: datetime) -> bool:
        """Stop the run that waits for the answer; whether there was one to stop.

        A saving only. While the question to the doctor is just leaving, its run goes on and notes what became
        of it.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
            ConcurrentChangeError: somebody else keeps changing the question; call again.
        """
        request = request_called(self.booking_store, request_id)
        if request is None or request.run is None or request.is_pending:
            return False
        if retry_on_conflict(
            lambda: self._is_question_leaving(request.request_id, now), f"request {request.request_id}"
        ):
            return False
        return self.runs.stop(request.run, f"request {request_id} is {request.status.value}")

    def _is_question_leaving(self, request_id: str, now: datetime) -> bool:
        questions = open_questions(self.booking_store, request_id)
        # One that was leaving when the request was closed may have come back unsent since.
        unsent = unasked(questions, now)
        if unsent:
            self.booking_store.commit(Changes(endings=unsent))
        return len(questions) > len(unsent)

    def _decide(self, event: Answer, now: datetime) -> Decision:
        request = request_called(self.booking_store, event.detail.request_id)
        if request is None:
            retry_at = next_check(event.event_time, now)
            if retry_at is None:
                raise UnknownRequestError(f"request {event.detail.request_id} is not known")
            return Decision(DecisionOutcome.UNKNOWN_REQUEST, retry_at=retry_at)
        if request.answer_id == event.event_id:
            return self._told(event, request)
        match request.status:
            case RequestStatus.PENDING:
                return self._answer(event, request, now)
            case RequestStatus.APPROVED:
                if isinstance(event.detail, ReservationDeclined):
                    raise _approved_already(request)
                return self._as_it_stands(DecisionOutcome.ALREADY_APPROVED, request, is_booked=True)
            case _ if isinstance(event.detail, ReservationApproved):
                return self._too_late(request, now)
            case _:
                return self._as_it_stands(DecisionOutcome.ALREADY_CLOSED, request)

    def _answer(self, event: Answer, request: ReservationRequest, now: datetime) -> Decision:
        seen = self.booking_store.reservation(request.reservation_id)
        if seen is not None and not is_taken(request, seen):
            by, answer_id = _by(event), event.event_id
            closed = overtaken(self.booking_store, request, seen, now, by=by, answer_id=answer_id)
            return self._told(event, closed)
        if isinstance(event.detail, ReservationDeclined):
            return self._decline(event, request, event.detail.decline_reason, now, seen)
        if now >= request.details.appointment_time:  # nobody has ended it: its waiting run was lost
            return self._too_late(request, now)
        if seen is not None:
            raise ReservationApproved.refused(
                f"requestId: reservation {seen.reservation_id}, which {request.request_id} was to become, is "
                "another patient's visit; expected reservation/declined, and a request with an id of its own"
            )
        return self._approve(event, request, now)

    def _approve(self, event: Answer, request: ReservationRequest, now: datetime) -> Decision:
        approved = request.closed(RequestStatus.APPROVED, now, by=_by(event), answer_id=event.event_id)
        close(
            self.booking_store,
            request,
            approved,
            now,
            bookings=confirmed(self.booking_store, request, None),
            reservations=((None, Reservation.booked(request.details, now)),),
        )
        return self._told(event, approved)

    def _decline(
        self,
        event: Answer,
        request: ReservationRequest,
        reason: str | None,
        now: datetime,
        seen: Reservation | None,
    ) -> Decision:
        declined = request.closed(
            RequestStatus.DECLINED, now, because=reason, by=_by(event), answer_id=event.event_id
        )
        intent = planned(
            notices.request_declined(request.details, reason=reason, when=request.asked_for),
            notice_id(request_subject(request.request_id), NoticeKind.REQUEST_DECLINED),
            request.details,
            now,
        )
        bookings = given_back(self.booking_store, request, seen)
        close(self.booking_store, request, declined, now, bookings=bookings, intents=(intent,))
        return self._told(event, declined)

    def _too_late(self, request: ReservationRequest, now: datetime) -> Decision:
        intent_id = notice_id(request_subject(request.request_id), NoticeKind.APPROVAL_TOO_LATE_DOCTOR)
        if not any(intent.id == intent_id for intent in self.booking_store.intents(intent_id.subject)):
            profile = self.appointments.doctors.profile(request.details.profile_id)
            draft = notices.approval_too_late(
                request.details,
                to=request.doctor_phone,
                when=request.asked_for,
                language=request.details.clinic_language,
                time_zone=profile.time_zone if profile else None,
            )
            self.booking_store.commit(Changes(intents=(planned(draft, intent_id, request.details, now),)))
        return self._as_it_stands(DecisionOutcome.TOO_LATE, request)

    def _told(self, event: Answer, request: ReservationRequest) -> Decision:
        """What the event is told with which the request was closed."""
        outcome = _OUTCOMES[request.status]
        if outcome is DecisionOutcome.APPROVED and isinstance(event.detail, ReservationDeclined):
            return self._as_it_stands(DecisionOutcome.ALREADY_APPROVED, request)
        return self._as_it_stands(outcome, request, is_booked=outcome is DecisionOutcome.APPROVED)

    def _as_it_stands(
        self, outcome: DecisionOutcome, request: ReservationRequest, *, is_booked: bool = False
    ) -> Decision:
        known = self.booking_store.intents(request_subject(request.request_id))
        told = (intent for intent in known if intent.kind != NoticeKind.REQUEST_DOCTOR)
        return Decision(outcome, request, is_booked=is_booked, open_intents=still_open(told))


def _approved_already(request: ReservationRequest) -> ReservationClosedError:
    return ReservationClosedError(
        f"request {request.request_id} is approved: nothing was declined, its reservation can be cancelled"
    )


def _by(event: Answer) -> str | None:
    answer = event.detail
    return answer.approved_by if isinstance(answer, ReservationApproved) else answer.declined_by
