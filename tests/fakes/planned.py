"""Planning on records and a directory that the tests hold in memory."""

from clinic.domain.reminders import parse_offsets
from clinic.services.appointment_details import AppointmentReader
from clinic.services.planning import ReminderPlanning
from clinic.services.ports import Directory
from clinic.services.records_port import Records
from tests.fakes.examples import CLINIC, PROFILE
from tests.fakes.ports import MemoryDirectory

RUN = "arn:aws:states:us-east-1:123456789012:execution:citas-test-appointment-reminders:e-1"


def appointments(directory: Directory | None = None, offsets: str = "24h,2h") -> AppointmentReader:
    """A reader of appointments; by default for the clinic and the doctor of the examples."""
    known = directory or MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})
    return AppointmentReader(known, parse_offsets(offsets), "America/Mexico_City")


def planning_on(
    records: Records, directory: Directory | None = None, offsets: str = "24h,2h"
) -> ReminderPlanning:
    """Planning on these records."""
    return ReminderPlanning(records, appointments(directory, offsets))
