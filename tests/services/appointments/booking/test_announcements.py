"""Citas reads on its own bus what it says there of an appointment."""

import json
from dataclasses import fields, replace

import pytest

from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.base import receive
from clinic.domain.appointments.reminders import parse_offsets
from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.instants import to_text
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.slots.doctors import Doctors
from tests.fakes.examples import CLINIC, NOW, PROFILE
from tests.fakes.ports import MemoryDirectory
from tests.fakes.stores.rows import details

WHOLE = details(
    slot_id="dr-1:s-1:20261202T1500Z",
    charge_id="ch_1",
    visit_minutes=45,
    clinic_phone=CLINIC.phone,
    language="en_US",
)
PLAIN = replace(WHOLE, profile_id=None, clinic_id=None, service_id=None, slot_id=None, charge_id=None)


@pytest.fixture
def reader() -> AppointmentReader:
    directory = MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})
    return AppointmentReader(Doctors(directory), parse_offsets("72h,24h,2h,90m"), "America/Mexico_City")


def read_again(reader: AppointmentReader, announced: AppointmentDetails) -> AppointmentDetails:
    event = appointment_created(announced)
    envelope = {
        "eventId": "e-1",
        "eventTime": to_text(NOW),
        "detailType": event.detail_type,
        "detail": json.loads(json.dumps(event.to_detail())),
    }
    received = receive(envelope, AppointmentCreated)
    return reader.details(received.detail, received.detail.appointment_time)


@pytest.mark.parametrize(
    "announced",
    [
        WHOLE,
        replace(PLAIN, clinic_id="main"),
        replace(WHOLE, offsets=()),
        replace(WHOLE, offsets=parse_offsets("72h,90m")),
    ],
    ids=["whole", "without what may be missing", "no reminders", "other offsets"],
)
def test_an_announced_appointment_reads_as_itself(
    reader: AppointmentReader, announced: AppointmentDetails
) -> None:
    assert read_again(reader, announced) == announced


def test_an_announcement_is_complete_without_the_directory(reader: AppointmentReader) -> None:
    nobody = replace(reader, doctors=Doctors(MemoryDirectory()))
    assert read_again(nobody, PLAIN) == replace(PLAIN, clinic_phone=None)


def test_every_field_is_announced_that_the_reservation_or_the_directory_does_not_keep() -> None:
    # How it opens and until when it takes its doctor's time are kept with the reservation; the directory has
    # the clinic's own settings.
    kept = {"opening", "takes_from", "takes_until", "clinic_phone", "reminder_gap", "clinic_language"}
    and_who_says_it = 1
    assert (
        len(appointment_created(WHOLE).to_detail())
        == len(fields(AppointmentDetails)) - len(kept) + and_who_says_it
    )
    # What Citas has booked itself was not brought in from elsewhere.
    known = {str(field.alias) for field in AppointmentCreated.model_fields.values()} - {"isImport"}
    assert set(appointment_created(WHOLE).to_detail()) == known
