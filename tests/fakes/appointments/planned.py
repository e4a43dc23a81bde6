"""Use cases on records, with everything else held in memory."""

from clinic.domain.appointments.reminders import parse_offsets
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.requests.decisions import RequestDecisions
from clinic.services.requests.expiration import RequestExpiration
from clinic.services.requests.keeping import RequestKeeping
from clinic.services.slots.doctors import Directory, Doctors
from clinic.services.slots.ports import DoctorSchedules
from clinic.services.unit_of_work import BookingStore
from tests.fakes.examples import CLINIC, PROFILE
from tests.fakes.ports import MemoryDirectory
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns, MemoryStatistics

RUN = "arn:aws:states:us-east-1:123456789012:execution:citas-test-appointment-reminders:e-1"


def appointments(
    directory: Directory | None = None, offsets: str = "24h,2h", schedules: DoctorSchedules | None = None
) -> AppointmentReader:
    """A reader of appointments; by default for the clinic and the doctor of the examples, without hours."""
    known = directory or MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})
    hours = schedules or MemoryDoctorSchedules()
    return AppointmentReader(Doctors(known, lambda: hours), parse_offsets(offsets), "America/Mexico_City")


def planning_on(
    booking_store: BookingStore, directory: Directory | None = None, offsets: str = "24h,2h"
) -> ReminderPlanning:
    """Planning on these records."""
    return ReminderPlanning(booking_store, appointments(directory, offsets))


def keeping_on(booking_store: BookingStore, reader: AppointmentReader | None = None) -> RequestKeeping:
    """What takes in requests."""
    return RequestKeeping(booking_store, reader or appointments(), MemoryEvents())


def decisions_on(booking_store: BookingStore) -> RequestDecisions:
    """What applies the doctor's answers."""
    return RequestDecisions(booking_store, appointments(), MemoryEvents(), MemoryRuns())


def expiration_on(booking_store: BookingStore) -> RequestExpiration:
    """What ends requests whose time is up."""
    return RequestExpiration(booking_store, MemoryStatistics(), MemoryMeter())
