"""Two clinics in two zones for a week of 200 patients; everybody is made up."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MEXICO, TIJUANA = "America/Mexico_City", "America/Tijuana"
VISIT_DAYS = [date(2026, 12, day) for day in range(1, 6)]  # a Tuesday to a Saturday
HALF_AN_HOUR = timedelta(minutes=30)
SERVICE = "consulta"


@dataclass(frozen=True)
class Doctor:
    """Who sees patients, where, and from when to when."""

    profile_id: str
    zone: str
    opens: time
    closes: time

    @property
    def service_id(self) -> str:
        return f"{SERVICE}-{self.profile_id}"


# One opens before the quiet hours are over, one closes after they began.
DOCTORS = (
    Doctor("dra-alba", MEXICO, time(6), time(13)),
    Doctor("dr-bravo", MEXICO, time(9), time(17)),
    Doctor("dra-cielo", MEXICO, time(15), time(22)),
    Doctor("dr-duna", TIJUANA, time(9), time(17)),
    Doctor("dra-estela", TIJUANA, time(11), time(19)),
)


@dataclass(frozen=True)
class Place:
    """A slot that a doctor's hours make."""

    doctor: Doctor
    start: datetime

    @property
    def slot_id(self) -> str:
        return f"{self.doctor.profile_id}:{self.doctor.service_id}:{self.start:%Y%m%dT%H%MZ}"


def places() -> list[Place]:
    """Every slot of the week."""
    found = []
    for doctor in DOCTORS:
        for day in VISIT_DAYS:
            start = datetime.combine(day, doctor.opens, ZoneInfo(doctor.zone)).astimezone(UTC)
            end = datetime.combine(day, doctor.closes, ZoneInfo(doctor.zone)).astimezone(UTC)
            while start < end:
                found.append(Place(doctor, start))
                start += HALF_AN_HOUR
    return found


def clinic_file(charges: list[str]) -> dict[str, Any]:
    """CLINIC.json; hours stand for the week's dates alone, so that no other nights have slots to make."""
    clinics = {MEXICO: "centro", TIJUANA: "frontera"}
    return {
        "clinics": [
            {
                "id": name,
                "name": f"Clínica Ejemplo {name.capitalize()}",
                "address": "Calle Ficticia 123",
                "time_zone": zone,
                "phone": f"+5255000090{number:02d}",
            }
            for number, (zone, name) in enumerate(clinics.items(), start=10)
        ],
        "profiles": [
            {
                "id": doctor.profile_id,
                "name": "Dra. Ficticia",
                "phone": f"+5255000091{number:02d}",
                "time_zone": doctor.zone,
                "clinic_id": clinics[doctor.zone],
            }
            for number, doctor in enumerate(DOCTORS)
        ],
        "services": [
            {
                "id": doctor.service_id,
                "profile_id": doctor.profile_id,
                "name": "Consulta general",
                "duration": 30,
            }
            for doctor in DOCTORS
        ],
        "date_overrides": [
            {
                "id": f"{doctor.profile_id}-{day}",
                "profile_id": doctor.profile_id,
                "date": f"{day}",
                "available": True,
                "start_time": f"{doctor.opens:%H:%M}",
                "end_time": f"{doctor.closes:%H:%M}",
            }
            for doctor in DOCTORS
            for day in VISIT_DAYS
        ],
        "charges": [{"id": charge, "amount": "500.00", "currency": "MXN"} for charge in charges],
    }
