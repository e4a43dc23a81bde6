"""The whole life of fictional appointments: booked, reminded, moved or cancelled, completed, followed up.

Of a hundred, ten are cancelled with a refund, five are moved and three lead to a prescription of 30 doses.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.base import BusEvent
from clinic.contracts.events.prescriptions import PrescriptionCreated
from clinic.contracts.events.visits import AppointmentCompleted
from clinic.domain.instants import to_text
from console.kpi.month_hours import Doctor, Place, doctors_for, places

DAYS = 9
_SEED = 20261123
_BOOKED_WITHIN_HOURS = 8


@dataclass(frozen=True)
class Said:
    """An event, and when it is published (UTC)."""

    at: datetime
    event: type[BusEvent]
    detail: dict[str, Any]


@dataclass(frozen=True)
class Life:
    """Who sees patients, what is said and what was paid."""

    doctors: tuple[Doctor, ...]
    events: tuple[Said, ...]
    charges: tuple[str, ...]


def whole_life(appointments: int, start: datetime) -> Life:
    """So many appointments, booked within eight hours of ``start``; the same each time."""
    chance = random.Random(_SEED)
    doctors = doctors_for(appointments, DAYS)
    by_day = places(doctors, DAYS, chance)
    free = [place for day in sorted(by_day)[2:] for place in by_day[day]]
    chance.shuffle(free)
    events = tuple(said for number in range(appointments) for said in _of(number, free, start, chance))
    return Life(doctors, events, tuple(_charge(number) for number in range(appointments) if _ends(number)))


def _ends(number: int) -> bool:
    return number % 10 == 3


def _charge(number: int) -> str:
    return f"ch_{number:05d}"


def _of(number: int, free: list[Place], start: datetime, chance: random.Random) -> Iterator[Said]:
    place, name = free.pop(), f"r-{number:05d}"
    booked_at = start + timedelta(seconds=chance.randrange(_BOOKED_WITHIN_HOURS * 3600))
    paid = {"chargeId": _charge(number)} if _ends(number) else {}
    yield Said(
        booked_at,
        AppointmentCreated,
        {
            "reservationId": name,
            "patientName": f"Paciente Ficticio {number}",
            "patientPhone": f"+5255{10_000_000 + number}",
            "appointmentTime": to_text(place.start),
            "serviceName": "Consulta general",
            "serviceId": place.doctor.service_id,
            "profileId": place.doctor.profile_id,
            "slotId": place.slot_id,
            **paid,
        },
    )
    if _ends(number):
        detail = {"reservationId": name, "cancelledBy": "patient", "refundAmount": "500.00"}
        yield Said(booked_at + timedelta(hours=1), ReservationCancelled, detail)
        return
    if number % 20 == 7:
        place = _another(free, place)
        moved = {
            "oldReservationId": name,
            "newAppointmentTime": to_text(place.start),
            "newSlotId": place.slot_id,
        }
        yield Said(booked_at + timedelta(hours=1), AppointmentRescheduled, moved)
    over_at = place.start + timedelta(minutes=place.doctor.minutes)
    yield Said(over_at, AppointmentCompleted, {"reservationId": name, "followUpType": "1week"})
    if number % 100 in {11, 44, 78}:
        yield Said(over_at, PrescriptionCreated, _prescription(number, place, over_at))


def _another(free: list[Place], place: Place) -> Place:
    other = next(it for it in reversed(free) if it.doctor is place.doctor)
    free.remove(other)
    return other


def _prescription(number: int, place: Place, over_at: datetime) -> dict[str, Any]:
    return {
        "prescriptionId": f"p-{number:05d}",
        "patientName": f"Paciente Ficticio {number}",
        "patientPhone": f"+5255{10_000_000 + number}",
        "medicationName": "Medicamento ficticio",
        "dosage": "1 tableta",
        "startDate": (over_at + timedelta(days=1)).date().isoformat(),
        "duration": 10,
        "frequency": "3 veces al día",
        "timezone": place.doctor.zone,
        "profileId": place.doctor.profile_id,
    }
