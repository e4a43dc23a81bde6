"""A thousand fictional appointments as an EVENTS file, the same each time."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
DAYS = 9
MESSAGES_EACH = 3

_SEED = 20261123
_SERVICES = ("Consulta general", "Consulta de pediatría", "Limpieza dental", "Electrocardiograma")
_DOCTORS = ("Dra. Ejemplo Uno", "Dr. Ejemplo Dos", "Dra. Ejemplo Tres")


def write(path: Path, appointments: int) -> None:
    """Write the events: booked within the first day, visited on the third to the ninth."""
    path.write_text("".join(json.dumps(line) + "\n" for line in _lines(appointments)), encoding="utf-8")


def _lines(appointments: int) -> Iterator[dict[str, object]]:
    chance = random.Random(_SEED)
    for number in range(appointments):
        booked = START + timedelta(seconds=chance.randrange(8 * 3600))
        visit = START + timedelta(days=chance.randrange(2, DAYS - 1), minutes=15 * chance.randrange(36))
        yield {
            "at": _text(booked),
            "detail-type": "appointment/created",
            "detail": {
                "reservationId": f"r-{number:05d}",
                "patientName": f"Paciente Ejemplo {number}",
                "patientPhone": f"+525500{number:06d}",
                "appointmentTime": _text(visit),
                "serviceName": chance.choice(_SERVICES),
                "doctorName": chance.choice(_DOCTORS),
                "clinicName": "Clínica Ejemplo",
                "clinicAddress": "Calle Ficticia 123, Ciudad de México",
            },
        }


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
