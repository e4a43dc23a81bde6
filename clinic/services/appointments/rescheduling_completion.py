"""Use case: what follows once a visit has moved; each step may be done again."""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.errors import UnknownReservationError
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.rescheduling import ReschedulingOutcome
from clinic.services.appointments.run_stopping import RESCHEDULED, stop_runs
from clinic.services.ports import EventPublisher, Runs, Statistics
from clinic.services.unit_of_work import BookingStore


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

        While one of its messages is just leaving, its run goes on; see `run_stopping`.

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
        is_again = outcome == ReschedulingOutcome.ALREADY_RESCHEDULED  # by another run, or another event
        values = {
            "outcome": ReschedulingOutcome.RESCHEDULED.value if is_again else outcome,
            "old_reservation_id": old_reservation_id,
            "new_reservation_id": new_reservation_id,
        }
        self.statistics.record(Statistic(StatisticKind.RESCHEDULING, change_id, at, values))
