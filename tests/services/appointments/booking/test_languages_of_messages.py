"""A patient and a doctor read the event's language, the booking's, the clinic's, the stage's."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.directory import Clinic
from clinic.domain.errors import InvalidEventError
from clinic.domain.messages.intent import Intent
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.slots.doctors import Doctors
from clinic.templates.catalogue import CATALOGUE
from tests.fakes.appointments.cancellations import SUBJECT, CancellationBench
from tests.fakes.appointments.planned import RUN
from tests.fakes.examples import CLINIC, IN_NINE_DAYS, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory
from tests.fakes.stores.booking_store import MemoryBookingStore

LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def bench() -> CancellationBench:
    store = MemoryBookingStore()
    return CancellationBench(store, store.ledger)


def intent(bench: CancellationBench, kind: str) -> Intent:
    return {found.kind: found for found in bench.booking_store.intents(SUBJECT)}[kind]


def read(bench: CancellationBench, kind: str, at: Any = NOW) -> str:
    """What leaves, as it is read."""
    bench.delivery.deliver(intent(bench, kind).id, at, f"claim-{kind}-{at}")
    message = bench.messenger.accepted[-1]
    return CATALOGUE[message.name, message.language].render(message.values)


@pytest.mark.parametrize(
    ("named", "clinics", "stages", "expected"),
    [
        ("en", "es_MX", "es_MX", "en_US"),
        ("es-MX", "en_US", "en_US", "es_MX"),
        (None, "en_US", "es_MX", "en_US"),
        (None, None, "en_US", "en_US"),
        (None, None, "es_MX", "es_MX"),
        ("", None, "en_US", "en_US"),
    ],
)
def test_the_event_decides_then_the_clinic_then_the_stage(
    named: str | None, clinics: str | None, stages: str, expected: str
) -> None:
    directory = MemoryDirectory(
        clinics={"main": replace(CLINIC, language=clinics)}, profiles={"dr-1": PROFILE}
    )
    reader = AppointmentReader(Doctors(directory), (), "America/Mexico_City", default_language=stages)
    asked = event(language=named).detail
    details = reader.details(asked, asked.appointment_time)
    assert details.patient_language == expected
    assert details.clinic_language == (clinics or stages)


@pytest.mark.parametrize("tag", ["fr", "English", 1, ["en"]])
def test_another_language_is_refused_with_those_that_there_are(tag: object) -> None:
    with pytest.raises(InvalidEventError, match="language: expected"):
        event(language=tag)


def test_all_that_a_patient_is_sent_is_english_and_the_doctor_reads_the_clinics_spanish(
    bench: CancellationBench,
) -> None:
    bench.book(
        language="en-US", profileId="dr-1", buildingInfo="", parkingInfo=None, preparationInstructions=None
    )
    assert read(bench, "confirmation").startswith("Hello, Paciente Ejemplo. Your appointment is confirmed.")
    day_before = read(bench, "reminder_24h", IN_NINE_DAYS - timedelta(hours=24))
    assert "Wednesday, December 2, 2026" in day_before
    assert "Please bring your ID" in day_before
    bench.cancel(cancelledBy="clinic")
    cancelled = read(bench, "cancellation", NOW + timedelta(hours=1))
    assert "Canceled by the clinic" in cancelled
    assert "Refund: Not applicable" in cancelled
    doctors = read(bench, "cancellation_doctor", NOW + timedelta(hours=1))
    assert doctors.startswith("Se canceló una cita de su agenda.")
    assert "Motivo: Cancelación por parte del consultorio" in doctors


def test_a_booking_keeps_its_language_until_an_event_names_another(bench: CancellationBench) -> None:
    bench.book(language="en")
    bench.book(at=LATER, event_id="e-2", serviceName="Ultrasonido")
    assert intent(bench, "reminder_24h").language == "en_US"
    moved = {"appointmentTime": "2026-12-10T16:00:00Z"}
    bench.book(at=LATER + timedelta(minutes=1), event_id="e-3", **moved)
    planned = {found.language for found in bench.booking_store.intents(SUBJECT) if found.id.version == 2}
    assert planned == {"en_US"}


def test_a_correction_holds_for_what_has_not_left(bench: CancellationBench) -> None:
    bench.book()
    assert read(bench, "confirmation").startswith("Hola")
    bench.book(at=LATER, event_id="e-2", language="en")
    assert read(bench, "reminder_2h", IN_NINE_DAYS - timedelta(hours=2)).startswith("Hello")
    assert intent(bench, "reminder_2h").language == "en_US"


def test_a_clinics_language_is_its_patients_and_its_doctors(bench: CancellationBench) -> None:
    bench.planning.appointments.doctors.directory.clinics["main"] = english(CLINIC)  # type: ignore[attr-defined]  # in memory
    bench.book(profileId="dr-1")
    assert read(bench, "confirmation").startswith("Hello")
    bench.cancel()
    assert read(bench, "cancellation_doctor", NOW + timedelta(hours=1)).startswith("An appointment on your")


def english(clinic: Clinic) -> Clinic:
    return replace(clinic, language="en_US")


def test_the_run_of_a_duplicate_names_the_same_language(bench: CancellationBench) -> None:
    bench.book(language="en")
    before = bench.booking_store.intents(SUBJECT)
    bench.planning.plan(event("e-1", NOW, language="en"), RUN, LATER)
    assert bench.booking_store.intents(SUBJECT) == before
