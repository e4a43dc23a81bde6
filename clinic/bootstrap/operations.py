"""The part of the composition root that watches: the run ledger, health, retries and analytics.

`clinic.bootstrap.application.Application` has it all.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from clinic.contracts.settings import Settings
from clinic.services.unit_of_work import BookingStore

if TYPE_CHECKING:
    from pynamodb.connection import Connection

    from clinic.adapters.dynamodb.runs import DynamoRunLedger
    from clinic.adapters.runs import StepFunctionsRuns
    from clinic.services.operations.analytics import WorkflowAnalytics
    from clinic.services.operations.consistency import ConsistencyCheck
    from clinic.services.operations.health import HealthCheck
    from clinic.services.operations.pacing import Pace
    from clinic.services.operations.run_recording import RunRecording
    from clinic.services.operations.run_retrying import RunRetrying
    from clinic.services.ports import Meter
    from clinic.services.slots.ports import DoctorSchedules


@dataclass(frozen=True)
class Operations:
    """The use cases that watch and what they stand on, each made when it is first asked for."""

    settings: Settings
    connection: "Connection"
    booking_store: BookingStore

    @cached_property
    def meter(self) -> "Meter":
        """Publishes metrics."""
        return open_meter(self.settings)

    @cached_property
    def run_ledger(self) -> "DynamoRunLedger":
        """The run ledger."""
        from clinic.adapters.dynamodb.runs import DynamoRunLedger

        return DynamoRunLedger.open_table(self.connection, self.settings.runs_table)

    @cached_property
    def run_recording(self) -> "RunRecording":
        """Writes what Step Functions says of a run that somebody asks about."""
        from clinic.services.operations.run_recording import RunRecording

        return RunRecording(
            self.run_ledger, self._step_functions, self.meter, f"citas-{self.settings.stage}-"
        )

    @cached_property
    def question_pace(self) -> "Pace":
        """How fast one call of the run ledger's function asks Step Functions."""
        from clinic.adapters.timer import MachineTimer
        from clinic.services.operations.pacing import Pace

        return Pace(self.settings.run_questions_per_second, MachineTimer())

    @cached_property
    def paced_recording(self) -> "RunRecording":
        """Writes the run ledger at the pace; an unanswered question is asked when the event comes again."""
        from clinic.adapters.runs import StepFunctionsRuns
        from clinic.services.operations.pacing import PacedInspector
        from clinic.services.operations.run_recording import RunRecording

        inspector = PacedInspector(StepFunctionsRuns.open(attempts=1), self.question_pace)
        return RunRecording(self.run_ledger, inspector, self.meter, f"citas-{self.settings.stage}-")

    @cached_property
    def run_retrying(self) -> "RunRetrying":
        """Tries failed runs again."""
        from clinic.services.operations.run_retrying import RunRetrying

        return RunRetrying(self.run_ledger, self._step_functions)

    @cached_property
    def _step_functions(self) -> "StepFunctionsRuns":
        from clinic.adapters.runs import StepFunctionsRuns

        return StepFunctionsRuns.open()

    @cached_property
    def analytics(self) -> "WorkflowAnalytics":
        """Adds up what days have come to."""
        from clinic.adapters.dynamodb.messages.intents import DynamoDueIntents
        from clinic.adapters.dynamodb.slots import DynamoSlotStore
        from clinic.adapters.dynamodb.statistics import DynamoStatistics
        from clinic.services.operations.analytics import WorkflowAnalytics

        return WorkflowAnalytics(
            self.run_ledger,
            DynamoDueIntents.open(self.connection, self.settings.messages_table),
            DynamoStatistics.open(self.connection, self.settings.statistics_table),
            DynamoSlotStore.open(self.connection, self.settings.slots_table),
            self.meter,
        )

    @cached_property
    def consistency(self) -> "ConsistencyCheck":
        """Holds slots, sheets, reservations and requests against each other."""
        from clinic.adapters.dynamodb.booking_reader import DynamoBookingReader
        from clinic.adapters.dynamodb.statistics import DynamoStatistics
        from clinic.services.operations.consistency import ConsistencyCheck

        return ConsistencyCheck(
            self._schedules,
            self.booking_store,
            DynamoBookingReader.open(
                self.connection, self.settings.slots_table, self.settings.reservations_table
            ),
            DynamoStatistics.open(self.connection, self.settings.statistics_table),
            self.meter,
        )

    @cached_property
    def health(self) -> "HealthCheck":
        """Looks how the workflows are."""
        from clinic.adapters.dynamodb.messages.intents import DynamoDueIntents
        from clinic.adapters.queues import SqsDeadLetters
        from clinic.services.operations.health import HealthCheck

        return HealthCheck(
            self.run_ledger,
            self.run_recording,
            DynamoDueIntents.open(self.connection, self.settings.messages_table),
            SqsDeadLetters.open(self.settings.undelivered_events_queue_url),
            self.meter,
            self.settings.quiet_hours,
        )

    @cached_property
    def _schedules(self) -> "DoctorSchedules":
        return open_schedules(self.connection, self.settings)


def open_meter(settings: Settings) -> "Meter":
    """Publishes metrics; loaded when there is something to publish."""
    from clinic.adapters.meter import EmfMeter

    return EmfMeter(settings.metrics_namespace, settings.stage)


def open_schedules(connection: "Connection", settings: Settings) -> "DoctorSchedules":
    """What doctors offer and when; loaded when a slot is to be made."""
    from clinic.adapters.dynamodb.directory.schedules import DynamoDoctorSchedules

    return DynamoDoctorSchedules.open(connection, settings.directory_table)
