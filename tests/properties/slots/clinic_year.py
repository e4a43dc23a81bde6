"""A doctor's year in which much happens, and the zones in which it is looked at."""

from datetime import date, time

from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService, OpenHours
from tests.properties.slots.slot_oracle import DoctorSchedule

DOCTOR = "dr-1"
SUNDAY, MONDAY, TUESDAY, THURSDAY, FRIDAY, SATURDAY = 0, 1, 2, 4, 5, 6

# Ten zones in one year; then years in which clocks changed at midnight, or left out a whole day.
YEARS = [
    ("America/Tijuana", 2026),
    ("America/Santiago", 2026),
    ("Australia/Lord_Howe", 2026),
    ("Asia/Kathmandu", 2026),
    ("Europe/Lisbon", 2026),
    ("Africa/Casablanca", 2026),
    ("Pacific/Apia", 2026),
    ("America/Mexico_City", 2026),
    ("UTC", 2026),
    ("America/St_Johns", 2026),
    ("America/St_Johns", 2010),
    ("Pacific/Apia", 2011),
]


def clock(text: str) -> time:
    return time.fromisoformat(text)


def rule(
    number: int,
    day: int,
    begin: str,
    end: str,
    *,
    slot: int | None = None,
    buffer: int = 0,
    places: int = 1,
    only: str | None = None,
    profile: str = DOCTOR,
) -> AvailabilityRule:
    return AvailabilityRule(
        rule_id=f"r-{number}",
        profile_id=profile,
        day_of_week=day,
        start_time=clock(begin),
        end_time=clock(end),
        slot_duration=slot,
        buffer_time=buffer,
        max_appointments_per_slot=places,
        service_ids=frozenset({only}) if only else None,
    )


def a_clinics_year(year: int) -> DoctorSchedule:
    """Hours by day and by night, restricted, overlapping, too short, and none on Wednesdays."""
    services = (
        MedicalService("s-1", DOCTOR, "Consulta", 20),
        MedicalService("s-2", DOCTOR, "Limpieza", 50),
        MedicalService("s-3", DOCTOR, "Ya no se ofrece", 15, is_active=False),
        MedicalService("s-4", "dr-2", "De otro doctor", 30),
    )
    rules = (
        rule(1, SUNDAY, "00:00", "00:00", slot=60, only="s-1"),
        rule(2, SUNDAY, "01:30", "03:10", buffer=5, places=4, only="s-2"),
        rule(3, SUNDAY, "02:15", "02:45", slot=10, only="s-2"),
        rule(4, MONDAY, "09:00", "14:00", slot=30, buffer=10),
        rule(5, MONDAY, "16:00", "20:00"),
        rule(6, TUESDAY, "22:15", "00:00", slot=15, places=20),
        rule(7, THURSDAY, "09:00", "13:00"),
        rule(8, THURSDAY, "09:40", "15:00", slot=40, buffer=5, places=2),
        rule(9, FRIDAY, "00:00", "00:00", slot=40, only="s-1"),
        rule(10, FRIDAY, "08:00", "08:15"),
        rule(11, SATURDAY, "22:00", "00:00", buffer=10),
        rule(12, SATURDAY, "23:30", "23:55", slot=5, only="s-2"),
        rule(13, MONDAY, "06:00", "22:00", profile="dr-2"),
    )
    morning = OpenHours(start_time=clock("10:00"), end_time=clock("13:00"))
    evening = OpenHours(start_time=clock("18:00"), end_time=clock("19:45"), slot_duration=35, buffer_time=15)
    overrides = (
        DateOverride(DOCTOR, date(year, 1, 1)),
        DateOverride(DOCTOR, date(year, 12, 25)),
        DateOverride(DOCTOR, date(year, 5, 6), (morning, evening)),
        DateOverride(DOCTOR, date(year, 9, 15), (morning,)),
        DateOverride(DOCTOR, date(year, 9, 15), (evening,)),
        DateOverride(DOCTOR, date(year, 9, 16), (morning,)),
        DateOverride(DOCTOR, date(year, 9, 16)),
        *(DateOverride("dr-2", date(year, month, 10)) for month in range(1, 13)),
    )
    return DoctorSchedule(DOCTOR, services, rules, overrides)
