"""Use case: what follows once a cancellation or a move is written and told; each step may be done again."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from clinic.domain.appointments.cancellations import (
    Cancellation,
    Canceller,
    Refund,
    RefundProgress,
    canceller,
)
from clinic.domain.appointments.reservation import AppointmentDetails, Reservation, ReservationStatus
from clinic.domain.errors import (
    CitasError,
    DoctorNotToldError,
    PatientNotToldError,
    RefundNotMadeError,
    RefundRefusedError,
    UnknownReservationError,
)
from clinic.domain.messages.intent import Intent, IntentStatus, Reason, reservation_subject
from clinic.domain.messages.kinds import NoticeKind
from clinic.domain.requests.request import ClosedBecause
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.appointment_intents import endings, still_open
from clinic.services.appointments.pending_requests import withdrawn_request
from clinic.services.ports import EventPublisher, Runs, Statistics
from clinic.services.slots.slot_reservations import slot_of
from clinic.services.unit_of_work import BookingStore, Changes, reservation_and_intents, retry_on_conflict

NO_REFUND = "none"

# A role such as "patient" or "front_desk"; anything else may be somebody's name, which is not counted.
_ROLE = re.compile(r"[a-z]+([_-][a-z]+)?")
_LONGEST_ROLE = 24


@dataclass(frozen=True)
class CancellationAccount:
    """What is true of a cancelled reservation at the end, by the records.

    Attributes:
        slot_released: its place in a slot kept here is free for others.
        patient_notified, doctor_notified: the channel has accepted the notice.
        refund_processed: the payment provider has accepted the refund.
        reminders_cancelled: no message that follows the appointment can leave any more.
        refund: how far its refund has come, or ``none``.
        left_undone: what was asked for and is not done, as the error that the run ends with; None: nothing.
    """

    slot_released: bool = False
    patient_notified: bool = False
    doctor_notified: bool = False
    refund_processed: bool = False
    reminders_cancelled: bool = False
    refund: str = NO_REFUND
    left_undone: CitasError | None = field(default=None, compare=False)


@dataclass(frozen=True)
class CancellationCompletion:
    """Closes the books on a cancellation."""

    booking_store: BookingStore
    runs: Runs
    statistics: Statistics

    def stop_reminders(self, reservation_id: str, now: datetime) -> int:
        """Stop the runs that keep time for its reminders; how many there were to stop.

        While one of its messages is just leaving, its run goes on; see `stop_runs`.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
            ConcurrentChangeError: somebody else keeps changing its messages; call again.
        """
        return stop_runs(self.booking_store, self.runs, reservation_id, CANCELLED, now)

    def record(self, reservation_id: str) -> CancellationAccount:
        """Count the cancellation, and say what came of it; again: the same.

        Raises:
            StoreUnavailableError: call again.
        """
        reservation, known = retry_on_conflict(
            lambda: reservation_and_intents(self.booking_store, reservation_id),
            reservation_subject(reservation_id),
        )
        if reservation is None or reservation.is_placeholder:
            known = self.booking_store.intents(reservation_subject(reservation_id))
            return self._of_request(reservation_id, known)
        note = reservation.cancellation
        if reservation.status is not ReservationStatus.CANCELLED or note is None:
            return CancellationAccount()
        statistic = _statistic(reservation.details, note)
        is_doctor_missing = self._is_doctor_missing(reservation, known)
        if is_doctor_missing:
            statistic = replace(statistic, values={**statistic.values, "doctor": "not_told"})
        self.statistics.record(statistic)
        return CancellationAccount(
            slot_released=self._is_released(reservation.details),
            patient_notified=_is_sent(known, NoticeKind.CANCELLATION),
            doctor_notified=_is_sent(known, NoticeKind.CANCELLATION_DOCTOR),
            refund_processed=note.refund is not None and note.refund.progress is RefundProgress.MADE,
            reminders_cancelled=not _following(known),
            refund=note.refund.progress.value if note.refund else NO_REFUND,
            left_undone=_refund_left(reservation_id, note.refund)
            or _patient_left(reservation.details, note.cancelled_by, known)
            or (_doctor_left(reservation) if is_doctor_missing else None),
        )

    def _of_request(self, reservation_id: str, known: list[Intent]) -> CancellationAccount:
        request = self.booking_store.request_for(reservation_id)
        if request is None or request.closed_because != ClosedBecause.RESERVATION_CANCELLED:
            return CancellationAccount()
        return CancellationAccount(
            slot_released=self._is_released(request.details),
            patient_notified=_is_sent(known, NoticeKind.CANCELLATION),
            doctor_notified=_is_sent(known, NoticeKind.CANCELLATION_DOCTOR),
            left_undone=_patient_left(request.details, request.closed_by, known),
        )

    def _is_doctor_missing(self, reservation: Reservation, known: Iterable[Intent]) -> bool:
        """Whether a visit names a doctor who has no notice of it; a request's may never have been asked."""
        if reservation.details.profile_id is None:
            return False
        is_planned = any(intent.kind == NoticeKind.CANCELLATION_DOCTOR for intent in known)
        return not is_planned and withdrawn_request(self.booking_store, reservation) is None

    def _is_released(self, details: AppointmentDetails) -> bool:
        booking = slot_of(self.booking_store, details)
        return booking is not None and details.reservation_id not in booking.slot.holders


@dataclass(frozen=True)
class ReschedulingCompletion:
    """Has the new reminders kept time for, stops the runs of the old ones, and counts."""

    booking_store: BookingStore
    events: EventPublisher
    runs: Runs
    statistics: Statistics

    def start_reminders(self, reservation_id: str) -> bool:
        """Announce the reservation, so that a run keeps time for its reminders; whether it still stands.

        Raises:
            UnknownReservationError: there is no such reservation.
            EventBusUnavailableError: the bus did not take it; call again.
        """
        reservation = self.booking_store.reservation(reservation_id)
        if reservation is None:
            raise UnknownReservationError(f"reservation {reservation_id} is not known")
        if not reservation.status.is_active:
            return False
        self.events.publish([appointment_created(reservation.details)])
        return True

    def stop_reminders(self, reservation_id: str, runs: tuple[str, ...], now: datetime) -> int:
        """Stop the runs that kept time for the old reminders; how many still ran.

        While one of its messages is just leaving, its run goes on; see `stop_runs`.

        Args:
            reservation_id: the old reservation.
            runs: their ARNs.
            now: the instant of the call.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
            ConcurrentChangeError: somebody else keeps changing its messages; call again.
        """
        if not runs:
            return 0
        return stop_runs(self.booking_store, self.runs, reservation_id, RESCHEDULED, now, among=runs)

    def record(
        self, change_id: str, outcome: str, old_reservation_id: str, new_reservation_id: str, at: datetime
    ) -> None:
        """Count what became of a rescheduling, once.

        Raises:
            StoreUnavailableError: DynamoDB did not answer.
        """
        # A cancellation starts sooner without.
        from clinic.services.appointments.moves import ReschedulingOutcome

        is_again = outcome == ReschedulingOutcome.ALREADY_RESCHEDULED  # by another run, or another event
        values = {
            "outcome": ReschedulingOutcome.RESCHEDULED.value if is_again else outcome,
            "old_reservation_id": old_reservation_id,
            "new_reservation_id": new_reservation_id,
        }
        self.statistics.record(Statistic(StatisticKind.RESCHEDULING, change_id, at, values))


@dataclass(frozen=True)
class WhyStopped:
    """Why reminders are of no more use.

    Attributes:
        closed: a reservation in this status needs none of its reminders; another none of older versions.
        status, reason: how those end that have not left.
        words: what happened to the reservation.
    """

    closed: ReservationStatus
    status: IntentStatus
    reason: Reason
    words: str


CANCELLED = WhyStopped(
    ReservationStatus.CANCELLED, IntentStatus.SKIPPED, Reason.RESERVATION_CANCELLED, "is cancelled"
)
RESCHEDULED = WhyStopped(
    ReservationStatus.RESCHEDULED, IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, "was rescheduled"
)


def stop_runs(
    booking_store: BookingStore,
    runs: Runs,
    reservation_id: str,
    why: WhyStopped,
    now: datetime,
    *,
    among: Sequence[str] | None = None,
) -> int:
    """Stop the runs that kept time for a reservation's reminders; how many still ran.

    The ledger lets none of its messages go. While one is just leaving, its run goes on and notes what became
    of it.

    Args:
        among: their ARNs; None: all that the reservation knows, if it is closed for this reason.

    Raises:
        RunsUnavailableError: Step Functions did not answer; call again.
        ConcurrentChangeError: somebody else keeps changing its messages; call again.
    """
    useless = retry_on_conflict(
        lambda: _without_use(booking_store, reservation_id, why, now, among),
        reservation_subject(reservation_id),
    )
    return sum(runs.stop(run, f"reservation {reservation_id} {why.words}") for run in useless)


def _without_use(
    booking_store: BookingStore,
    reservation_id: str,
    why: WhyStopped,
    now: datetime,
    among: Sequence[str] | None,
) -> Sequence[str]:
    """The runs of which none has a message that is just leaving."""
    reservation, known = reservation_and_intents(booking_store, reservation_id)
    if reservation is None:
        return among or ()
    is_closed = reservation.status is why.closed
    if among is None:
        among = sorted(reservation.runs) if is_closed else ()
    if not among and not is_closed:
        return ()
    overtaken = [
        intent
        for intent in still_open(known)
        if intent.id.follows_appointment and (is_closed or intent.id.version < reservation.version)
    ]
    # One that was leaving when the reservation changed may have come back unsent since.
    unsent = endings(overtaken, why.status, why.reason, now)
    if unsent:
        booking_store.commit(Changes(endings=unsent))
    return () if len(overtaken) > len(unsent) else among


def _refund_left(reservation_id: str, refund: Refund | None) -> CitasError | None:
    if refund is None or refund.progress is RefundProgress.MADE:
        return None
    why = refund.explanation or refund.reason or "nobody has asked for it"
    text = f"reservation {reservation_id} is cancelled, but its refund is {refund.progress.value}: {why}"
    if refund.progress is RefundProgress.REFUSED:
        return RefundRefusedError(text, refund.reason or "")
    return RefundNotMadeError(text)


def _patient_left(
    details: AppointmentDetails, cancelled_by: str | None, known: Iterable[Intent]
) -> CitasError | None:
    """Of somebody who wants no messages; patients who cancel know it, and what fails is counted elsewhere."""
    notices = [intent for intent in known if intent.kind == NoticeKind.CANCELLATION]
    is_unwanted = any(
        intent.status is IntentStatus.SKIPPED and intent.reason == Reason.OPTED_OUT for intent in notices
    )
    if not is_unwanted or canceller(details, cancelled_by) is Canceller.PATIENT:
        return None
    return PatientNotToldError(
        f"reservation {details.reservation_id} is cancelled, and its patient, who wants no messages, was not "
        "told: somebody has to call, and then to drop this run"
    )


def _doctor_left(reservation: Reservation) -> CitasError:
    doctor = reservation.details.profile_id
    return DoctorNotToldError(
        f"reservation {reservation.reservation_id} is cancelled, but its doctor was not told: "
        f"profile {doctor} is not in the directory, or its phone can't be read"
    )


def _following(intents: Iterable[Intent]) -> tuple[Intent, ...]:
    return tuple(intent for intent in still_open(intents) if intent.id.follows_appointment)


def _is_sent(intents: Iterable[Intent], kind: NoticeKind) -> bool:
    return any(intent.kind == kind and intent.status.is_accepted for intent in intents)


def _statistic(details: AppointmentDetails, note: Cancellation) -> Statistic:
    values = {
        "cancelled_by": _role(note.cancelled_by),
        "reason_given": "yes" if note.reason else "no",
        "refund": NO_REFUND,
    }
    if details.slot_id is not None and details.profile_id is not None:
        values |= {"slot_id": details.slot_id, "profile_id": details.profile_id}
    if refund := note.refund:
        values |= {
            "refund": refund.progress.value,
        }
        if refund.money is not None:
            values |= {
                "refund_amount": str(refund.money.amount),
                "refund_currency": refund.money.currency,
            }
        if refund.reason is not None:
            values["refund_reason"] = refund.reason
    return Statistic(StatisticKind.CANCELLATION, details.reservation_id, note.at, values)


def _role(cancelled_by: str | None) -> str:
    if cancelled_by is None:
        return "not_said"
    is_role = len(cancelled_by) <= _LONGEST_ROLE and _ROLE.fullmatch(cancelled_by)
    return cancelled_by if is_role else "other"
