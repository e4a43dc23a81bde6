"""The clinics of a random month: who sees patients, where and when. Everybody is made up."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

MEXICO, TIJUANA, CANCUN = "America/Mexico_City", "America/Tijuana", "America/Cancun"
# A Monday; Tijuana's clocks change on the first of November, the others' do not.
FIRST_DAY = date(2026, 10, 12)
CLINICS = {MEXICO: "centro", TIJUANA: "frontera", CANCUN: "caribe"}

# Of a day's places so many are booked at most, so that a patient finds one, and one to move to.
_FULL = 0.7
# Of the places that there really are, Sundays and the days at both ends left out: a short month has fewer.
_FULLEST = 0.8
_SUNDAY = 6


@dataclass(frozen=True)
class Doctor:
    """Who sees patients from ``opens`` to ``closes``; times are whole hours of the zone's clock.

    Attributes:
        minutes, rest: how long a visit takes, and the pause after it.
        places: how many patients are seen at once.
    """

    profile_id: str
    zone: str
    opens: int
    closes: int
    minutes: int
    rest: int
    places: int

    @property
    def service_id(self) -> str:
        """The service that is offered."""
        return f"consulta-{self.profile_id}"

    def starts(self, day: date) -> Iterator[datetime]:
        """When visits begin on a date (UTC); the hours are none in which a clock changes."""
        if day.weekday() == _SUNDAY:
            return
        zone = ZoneInfo(self.zone)
        begin = datetime.combine(day, time(self.opens), zone).astimezone(UTC)
        end = begin + timedelta(hours=self.closes - self.opens)
        while begin + timedelta(minutes=self.minutes) <= end:
            yield begin
            begin += timedelta(minutes=self.minutes + self.rest)


@dataclass(frozen=True)
class Place:
    """A place in a slot."""

    doctor: Doctor
    start: datetime

    @property
    def slot_id(self) -> str:
        """The slot's id, as anybody can compute it."""
        return f"{self.doctor.profile_id}:{self.doctor.service_id}:{self.start:%Y%m%dT%H%MZ}"


def doctors_for(appointments: int, days: int) -> tuple[Doctor, ...]:
    """So many doctors as so many appointments need."""
    shapes = (  # opens, closes, minutes, rest, places
        (9, 17, 30, 0, 1),
        (8, 14, 20, 10, 1),
        (7, 13, 45, 15, 2),
        (14, 21, 30, 0, 1),
    )
    zones = (MEXICO, TIJUANA, CANCUN)
    found: list[Doctor] = []
    room, real = 0.0, 0
    while room * _FULL < appointments or real * _FULLEST < appointments or len(found) < len(zones):
        number = len(found)
        opens, closes, minutes, rest, places = shapes[number % len(shapes)]
        doctor = Doctor(f"dra-{number:02d}", zones[number % len(zones)], opens, closes, minutes, rest, places)
        found.append(doctor)
        room += len(list(doctor.starts(FIRST_DAY))) * places * days * 6 / 7
        real += sum(len(list(doctor.starts(day))) for day in _dates(days - 1)) * places
    return tuple(found)


def _dates(days: int) -> list[date]:
    """Those on which visits may be, from the second on."""
    return [FIRST_DAY + timedelta(days=number) for number in range(1, days)]


def places(doctors: tuple[Doctor, ...], days: int, chance: random.Random) -> dict[date, list[Place]]:
    """The places of each date, in any order; a slot that holds two stands there twice."""
    found: dict[date, list[Place]] = {}
    for day in _dates(days):
        of_day = [
            Place(doctor, start)
            for doctor in doctors
            for start in doctor.starts(day)
            for _ in range(doctor.places)
        ]
        chance.shuffle(of_day)
        if of_day:
            found[day] = of_day
    return found


def clinic_document(doctors: tuple[Doctor, ...], charges: list[str]) -> dict[str, Any]:
    """The month's clinics, doctors and hours as a CLINIC.json."""
    return {
        "clinics": [
            {
                "id": name,
                "name": f"Clínica Ejemplo {name.capitalize()}",
                "address": "Calle Ficticia 123",
                "time_zone": zone,
                "phone": f"+5255000090{number:02d}",
                "medication_instructions": "Tome con agua, preferiblemente con comida",
            }
            for number, (zone, name) in enumerate(CLINICS.items(), start=10)
        ],
        "profiles": [
            {
                "id": doctor.profile_id,
                "name": f"Dra. Ficticia {number:02d}",
                "phone": f"+5255{9100 + number:08d}",
                "time_zone": doctor.zone,
                "clinic_id": CLINICS[doctor.zone],
            }
            for number, doctor in enumerate(doctors)
        ],
        "services": [
            {
                "id": doctor.service_id,
                "profile_id": doctor.profile_id,
                "name": "Consulta general",
                "duration": doctor.minutes,
            }
            for doctor in doctors
        ],
        "availability_rules": [
            {
                "id": f"{doctor.profile_id}-{weekday}",
                "profile_id": doctor.profile_id,
                "day_of_week": weekday,
                "start_time": f"{doctor.opens:02d}:00",
                "end_time": f"{doctor.closes:02d}:00",
                "buffer_time": doctor.rest,
                "max_appointments_per_slot": doctor.places,
            }
            for doctor in doctors
            for weekday in range(1, 7)
        ],
        "charges": [{"id": charge, "amount": "500.00", "currency": "MXN"} for charge in charges],
    }
