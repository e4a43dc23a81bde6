"""An ``appointment/created`` event leads to messages, on both ledgers."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.appointments.reservation import Arrival
from clinic.domain.errors import InvalidEventError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus, Reason
from clinic.services.appointments.planning import ReminderPlan, ReminderPlanning
from clinic.services.messages.delivery import Ledger
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.examples import CLINIC, IN_NINE_DAYS, NOW, PROFILE, envelope, event
from tests.fakes.ports import MemoryDirectory

SUBJECT = "reservation#r-17"


@pytest.fixture
def directory() -> MemoryDirectory:
    return MemoryDirectory(clinics={"main": CLINIC}, profiles={"dr-1": PROFILE})


@pytest.fixture
def planning(booking_store: BookingStore, directory: MemoryDirectory) -> ReminderPlanning:
    return planning_on(booking_store, directory)


def without(field: str) -> dict[str, Any]:
    return {field: None}


def kinds(plan: ReminderPlan) -> list[str]:
    return [intent.kind for intent in plan.open_intents]


def statuses(ledger: Ledger) -> dict[str, str]:
    return {intent.id.sort_key: intent.status.value for intent in ledger.intents(SUBJECT)}


def test_booked_nine_days_ahead_plans_three_messages(planning: ReminderPlanning, ledger: Ledger) -> None:
    plan = planning.plan(event(), RUN, NOW)
    assert kinds(plan) == ["confirmation", "reminder_24h", "reminder_2h"]
    assert [intent.due_at for intent in plan.open_intents] == [
        NOW,
        IN_NINE_DAYS - timedelta(hours=24),
        IN_NINE_DAYS - timedelta(hours=2),
    ]
    assert ledger.intents(SUBJECT) == sorted(plan.open_intents, key=lambda intent: intent.id.sort_key)


def test_booked_ten_hours_ahead_skips_the_24h_reminder_with_its_reason(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    plan = planning.plan(event(appointmentTime=to_text(NOW + timedelta(hours=10))), RUN, NOW)
    assert kinds(plan) == ["confirmation", "reminder_2h"]
    skipped = next(i for i in ledger.intents(SUBJECT) if i.kind == "reminder_24h")
    assert (skipped.status, skipped.reason) == (IntentStatus.SKIPPED, Reason.BOOKED_AFTER_DUE)


def test_booked_one_hour_ahead_plans_only_the_confirmation(planning: ReminderPlanning) -> None:
    assert kinds(planning.plan(event(appointmentTime=to_text(NOW + timedelta(hours=1))), RUN, NOW)) == [
        "confirmation"
    ]


def test_a_reservation_nobody_has_written_yet_is_created_from_the_event(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    planning.plan(event(), RUN, NOW)
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert reservation.details.patient_phone == "+525500000001"
    assert reservation.appointment_time == IN_NINE_DAYS


def test_the_same_event_again_plans_nothing_new(planning: ReminderPlanning, ledger: Ledger) -> None:
    planning.plan(event(), RUN, NOW)
    before = ledger.intents(SUBJECT)
    again = planning.plan(event(), RUN, NOW + timedelta(minutes=1))
    assert again.arrival is Arrival.SAME_TIME
    assert ledger.intents(SUBJECT) == before


def test_another_event_for_the_same_time_adds_no_message_and_takes_its_corrections(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    planning.plan(event(), RUN, NOW)
    later = NOW + timedelta(hours=1)
    planning.plan(event("e-2", later, patientPhone="+52 55 0000 0002"), RUN, later)
    assert len(ledger.intents(SUBJECT)) == 3
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert (reservation.version, reservation.details.patient_phone) == (1, "+525500000002")


def test_an_older_event_for_the_same_time_corrects_nothing(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    planning.plan(event("e-2", NOW, patientPhone="+52 55 0000 0002"), RUN, NOW)
    planning.plan(event("e-1", NOW - timedelta(hours=1)), RUN, NOW)
    reservation = ledger.reservation("r-17")
    assert reservation is not None
    assert reservation.details.patient_phone == "+525500000002"


def test_a_newer_event_with_another_time_supersedes_the_old_intents(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    planning.plan(event(), RUN, NOW)
    later = NOW + timedelta(hours=1)
    moved = planning.plan(event("e-2", later, appointmentTime="2026-12-05T16:00:00Z"), RUN, later)
    assert moved.arrival is Arrival.MOVED
    assert statuses(ledger) == {
        "v000001#confirmation": "superseded",
        "v000001#reminder_24h": "superseded",
        "v000001#reminder_2h": "superseded",
        "v000002#confirmation": "planned",
        "v000002#reminder_24h": "planned",
        "v000002#reminder_2h": "planned",
    }


def test_an_older_event_with_another_time_changes_nothing(planning: ReminderPlanning, ledger: Ledger) -> None:
    planning.plan(event(), RUN, NOW)
    before = (ledger.reservation("r-17"), ledger.intents(SUBJECT))
    stale = planning.plan(
        event("e-0", NOW - timedelta(hours=1), appointmentTime="2026-12-05T16:00:00Z"), RUN, NOW
    )
    assert (stale.arrival, stale.open_intents) == (Arrival.STALE, ())
    assert (ledger.reservation("r-17"), ledger.intents(SUBJECT)) == before


def test_of_two_events_of_one_second_the_later_one_counts_once(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    first, second = event("e-9"), event("e-1", appointmentTime="2026-12-05T16:00:00Z")
    arrivals = [planning.plan(each, RUN, NOW).arrival for each in (first, second, first, second)]
    assert arrivals == [Arrival.NEW, Arrival.MOVED, Arrival.STALE, Arrival.SAME_TIME]


def test_moving_there_and_back_sends_for_the_time_it_came_back_to(planning: ReminderPlanning) -> None:
    planning.plan(event("e-1", NOW), RUN, NOW)
    planning.plan(event("e-2", NOW + timedelta(minutes=1), appointmentTime="2026-12-05T16:00:00Z"), RUN, NOW)
    back = planning.plan(event("e-3", NOW + timedelta(minutes=2)), RUN, NOW)
    assert (back.reservation.version, len(back.open_intents)) == (3, 3)


def test_what_the_event_leaves_out_comes_from_the_directory(planning: ReminderPlanning) -> None:
    plan = planning.plan(
        event(profileId="dr-1", doctorName=None, clinicName=None, clinicAddress=None), RUN, NOW
    )
    details = plan.reservation.details
    assert (details.doctor_name, details.clinic_name, details.time_zone) == (
        "Dra. Ficticia",
        "Clínica Ejemplo",
        "America/Tijuana",
    )
    assert (details.parking_info, details.building_info, details.office_number) == (
        "Estacionamiento en el sótano",
        "Torre B, 3er piso",
        "301",
    )
    assert details.preparation_instructions == ""  # the text says it, in the patient's language


@pytest.mark.parametrize("field", ["doctorName", "clinicName", "clinicAddress"])
def test_what_neither_event_nor_directory_know_is_refused_by_name(
    planning: ReminderPlanning, directory: MemoryDirectory, field: str
) -> None:
    directory.clinics.clear()
    with pytest.raises(InvalidEventError, match=f"{field}: is missing"):
        planning.plan(ReceivedAppointmentCreated.parse(envelope(**without(field))), RUN, NOW)


def test_the_event_may_narrow_the_offsets(planning: ReminderPlanning) -> None:
    assert kinds(planning.plan(event(reminderOffsets=["2h"]), RUN, NOW)) == ["confirmation", "reminder_2h"]


def test_the_event_may_not_add_an_offset(planning: ReminderPlanning) -> None:
    with pytest.raises(InvalidEventError, match="reminderOffsets: expected some of 24h, 2h"):
        planning.plan(event(reminderOffsets=["72h"]), RUN, NOW)


def test_a_newer_event_for_the_same_time_may_ask_for_more_reminders(
    planning: ReminderPlanning, ledger: Ledger
) -> None:
    planning.plan(event(reminderOffsets=["2h"]), RUN, NOW)
    later = NOW + timedelta(hours=1)
    assert kinds(planning.plan(event("e-2", later), RUN, later)) == [
        "confirmation",
        "reminder_24h",
        "reminder_2h",
    ]
    assert set(statuses(ledger)) == {
        "v000001#confirmation",
        "v000001#reminder_24h",
        "v000001#reminder_2h",
    }
