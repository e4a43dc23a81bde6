"""An announcement of Citas' own starts a run, and takes back nothing a publisher said meanwhile."""

from datetime import datetime, timedelta

import pytest

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.appointments.reminders import parse_offsets
from clinic.domain.appointments.reservation import AppointmentDetails, Arrival, EventOrder, Reservation
from clinic.domain.instants import to_text
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.slots.doctors import Doctors
from clinic.services.unit_of_work import Changes
from tests.fakes.examples import CLINIC, IN_NINE_DAYS, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory
from tests.fakes.stores.dynamo import StoredRecords, put_slot
from tests.fakes.stores.rows import details

LATER = NOW + timedelta(hours=1)
DETAILS = details(slot_id=None)


@pytest.fixture
def planning(booking_store: StoredRecords) -> ReminderPlanning:
    directory = MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})
    reader = AppointmentReader(Doctors(directory), parse_offsets("24h,2h"), "America/Mexico_City")
    return ReminderPlanning(booking_store, reader)


def announcement(of: AppointmentDetails, at: datetime = LATER) -> ReceivedAppointmentCreated:
    """It comes from the bus with a later time than the event behind it."""
    detail = appointment_created(of).to_detail()
    return ReceivedAppointmentCreated.parse(
        {"eventId": "e-announced", "eventTime": to_text(at), "detail": detail}
    )


def booked(booking_store: StoredRecords, of: AppointmentDetails = DETAILS) -> Reservation:
    reservation = Reservation.booked(of, NOW)
    booking_store.commit(Changes(reservations=((None, reservation),)))
    return reservation


def test_what_was_booked_here_is_planned_by_its_announcement(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    booked(booking_store)
    plan = planning.plan(announcement(DETAILS), "run-1", LATER)
    assert plan.arrival is Arrival.NEW
    assert [i.kind for i in plan.open_intents] == ["confirmation", "reminder_24h", "reminder_2h"]
    kept = booking_store.reservation("r-17")
    assert kept is not None
    assert (kept.runs, kept.order) == (frozenset({"run-1"}), None)


def test_an_announcement_that_was_overtaken_moves_nothing_back(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    booked(booking_store)
    elsewhen = IN_NINE_DAYS + timedelta(days=1)
    planning.plan(event("e-2", NOW, appointmentTime=to_text(elsewhen)), "run-2", NOW)
    plan = planning.plan(announcement(DETAILS), "run-1", LATER)
    assert (plan.arrival, plan.open_intents) == (Arrival.STALE, ())
    kept = booking_store.reservation("r-17")
    assert kept is not None
    assert kept.appointment_time == elsewhen


def test_an_event_published_before_the_announcement_still_counts(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    booked(booking_store)
    planning.plan(announcement(DETAILS), "run-1", LATER)
    elsewhen = IN_NINE_DAYS + timedelta(days=1)
    plan = planning.plan(event("e-2", NOW, appointmentTime=to_text(elsewhen)), "run-2", LATER)
    assert plan.arrival is Arrival.MOVED


def test_an_announcement_corrects_nothing(planning: ReminderPlanning, booking_store: StoredRecords) -> None:
    planning.plan(event("e-2", NOW, patientPhone="+52 55 0000 0002"), "run-2", NOW)
    planning.plan(announcement(DETAILS), "run-1", LATER)
    kept = booking_store.reservation("r-17")
    assert kept is not None
    assert (kept.details.patient_phone, kept.order) == ("+525500000002", EventOrder(NOW, "e-2"))


def test_an_announcement_of_what_is_lost_books_it_again(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    assert planning.plan(announcement(DETAILS), "run-1", LATER).arrival is Arrival.NEW
    assert booking_store.reservation("r-17") is not None


def slot(slot_id: str) -> Slot:
    until = IN_NINE_DAYS + timedelta(minutes=30)
    return Slot(slot_id, "dr-1", slot_id.split(":")[1], IN_NINE_DAYS, until, until, 1)


def test_a_newer_event_that_names_another_slot_of_the_same_time_leaves_the_old_one(
    planning: ReminderPlanning, booking_store: StoredRecords
) -> None:
    for name in ("dr-1:s-1:x", "dr-1:s-2:x"):
        put_slot(booking_store, slot(name))
    for number, name in enumerate(("dr-1:s-1:x", "dr-1:s-2:x")):
        told = event(f"e-{number}", NOW + timedelta(seconds=number), profileId="dr-1", slotId=name)
        planning.plan(told, "run", NOW)
    old, new = booking_store.bookings("dr-1", "dr-1:s-1:x", "dr-1:s-2:x")
    assert old is not None
    assert new is not None
    assert (old.slot.holders, new.slot.holders) == (frozenset(), frozenset({"r-17"}))
    assert set(new.sheets[0].taken) == {"dr-1:s-2:x"}
