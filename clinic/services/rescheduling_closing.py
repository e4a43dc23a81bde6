"""Use case: what follows once a visit has moved; each step may be done again."""

from dataclasses import dataclass
from datetime import datetime

from clinic.domain.errors import UnknownReservationError
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.announcements import appointment_created
from clinic.services.records_port import Records
from clinic.services.rescheduling import ReschedulingOutcome
from clinic.services.workflow_ports import EventPublisher, Runs, Statistics


@dataclass(frozen=True)
class ReschedulingClosing:
    """Has the new reminders kept time for, stops the runs of the old ones, and counts."""

    records: Records
    events: EventPublisher
    runs: Runs
    statistics: Statistics

    def start_reminders(self, reservation_id: str) -> bool:
        """Announce the reservation, so that a run keeps time for its reminders; whether it still stands.

        Raises:
            UnknownReservationError: there is no such reservation.
            EventBusUnavailableError: the bus did not take it; call again.
        """
        reservation = self.records.reservation(reservation_id)
        if reservation is None:
            raise UnknownReservationError(f"reservation {reservation_id} is not known")
        if not reservation.status.is_active:
            return False
        self.events.publish([appointment_created(reservation.details)])
        return True

    def stop_reminders(self, runs: tuple[str, ...], reservation_id: str) -> int:
        """Stop the runs that kept time for the old reminders; how many still ran.

        One that goes on finds its reminders superseded and ends.

        Raises:
            RunsUnavailableError: Step Functions did not answer; call again.
        """
        return sum(self.runs.stop(run, f"reservation {reservation_id} was rescheduled") for run in runs)

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
