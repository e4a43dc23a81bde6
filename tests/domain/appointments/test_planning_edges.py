"""Planning where sources disagree or say nothing; the rest is in tests/services."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.appointments.reminders import parse_offsets
from clinic.domain.appointments.reservation import AppointmentDetails, Arrival, ReservationStatus
from clinic.domain.errors import InvalidEventError
from clinic.domain.messages.intent import IntentStatus
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.slots.doctors import Doctors
from clinic.templates.appointment_parameters import parameters_for
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import CLINIC, IN_NINE_DAYS, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory, MemoryLedger
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.rows import intent

OTHER_CLINIC = replace(CLINIC, clinic_id="north", name="Clínica Norte", time_zone="America/Tijuana")


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


@pytest.fixture
def directory() -> MemoryDirectory:
    return MemoryDirectory(clinics={"main": CLINIC, "north": OTHER_CLINIC}, profiles={"dr-1": PROFILE})


@pytest.fixture
def planning(ledger: MemoryLedger, directory: MemoryDirectory) -> ReminderPlanning:
    appointments = AppointmentReader(Doctors(directory), parse_offsets("24h,2h"), "America/Monterrey")
    return ReminderPlanning(MemoryBookingStore(ledger), appointments)


def planned(planning: ReminderPlanning, **changes: Any) -> AppointmentDetails:
    return planning.plan(event(**changes), RUN, NOW).reservation.details


@pytest.mark.parametrize(
    ("changes", "zone"),
    [
        ({"timezone": "Asia/Kathmandu", "profileId": "dr-1", "clinicId": "main"}, "Asia/Kathmandu"),
        ({"profileId": "dr-1", "clinicId": "main"}, "America/Tijuana"),
        ({"clinicId": "north"}, "America/Tijuana"),
        ({}, "America/Mexico_City"),
    ],
    ids=["event", "profile", "named clinic", "main clinic"],
)
def test_the_zone_is_the_events_the_profiles_the_clinics_or_the_default(
    planning: ReminderPlanning, changes: dict[str, Any], zone: str
) -> None:
    assert planned(planning, **changes).time_zone == zone


@pytest.mark.parametrize("named", [{"clinicId": "nowhere"}, {"profileId": "nobody"}, {}])
def test_without_a_directory_the_zone_is_the_default(
    planning: ReminderPlanning, directory: MemoryDirectory, named: dict[str, str]
) -> None:
    directory.clinics.clear()
    directory.profiles.clear()
    assert planned(planning, **named).time_zone == "America/Monterrey"


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        ("Ayuno de 8 horas", "Traiga estudios", "Ayuno de 8 horas"),
        (None, "Traiga estudios", "Traiga estudios"),
        ("", "Traiga estudios", "Traiga estudios"),
        (None, None, ""),
        ("  \n ", None, ""),
    ],
)
def test_instructions_are_the_events_the_clinics_or_the_default(
    planning: ReminderPlanning, directory: MemoryDirectory, told: str | None, known: str | None, expected: str
) -> None:
    directory.clinics["main"] = replace(CLINIC, preparation_instructions=known)
    assert planned(planning, preparationInstructions=told).preparation_instructions == expected


def test_who_knows_nothing_of_the_way_in_is_told_once_where_to_ask(
    planning: ReminderPlanning, directory: MemoryDirectory
) -> None:
    directory.clinics.clear()
    details = planned(planning)
    assert details.building_info is None
    assert (details.parking_info, details.office_number) == (None, None)
    told = parameters_for(intent(template="appointment_reminder_2h"), details)
    assert told["building_info"] == "Pregunte en recepción"
    assert (told["parking_info"], told["office_number"]) == ("–", "–")


def test_how_long_after_the_confirmation_a_reminder_may_come_is_the_clinics_to_say(
    planning: ReminderPlanning, directory: MemoryDirectory
) -> None:
    directory.clinics["main"] = replace(CLINIC, reminder_gap=240)
    assert planned(planning).reminder_gap == 240


@pytest.mark.parametrize(
    ("given", "phone"), [(None, CLINIC.phone), (CLINIC.name, CLINIC.phone), ("Otra", None)]
)
def test_a_clinics_phone_is_that_of_the_clinic_the_patient_reads_of(
    planning: ReminderPlanning, given: str | None, phone: str | None
) -> None:
    assert planned(planning, clinicName=given).clinic_phone == phone


def test_the_event_outranks_the_directory(planning: ReminderPlanning) -> None:
    details = planned(
        planning, profileId="dr-1", parkingInfo="Calle", officeNumber="7", doctorName="Dr. Otro"
    )
    assert (details.parking_info, details.office_number, details.doctor_name) == ("Calle", "7", "Dr. Otro")
    assert details.building_info == CLINIC.building_info


def test_a_wish_for_no_reminders_plans_the_confirmation_alone(
    planning: ReminderPlanning, ledger: MemoryLedger
) -> None:
    plan = planning.plan(event(reminderOffsets=[]), RUN, NOW)
    assert [(i.kind, i.useful_until) for i in plan.open_intents] == [("confirmation", IN_NINE_DAYS)]
    assert len(ledger.rows) == 1


def test_offsets_are_the_same_however_they_are_spelled(planning: ReminderPlanning) -> None:
    plan = planning.plan(event(reminderOffsets=["120m", "1d", "24h"]), RUN, NOW)
    assert [i.kind for i in plan.open_intents] == ["confirmation", "reminder_24h", "reminder_2h"]


def test_an_offset_nobody_configured_is_refused_without_repeating_it(planning: ReminderPlanning) -> None:
    with pytest.raises(InvalidEventError) as raised:
        planning.plan(event(reminderOffsets=["24h", "77h"]), RUN, NOW)
    assert str(raised.value).endswith("reminderOffsets: expected some of 24h, 2h")


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(days=360)])
def test_the_nearest_and_the_furthest_visit_that_can_be_planned(
    planning: ReminderPlanning, ahead: timedelta
) -> None:
    plan = planning.plan(event(appointmentTime=(NOW + ahead).isoformat()), RUN, NOW)
    assert plan.arrival is Arrival.NEW


def test_the_same_event_after_the_visit_is_no_error_and_adds_nothing(
    planning: ReminderPlanning, ledger: MemoryLedger
) -> None:
    planning.plan(event(), RUN, NOW)
    before = dict(ledger.rows)
    again = planning.plan(event(), RUN, IN_NINE_DAYS + timedelta(days=1))
    assert (again.arrival, ledger.rows) == (Arrival.SAME_TIME, before)


@pytest.mark.parametrize("status", [s for s in ReservationStatus if not s.is_active])
def test_an_event_for_a_closed_reservation_changes_nothing(
    planning: ReminderPlanning, ledger: MemoryLedger, status: ReservationStatus
) -> None:
    planning.plan(event(), RUN, NOW)
    ledger.set_status("r-17", status)
    before = (dict(ledger.reservations), dict(ledger.rows))
    later = NOW + timedelta(minutes=1)
    with pytest.raises(InvalidEventError, match=f"reservationId: r-17 is {status.value}"):
        planning.plan(event("e-2", later, appointmentTime="2026-12-05T16:00:00Z"), RUN, later)
    plan = planning.plan(event(), RUN, later)
    assert (plan.arrival, plan.open_intents) == (Arrival.CLOSED, ())
    assert (ledger.reservations, ledger.rows) == before


def test_a_run_that_comes_back_is_told_only_of_what_is_still_open(
    planning: ReminderPlanning, ledger: MemoryLedger
) -> None:
    plan = planning.plan(event(), RUN, NOW)
    sent = plan.open_intents[0]
    ledger.rows[sent.id] = replace(sent, status=IntentStatus.SENT)
    again = planning.plan(event(), RUN, NOW)
    assert [i.kind for i in again.open_intents] == ["reminder_24h", "reminder_2h"]


def test_a_reservation_its_bookers_wrote_first_gets_its_messages_from_the_event(
    planning: ReminderPlanning, ledger: MemoryLedger
) -> None:
    planning.plan(event(), RUN, NOW)
    ledger.rows.clear()
    ledger.reservations["r-17"] = replace(
        ledger.reservations["r-17"], order=None, applied_with=frozenset(), status=ReservationStatus.PENDING
    )
    plan = planning.plan(event(), RUN, NOW)
    assert (plan.arrival, len(plan.open_intents)) == (Arrival.NEW, 3)
    assert ledger.reservations["r-17"].status is ReservationStatus.PENDING
