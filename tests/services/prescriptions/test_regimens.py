"""A prescription's gaps are filled from the doctor's clinic."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from clinic.domain.directory import Clinic
from clinic.domain.errors import InvalidEventError
from clinic.domain.prescriptions.doses import WAKING_HOURS, MealHours
from clinic.domain.prescriptions.regimens import Regimen
from clinic.services.prescriptions.regimens import RegimenReader
from clinic.services.slots.doctors import Doctors
from clinic.templates.medication import parameters_of
from tests.fakes.examples import CLINIC, PROFILE
from tests.fakes.ports import MemoryDirectory
from tests.fakes.prescriptions.prescriptions import prescribed

WITH_FOOD = "Tome con agua, preferiblemente con comida"
NORTH = replace(CLINIC, clinic_id="norte", time_zone="America/Tijuana", medication_instructions=WITH_FOOD)


def regimen(*clinics: Clinic, doctor_at: str = "main", **changes: Any) -> Regimen:
    directory = MemoryDirectory(
        clinics={clinic.clinic_id: clinic for clinic in clinics},
        profiles={"dr-1": replace(PROFILE, clinic_id=doctor_at, time_zone="America/Cancun")},
    )
    return RegimenReader(Doctors(directory), "America/Bogota", WAKING_HOURS).regimen(
        prescribed(**changes).detail
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Siga las indicaciones de su médico"),
        ({"clinicId": "norte"}, WITH_FOOD),
        ({"profileId": "dr-1"}, WITH_FOOD),
        ({"profileId": "dr-1", "clinicId": "main"}, "Siga las indicaciones de su médico"),
        ({"clinicId": "norte", "instructions": "En ayunas"}, "En ayunas"),
    ],
)
def test_instructions_are_the_prescriptions_then_the_clinics_then_neutral(
    changes: dict[str, Any], expected: str
) -> None:
    read = regimen(CLINIC, NORTH, doctor_at="norte", **changes)
    assert parameters_of(read)["instructions"] == expected


def test_a_clinics_blank_setting_says_nothing() -> None:
    assert parameters_of(regimen(replace(CLINIC, medication_instructions="")))["instructions"].startswith(
        "Siga las indicaciones"
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "America/Mexico_City"),
        ({"clinicId": "norte"}, "America/Tijuana"),
        ({"profileId": "dr-1"}, "America/Cancun"),
        ({"profileId": "dr-1", "timezone": "America/Hermosillo"}, "America/Hermosillo"),
    ],
)
def test_the_zone_is_the_prescriptions_then_the_doctors_then_the_clinics(
    changes: dict[str, Any], expected: str
) -> None:
    assert regimen(CLINIC, NORTH, **changes).time_zone == expected


def test_a_clinic_that_a_kept_directory_does_not_know_is_refused() -> None:
    with pytest.raises(InvalidEventError, match="clinicId: expected a clinic in the directory, not unknown"):
        regimen(CLINIC, NORTH, clinicId="unknown")


def test_meals_are_at_the_hours_of_the_clinic_and_as_usual_where_it_says_none() -> None:
    told = replace(CLINIC, breakfast_time="07:15", bedtime="22:45")
    found = regimen(told, frequency="con las comidas y al acostarse", duration=1, startDate="2026-11-24")
    assert [f"{dose.astimezone(ZoneInfo('America/Mexico_City')):%H:%M}" for dose in found.doses()] == [
        *("07:15", "14:00", "20:00", "22:45"),
    ]
    assert regimen(frequency="al acostarse").meals == MealHours()
