"""Use case: a request that nobody answered in time ends, and its slot is free again."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from clinic.contracts.metrics import EXPIRATION_DELAY
from clinic.domain.errors import UnknownRequestError
from clinic.domain.messages.backoff import next_check
from clinic.domain.messages.intent import Intent, request_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import ClosedBecause, RequestStatus, ReservationRequest
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.appointments.appointment_intents import still_open
from clinic.services.appointments.pending_requests import close, request_called
from clinic.services.messages.notice_drafts import notice_id, planned
from clinic.services.ports import Meter, Statistics
from clinic.services.requests.completion import given_back, is_taken, overtaken
from clinic.services.unit_of_work import BookingStore, retry_on_conflict
from clinic.templates import notices


class ExpirationOutcome(StrEnum):
    """What the end of a request's time came to."""

    EXPIRED = "expired"
    ALREADY_EXPIRED = "already_expired"
    ALREADY_APPROVED = "already_approved"
    ALREADY_CLOSED = "already_closed"
    RESERVATION_CANCELLED = "reservation_cancelled"
    NOT_YET_DUE = "not_yet_due"
    UNKNOWN_REQUEST = "unknown_request"


@dataclass(frozen=True)
class Expiration:
    """What a run has to do.

    Attributes:
        is_released: this run ended the request, and with it freed its place.
        retry_at: set where it is too early: ask again then.
    """

    outcome: ExpirationOutcome
    is_released: bool = False
    open_intents: tuple[Intent, ...] = ()
    retry_at: datetime | None = None


@dataclass(frozen=True)
class RequestExpiration:
    """Expires requests."""

    booking_store: BookingStore
    statistics: Statistics
    meter: Meter

    def expire(
        self, request_id: str, run: str, now: datetime, *, said_at: datetime | None = None
    ) -> Expiration:
        """End the request, free its slot and plan what patient and doctor are told.

        Of this and an approval exactly one wins. Expiring again changes nothing.

        Args:
            request_id: which request.
            run: the ARN of the run that asks; it alone is told that it freed the slot, again too.
            now: the instant of the call.
            said_at: when the event was published that says so: a request that is not known yet is waited for,
                a day at most.

        Raises:
            UnknownRequestError: there is no such request, and none that could still be under way.
            ConcurrentChangeError: others keep changing it; call again.
        """
        return retry_on_conflict(lambda: self._expire(request_id, run, now, said_at), f"request {request_id}")

    def record(self, request_id: str) -> None:
        """Keep a record of a request that has expired; again: the same one.

        Raises:
            StoreUnavailableError: DynamoDB did not answer; call again.
        """
        request = request_called(self.booking_store, request_id)
        if request is None or request.status is not RequestStatus.EXPIRED:
            return
        # What closed it is its last change.
        self.meter.add(EXPIRATION_DELAY, (request.updated_at - request.expires_at).total_seconds())
        self.statistics.record(
            Statistic(
                StatisticKind.REQUEST_EXPIRED,
                request.request_id,
                request.expires_at,
                {"profile_id": request.details.profile_id or "", "reason": "timeout"},
            )
        )

    def _expire(self, request_id: str, run: str, now: datetime, said_at: datetime | None) -> Expiration:
        request = request_called(self.booking_store, request_id)
        if request is None:
            retry_at = next_check(said_at, now) if said_at is not None else None
            if said_at is not None and retry_at is None:
                raise UnknownRequestError(f"request {request_id} is not known: nothing has expired")
            return Expiration(ExpirationOutcome.UNKNOWN_REQUEST, retry_at=retry_at)
        is_mine = request.closed_by == run
        match request.status:
            case RequestStatus.PENDING:
                return self._expire_pending(request, run, now)
            case RequestStatus.EXPIRED:
                known = self.booking_store.intents(request_subject(request.request_id))
                outcome = ExpirationOutcome.EXPIRED if is_mine else ExpirationOutcome.ALREADY_EXPIRED
                return Expiration(outcome, is_mine, still_open(known))
            case RequestStatus.APPROVED:
                return Expiration(ExpirationOutcome.ALREADY_APPROVED)
            case RequestStatus.WITHDRAWN if is_mine:
                return Expiration(ExpirationOutcome.RESERVATION_CANCELLED, is_released=True)
            case _:
                return Expiration(ExpirationOutcome.ALREADY_CLOSED)

    def _expire_pending(self, request: ReservationRequest, run: str, now: datetime) -> Expiration:
        if now < request.expires_at:
            return Expiration(ExpirationOutcome.NOT_YET_DUE, retry_at=request.expires_at)
        seen = self.booking_store.reservation(request.reservation_id)
        if seen is not None and not is_taken(request, seen):
            closed = overtaken(self.booking_store, request, seen, now, by=run)
            if closed.status is RequestStatus.WITHDRAWN:
                return Expiration(ExpirationOutcome.RESERVATION_CANCELLED, is_released=True)
            return Expiration(ExpirationOutcome.ALREADY_APPROVED)
        subject = request_subject(request.request_id)
        drafts = (
            (NoticeKind.REQUEST_EXPIRED, notices.request_expired(request.details, when=request.asked_for)),
            (
                NoticeKind.REQUEST_EXPIRED_DOCTOR,
                notices.request_expired_for_doctor(
                    request.details,
                    to=request.doctor_phone,
                    when=request.asked_for,
                    language=request.details.clinic_language,
                ),
            ),
        )
        intents = tuple(
            planned(draft, notice_id(subject, kind), request.details, now) for kind, draft in drafts
        )
        expired = request.closed(RequestStatus.EXPIRED, now, because=ClosedBecause.NOT_ANSWERED, by=run)
        bookings = given_back(self.booking_store, request, seen)
        close(self.booking_store, request, expired, now, bookings=bookings, intents=intents)
        return Expiration(ExpirationOutcome.EXPIRED, is_released=True, open_intents=intents)
