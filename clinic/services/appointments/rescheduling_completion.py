"""Use case: what follows once a visit has moved; each step may be done again."""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.errors import UnknownReservationError
from clinic.domain.messages.intent import IntentStatus, Reason, reservation_subject
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.appointment_intents import endings, still_open
from clinic.services.appointments.rescheduling import ReschedulingOutcome
from clinic.services.ports import EventPublisher, Runs, Statistics
from clinic.services.unit_of_work import BookingStore, Changes, reservation_and_intents, retry_on_conflict


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

        A saving only: the ledger lets none of those go. While one is just leaving, its run goes on and notes
        what became of it.

        Args:
            reservation_id: the old reservation.
            runs: their ARNs.
            now: the instant of the call.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
            ConcurrentChangeError: somebody else keeps changing its messages; call again.
        """
        subject = reservation_subject(reservation_id)
        if not runs or retry_on_conflict(lambda: self._is_one_leaving(reservation_id, now), subject):
            return 0
        cause = f"reservation {reservation_id} was rescheduled"
        return sum(self.runs.stop(run, cause) for run in runs)

    def _is_one_leaving(self, reservation_id: str, now: datetime) -> bool:
        reservation, known = reservation_and_intents(self.booking_store, reservation_id)
        if reservation is None:
            return False
        is_over = reservation.status is ReservationStatus.RESCHEDULED
        overtaken = [
            intent
            for intent in still_open(known)
            if intent.id.follows_appointment and (is_over or intent.id.version < reservation.version)
        ]
        # One that was leaving when the visit moved may have come back unsent since.
        unsent = endings(overtaken, IntentStatus.SUPERSEDED, Reason.APPOINTMENT_MOVED, now)
        if unsent:
            self.booking_store.commit(Changes(endings=unsent))
        return len(overtaken) > len(unsent)

    def record(
        self, change_id: str, outcome: str, old_reservation_id: str, new_reservation_id: str, at: datetime
    ) -> None:
        """Count what became of a rescheduling, once.

        Raises:
            StoreUnavailableError: DynamoDB did not answer.
        """
        is_again = outcome == ReschedulingOutcome.ALREADY_RESCHEDULED  # by another run, or another event
        values = {
            "outcome": ReschedulingOutcome.RESCHEDULED.value if is_again else outcome,
            "old_reservation_id": old_reservation_id,
            "new_reservation_id": new_reservation_id,
        }
        self.statistics.record(Statistic(StatisticKind.RESCHEDULING, change_id, at, values))
