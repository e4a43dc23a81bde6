"""The workflows Citas runs: one state machine and one Lambda function each."""

from dataclasses import dataclass
from datetime import timedelta

from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.base import BusEvent
from clinic.contracts.events.prescriptions import (
    PrescriptionContinued,
    PrescriptionCreated,
    PrescriptionStopped,
)
from clinic.contracts.events.requests import (
    RequestExpired,
    ReservationApproved,
    ReservationDeclined,
    ReservationRequested,
)
from clinic.contracts.events.slots import SlotCleanupExpired, SlotGenerateDaily
from clinic.contracts.events.visits import AppointmentCompleted, AppointmentNoShow

_A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Workflow:
    """One workflow: what starts it and how much of it may run at once.

    Attributes:
        name: the state machine's and the function's name, and with underscores the ASL file's and the step
            module's.
        title: what a person calls it.
        events: those that start it; none if schedules do (`clinic.contracts.schedules`).
        own_events: those among them that mean something only from Citas itself.
        concurrency: how many of its *steps* may run at once (the function's reserved concurrency);
            runs that wait do not count.
        retries: how often a step that failed for a passing reason is tried again.
        may_last: how long a run may be open; beyond that it is stuck.
    """

    name: str
    title: str
    events: tuple[type[BusEvent], ...]
    concurrency: int
    retries: int
    own_events: tuple[type[BusEvent], ...] = ()
    # An event that comes before what it speaks of waits for it, a day at most.
    may_last: timedelta = timedelta(hours=26)

    @property
    def module(self) -> str:
        """The Python module that holds its step handlers."""
        return f"lambdas.{self.name.replace('-', '_')}"

    @property
    def handler(self) -> str:
        """The function's handler string."""
        return f"{self.module}.handler"

    @property
    def definition_file(self) -> str:
        """The file in ``state_machines/`` that defines it."""
        return f"{self.name.replace('-', '_')}.asl.json"

    @property
    def function_substitution(self) -> str:
        """The ``${…}`` in the definition that stands for the function's ARN."""
        return "".join(word.capitalize() for word in self.name.split("-")) + "Function"

    @property
    def detail_types(self) -> tuple[str, ...]:
        """The EventBridge detail-types that start it."""
        return tuple(event.detail_type for event in self.events)

    @property
    def own_detail_types(self) -> tuple[str, ...]:
        """Those that start it only from Citas itself."""
        return tuple(event.detail_type for event in self.own_events)

    @property
    def open_detail_types(self) -> tuple[str, ...]:
        """The detail-types that start it whoever puts them on the bus."""
        return tuple(name for name in self.detail_types if name not in self.own_detail_types)


APPOINTMENT_REMINDERS = Workflow(
    name="appointment-reminders",
    title="Appointment Reminder System",
    events=(AppointmentCreated,),
    concurrency=10,
    retries=3,
    may_last=_A_YEAR,
)

RESERVATION_REQUESTS = Workflow(
    name="reservation-requests",
    title="Reservation Request Handler",
    events=(ReservationRequested,),
    concurrency=10,
    retries=2,
    may_last=_A_YEAR,
)

REQUEST_DECISIONS = Workflow(
    name="request-decisions",
    title="Request Decision Handler",
    events=(ReservationApproved, ReservationDeclined),
    concurrency=10,
    retries=2,
)

REQUEST_EXPIRATION = Workflow(
    name="request-expiration",
    title="Request Expiration Handler",
    events=(RequestExpired,),
    concurrency=10,
    retries=2,
    may_last=_A_YEAR,  # it keeps a request's time where the doctor could not be asked
)

APPOINTMENT_CANCELLATION = Workflow(
    name="appointment-cancellation",
    title="Appointment Cancellation Handler",
    events=(ReservationCancelled,),
    concurrency=5,
    retries=2,
)

APPOINTMENT_RESCHEDULING = Workflow(
    name="appointment-rescheduling",
    title="Appointment Rescheduling Handler",
    events=(AppointmentRescheduled,),
    concurrency=3,
    retries=2,
    may_last=timedelta(days=30),  # a move waits while the doctor is asked
)

APPOINTMENT_FOLLOW_UP = Workflow(
    name="appointment-follow-up",
    title="Post-Appointment Follow-up",
    events=(AppointmentCompleted, AppointmentNoShow),
    concurrency=5,
    retries=2,
    may_last=timedelta(days=30),
)

DAILY_SLOT_GENERATION = Workflow(
    name="daily-slot-generation",
    title="Daily Slot Generation",
    events=(SlotGenerateDaily,),
    concurrency=5,
    retries=1,
)

EXPIRED_SLOTS_CLEANUP = Workflow(
    name="expired-slots-cleanup",
    title="Expired Slots Cleanup",
    events=(SlotCleanupExpired,),
    concurrency=3,
    retries=1,
)

MEDICATION_REMINDERS = Workflow(
    name="medication-reminders",
    title="Medication Reminder System",
    events=(PrescriptionCreated, PrescriptionStopped, PrescriptionContinued),
    own_events=(PrescriptionContinued,),
    concurrency=20,
    retries=1,
    may_last=_A_YEAR,
)

# Once a UTC day; its runs wait for 02:00 and 03:00 in each profile's own zone.
NIGHTLY_FAN_OUT = Workflow(
    name="nightly-fan-out",
    title="Nightly Fan-out",
    events=(),
    concurrency=2,
    retries=3,
    may_last=timedelta(hours=30),
)

# Looks at all the others, and hands on what nobody looks after any more.
WORKFLOW_HEALTH = Workflow(
    name="workflow-health",
    title="Workflow Health Check",
    events=(),
    concurrency=2,
    retries=3,
    may_last=timedelta(hours=1),
)

# Adds up what each day has come to, and holds what is booked against itself.
WORKFLOW_ANALYTICS = Workflow(
    name="workflow-analytics",
    title="Workflow Analytics",
    events=(),
    concurrency=1,
    retries=3,
    may_last=timedelta(hours=1),
)

WORKFLOWS: tuple[Workflow, ...] = (
    APPOINTMENT_REMINDERS,
    RESERVATION_REQUESTS,
    REQUEST_DECISIONS,
    REQUEST_EXPIRATION,
    APPOINTMENT_CANCELLATION,
    APPOINTMENT_RESCHEDULING,
    APPOINTMENT_FOLLOW_UP,
    DAILY_SLOT_GENERATION,
    EXPIRED_SLOTS_CLEANUP,
    MEDICATION_REMINDERS,
    NIGHTLY_FAN_OUT,
    WORKFLOW_HEALTH,
    WORKFLOW_ANALYTICS,
)

# Whose runs are kept in the run ledger and counted: those who watch don't count themselves.
WATCHED: tuple[Workflow, ...] = tuple(
    workflow for workflow in WORKFLOWS if workflow not in {WORKFLOW_HEALTH, WORKFLOW_ANALYTICS}
)
