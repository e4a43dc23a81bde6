"""Use cases on records, with everything else held in memory."""

from clinic.domain.reminders import parse_offsets
from clinic.services.appointment_details import AppointmentReader
from clinic.services.planning import ReminderPlanning
from clinic.services.ports import Directory
from clinic.services.records_port import Records
from clinic.services.request_decisions import RequestDecisions
from clinic.services.request_expiration import RequestExpiration
from clinic.services.requests import RequestKeeping
from clinic.services.slots_port import Offers
from tests.fakes.examples import CLINIC, PROFILE
from tests.fakes.ports import MemoryDirectory
from tests.fakes.slots import MemoryOffers
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns, MemoryStatistics

RUN = "arn:aws:states:us-east-1:123456789012:execution:citas-test-appointment-reminders:e-1"


def appointments(
    directory: Directory | None = None, offsets: str = "24h,2h", offers: Offers | None = None
) -> AppointmentReader:
    """A reader of appointments; by default for the clinic and the doctor of the examples, without hours."""
    known = directory or MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})
    hours = offers or MemoryOffers()
    return AppointmentReader(known, parse_offsets(offsets), "America/Mexico_City", offers=lambda: hours)


def planning_on(
    records: Records, directory: Directory | None = None, offsets: str = "24h,2h"
) -> ReminderPlanning:
    """Planning on these records."""
    return ReminderPlanning(records, appointments(directory, offsets))


def keeping_on(records: Records, reader: AppointmentReader | None = None) -> RequestKeeping:
    """What takes in requests."""
    return RequestKeeping(records, reader or appointments(), MemoryEvents())


def decisions_on(records: Records) -> RequestDecisions:
    """What applies the doctor's answers."""
    return RequestDecisions(records, appointments(), MemoryEvents(), MemoryRuns())


def expiration_on(records: Records) -> RequestExpiration:
    """What ends requests whose time is up."""
    return RequestExpiration(records, MemoryStatistics(), MemoryMeter())
