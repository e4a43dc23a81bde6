"""Use case: a ``reservation/cancelled`` event closes a reservation, whatever came before or comes after."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from clinic.contracts.events.appointment_changes import ReservationCancelled
from clinic.contracts.events.base import Received
from clinic.domain.appointments.cancellations import (
    UNKNOWN_RESERVATION,
    Cancellation,
    Refund,
    RefundProgress,
    refund_asked_for,
    refused_refund,
)
from clinic.domain.appointments.reservation import AppointmentDetails, Reservation, ReservationStatus
from clinic.domain.appointments.visits import closed_error
from clinic.domain.errors import (
    AppointmentInThePastError,
    ConcurrentChangeError,
    ConfigurationError,
    RefundConflictError,
    ReservationClosedError,
    UnknownReservationError,
)
from clinic.domain.messages.backoff import next_check
from clinic.domain.messages.intent import Intent, IntentStatus, Reason, request_subject, reservation_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import ClosedBecause, RequestStatus, ReservationRequest
from clinic.services.appointments.appointment_intents import endings
from clinic.services.appointments.cancellation_notices import (
    cancellation_notices,
    for_doctor,
    for_patient,
    open_notices,
)
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.pending_requests import close, request_behind, withdrawn_request
from clinic.services.slots.slot_reservations import release
from clinic.services.unit_of_work import (
    BookingStore,
    Changes,
    reservation_and_intents,
    retry_on_conflict,
    standing_for,
)


class CancellationOutcome(StrEnum):
    """What a cancellation came to."""

    CANCELLED = "cancelled"
    ALREADY_CANCELLED = "already_cancelled"
    REQUEST_WITHDRAWN = "request_withdrawn"
    RESERVATION_CLOSED = "reservation_closed"
    UNKNOWN_RESERVATION = UNKNOWN_RESERVATION


@dataclass(frozen=True)
class CancellationPlan:
    """What a run has to do.

    Attributes:
        is_refund_due: money is to go back; the patient is told once it is known what became of it.
        runs: the ARNs of the runs that may still keep time for its reminders.
        open_notices: to be sent, the patient's first.
        retry_at: set while its booking may still be under way: look again then.
    """

    reservation_id: str
    outcome: CancellationOutcome
    is_refund_due: bool = False
    runs: frozenset[str] = frozenset()
    open_notices: tuple[Intent, ...] = ()
    retry_at: datetime | None = None


@dataclass(frozen=True)
class ReservationCancelling:
    """Cancels reservations, and withdraws requests that nobody has answered.

    Attributes:
        currency: ISO 4217; of refunds that name none.
    """

    booking_store: BookingStore
    appointments: AppointmentReader
    currency: str

    def cancel(self, event: Received[ReservationCancelled], now: datetime) -> CancellationPlan:
        """Cancel in one transaction: the status, the place in its slot, its messages, and the notices.

        The same event, or another one for the same reservation, adds nothing and gives what is still open.
        One that comes before its booking leaves a placeholder, which keeps the booking closed.

        Raises:
            AppointmentInThePastError: the visit had begun when the event was published, and it is not the
                clinic that cancels, within a day.
            ReservationClosedError: the visit was completed, missed or moved, or its request is over and money
                is asked back.
            RefundConflictError: it asks for another refund than one that is made or on its way.
            UnknownReservationError: nobody has booked it, and no event that could still be under way will
                say so; nobody was told anything.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        detail = event.detail
        note = Cancellation(
            at=event.event_time,
            reason=detail.cancellation_reason,
            cancelled_by=detail.cancelled_by,
            refund=self._refund(detail),
        )
        return retry_on_conflict(
            lambda: self._apply(detail, note, now), reservation_subject(event.detail.reservation_id)
        )

    def _apply(self, detail: ReservationCancelled, note: Cancellation, now: datetime) -> CancellationPlan:
        seen, known = reservation_and_intents(self.booking_store, detail.reservation_id)
        if seen is None or (seen.is_placeholder and not seen.status.is_over):
            return self._before_its_booking(seen, detail, note, now)
        if seen.status is ReservationStatus.CANCELLED and seen.cancellation is not None:
            note = _joined(seen.cancellation, note.refund)
            return self._already_cancelled(seen, known, note, now)
        if not seen.status.is_active and seen.status is not ReservationStatus.CANCELLED:
            raise closed_error(seen, standing_for(self.booking_store, seen), "cancelled", "reservationId")
        if not note.may_end(seen.details):
            raise _begun(seen)
        return self._cancel(seen, known, note, now)

    def _already_cancelled(
        self, seen: Reservation, known: list[Intent], note: Cancellation, now: datetime
    ) -> CancellationPlan:
        # Nobody could know before the booking came; of a request that came nobody knows when it would begin.
        is_begun = not note.may_end(seen.details)
        if seen.order is not None and is_begun:
            standing = replace(
                seen,
                details=replace(
                    seen.details, slot_id=None, takes_from=None, takes_until=None
                ),  # being cancelled, it took no place
                status=ReservationStatus.CONFIRMED,
                cancellation=None,
                updated_at=now,
            )
            self.booking_store.commit(Changes(reservations=((seen, standing),)))
            raise _begun(seen)
        return self._cancel(seen, known, note, now)

    def _cancel(
        self, seen: Reservation, known: list[Intent], note: Cancellation, now: datetime
    ) -> CancellationPlan:
        note = _charged(note, seen.details.charge_id)
        reservation = seen.cancelled(note, now)
        is_refund_due = note.refund is not None and note.refund.is_open
        new: list[Intent] = []
        outcome = CancellationOutcome.ALREADY_CANCELLED
        if not cancellation_notices(known):
            outcome = CancellationOutcome.CANCELLED
            if not is_refund_due:
                is_request = withdrawn_request(self.booking_store, reservation) is not None
                new.append(for_patient(seen.details, note, seen.version, now, is_request=is_request))
        is_doctor_told = any(intent.kind == NoticeKind.CANCELLATION_DOCTOR for intent in known)
        is_first = outcome is CancellationOutcome.CANCELLED
        if is_first or not is_doctor_told:  # again, once the directory knows the doctor
            new += self._doctors_notice(reservation, note, now, is_first=is_first)
        changes = Changes(
            bookings=release(self.booking_store, seen.details),
            reservations=((seen, reservation),),
            intents=tuple(new),
            endings=endings(known, IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED, now),
        )
        is_changed = replace(reservation, updated_at=seen.updated_at) != seen
        if is_changed or changes.bookings or changes.intents or changes.endings:
            self.booking_store.commit(changes)
        return CancellationPlan(
            reservation_id=seen.reservation_id,
            outcome=outcome,
            is_refund_due=is_refund_due,
            runs=seen.runs,
            open_notices=open_notices([*known, *new]),
        )

    def _doctors_notice(
        self, reservation: Reservation, note: Cancellation, now: datetime, *, is_first: bool
    ) -> list[Intent]:
        request = withdrawn_request(self.booking_store, reservation)
        if request is not None:  # it was no visit yet: only who was asked has heard of it
            return list(self._to_who_was_asked(request, note, now)) if is_first else []
        try:
            profile = self.appointments.doctors.profile(reservation.details.profile_id)
        except ConfigurationError:  # its row can't be read: the run says in the end who was not told
            return []
        if profile is None or not profile.phone:
            return []
        return [
            for_doctor(reservation.details, note, reservation.version, now, to=profile.phone, profile=profile)
        ]

    def _before_its_booking(
        self, seen: Reservation | None, detail: ReservationCancelled, note: Cancellation, now: datetime
    ) -> CancellationPlan:
        request = request_behind(self.booking_store, detail.reservation_id, detail.patient_phone)
        if request is not None and request.reservation_id == detail.reservation_id:
            return self._of_request(seen, request, note, now)
        if seen is not None and seen.cancellation is not None:  # the first to be published counts
            first, second = sorted((seen.cancellation, note), key=lambda one: one.at)
            note = _joined(first, second.refund)
        if request is not None:
            return self._by_the_requests_id(seen, request, detail, note, now)
        retry_at = next_check(note.at, now)
        if retry_at is None and note.refund is not None and note.refund.is_open:
            note = note.with_refund(RefundProgress.UNSETTLED, reason=UNKNOWN_RESERVATION)
        if seen is None or note != seen.cancellation:
            placeholder = seen.cancelled(note, now) if seen else self._placeholder(detail, note, now)
            self.booking_store.commit(Changes(reservations=((seen, placeholder),)))
        if retry_at is None:
            raise UnknownReservationError(f"reservation {detail.reservation_id} is not known")
        return CancellationPlan(
            detail.reservation_id, CancellationOutcome.UNKNOWN_RESERVATION, retry_at=retry_at
        )

    def _by_the_requests_id(
        self,
        seen: Reservation | None,
        request: ReservationRequest,
        detail: ReservationCancelled,
        note: Cancellation,
        now: datetime,
    ) -> CancellationPlan:
        reservation_id = request.reservation_id
        plan = self._apply(detail.model_copy(update={"reservation_id": reservation_id}), note, now)
        if seen is not None and seen.rescheduled_to != reservation_id:
            self.booking_store.commit(Changes(reservations=((seen, seen.stood_in_for(reservation_id, now)),)))
        return plan

    def _of_request(
        self, seen: Reservation | None, request: ReservationRequest, note: Cancellation, now: datetime
    ) -> CancellationPlan:
        if request.status is RequestStatus.APPROVED:
            raise ConcurrentChangeError(f"request {request.request_id} has just been approved")
        is_withdrawn = request.closed_because == ClosedBecause.RESERVATION_CANCELLED
        if not request.is_pending and not is_withdrawn:
            if note.refund is not None:
                raise ReservationClosedError(
                    f"request {request.request_id} is {request.status.value}: nothing was given back"
                )
            return CancellationPlan(request.reservation_id, CancellationOutcome.RESERVATION_CLOSED)
        note = _charged(note, request.details.charge_id)
        is_refund_due = note.refund is not None and note.refund.is_open
        reservations: tuple[tuple[Reservation | None, Reservation], ...] = ()
        if note.refund is not None:  # what was paid goes back, and a reservation keeps account of it
            reservations = ((seen, Reservation.booked(request.details, now).cancelled(note, now)),)
        known = self.booking_store.intents(reservation_subject(request.reservation_id))
        new: tuple[Intent, ...] = ()
        if not cancellation_notices(known):
            new = self._notices_of_request(request, note, now, is_refund_due=is_refund_due)
        if request.is_pending:
            withdrawn = request.closed(
                RequestStatus.WITHDRAWN,
                now,
                because=ClosedBecause.RESERVATION_CANCELLED,
                by=note.cancelled_by,
            )
            bookings = release(self.booking_store, request.details)
            close(
                self.booking_store,
                request,
                withdrawn,
                now,
                bookings=bookings,
                reservations=reservations,
                intents=new,
            )
        elif new or reservations:
            self.booking_store.commit(Changes(reservations=reservations, intents=new))
        return CancellationPlan(
            request.reservation_id,
            CancellationOutcome.REQUEST_WITHDRAWN,
            is_refund_due=is_refund_due,
            open_notices=open_notices([*known, *new]),
        )

    def _notices_of_request(
        self, request: ReservationRequest, note: Cancellation, now: datetime, *, is_refund_due: bool
    ) -> tuple[Intent, ...]:
        # Once it is known what became of the refund, the patient is told of both.
        new = () if is_refund_due else (for_patient(request.details, note, 1, now, is_request=True),)
        if not request.is_pending:  # the doctor has answered, or is told already
            return new
        return (*new, *self._to_who_was_asked(request, note, now))

    def _to_who_was_asked(
        self, request: ReservationRequest, note: Cancellation, now: datetime
    ) -> tuple[Intent, ...]:
        questions = self.booking_store.intents(request_subject(request.request_id))
        is_asked = any(
            question.kind == NoticeKind.REQUEST_DOCTOR
            and question.status not in {IntentStatus.PLANNED, IntentStatus.SKIPPED}
            for question in questions
        )
        if not is_asked:
            return ()
        details, profile = request.details, self.appointments.doctors.profile(request.details.profile_id)
        return (for_doctor(details, note, 1, now, to=request.doctor_phone, profile=profile, is_request=True),)

    def _placeholder(self, detail: ReservationCancelled, note: Cancellation, now: datetime) -> Reservation:
        details = AppointmentDetails.of_end(
            reservation_id=detail.reservation_id,
            appointment_time=detail.appointment_time or note.at,
            patient_name=detail.patient_name or "",
            patient_phone=detail.patient_phone or "",
            service_name=detail.service_name or "",
            time_zone=self.appointments.default_time_zone,
            charge_id=detail.named_charge,
        )
        return Reservation(
            details=details,
            status=ReservationStatus.CANCELLED,
            version=1,
            order=None,
            created_at=now,
            updated_at=now,
            cancellation=note,
            is_placeholder=True,
        )

    def _refund(self, detail: ReservationCancelled) -> Refund | None:
        refund = refund_asked_for(detail.refund_amount, detail.currency, detail.named_charge, self.currency)
        if refund is not None and refund.is_open and detail.has_odd_charge:
            expected = "chargeId: expected the payment service's id of what was paid, such as ch_1"
            return refused_refund("charge_id_not_valid", expected, money=refund.money)
        return refund


def _begun(seen: Reservation) -> AppointmentInThePastError:
    return AppointmentInThePastError(
        f"reservation {seen.reservation_id}: expected before the visit's beginning, or for a day after it "
        "cancelledBy the clinic or the doctor: nothing was cancelled"
    )


def _joined(note: Cancellation, asked: Refund | None) -> Cancellation:
    """The cancellation with the refund that another event asks for.

    Raises:
        RefundConflictError: another refund is made or on its way.
    """
    if asked is None:
        return note
    joined = note.refund.joined_with(asked) if note.refund is not None else asked
    if joined is None:
        raise RefundConflictError("refundAmount: another refund of this reservation is made, or on its way")
    return replace(note, refund=joined)


def _charged(note: Cancellation, charge_id: str | None) -> Cancellation:
    return replace(note, refund=note.refund.of_charge(charge_id) if note.refund is not None else None)
