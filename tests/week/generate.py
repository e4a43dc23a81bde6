"""A week for 200 patients as their clinics' systems tell it, and what goes wrong meanwhile.

``python -m tests.week.generate FOLDER [SEED]`` writes EVENTS.jsonl, CLINIC.json and FAULTS.json for
``citas run``. One seed gives one week, byte for byte.
"""

import json
import random
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.domain.instants import to_text
from tests.week.clinic import DOCTORS, VISIT_DAYS, Place, clinic_file, places

PATIENTS = 200
SEED = 4
FRIDAY = datetime(2026, 11, 27, 16, tzinfo=UTC)  # ten o'clock in Mexico City
BOOKING_DAYS = timedelta(days=3, hours=6)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# How clinics write how often, and how many doses that is in two days from a day's beginning.
FREQUENCIES: tuple[tuple[str | list[str], int], ...] = (
    ("3 veces al día", 6),
    ("cada 8 horas", 6),
    ("every 8 hours", 6),
    ("q8h", 6),
    ("BID", 4),
    ("TID", 6),
    ("QID", 8),
    ("twice a day", 4),
    ("cada 12 horas", 4),
    ("08:00, 20:00", 4),
    ("8 am y 8 pm", 4),
    (["07:30", "22:30"], 4),
)
TWO_DAYS = (2, "2 días", "2 days")
WORDS = ("BAJA", "BAJA SEGUIMIENTOS", "STOP MEDICAMENTOS", "¡Baja!", "STOP", "BAJA RECORDATORIOS")


@dataclass
class Week:
    """What is said, in any order, and what is known to come of it.

    Attributes:
        doses: how many doses each prescription calls for that nobody stops or changes.
        completed: the reservations whose patients came.
        unreachable: the numbers that WhatsApp can't reach.
        refused: who wrote that they want nothing more, and when.
    """

    chance: random.Random
    said: list[dict[str, Any]] = field(default_factory=list)
    charges: list[str] = field(default_factory=list)
    doses: dict[str, int] = field(default_factory=dict)
    booked: set[str] = field(default_factory=set)
    completed: set[str] = field(default_factory=set)
    no_shows: set[str] = field(default_factory=set)
    unreachable: list[str] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)
    refused: dict[str, datetime] = field(default_factory=dict)

    def say(self, at: datetime, detail_type: str, **detail: Any) -> None:
        """Put an event on the bus."""
        self.said.append({"at": to_text(at), "detail-type": detail_type, "detail": detail})

    def write(self, at: datetime, number: str, text: str) -> None:
        """Have somebody write to the clinic."""
        self.said.append({"at": to_text(at), "inbound": {"from": number, "text": text}})

    def events(self) -> str:
        """EVENTS.jsonl."""
        ordered = sorted(self.said, key=lambda line: str(line["at"]))
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in ordered)

    def faults(self) -> dict[str, Any]:
        """FAULTS.json: one patient in a hundred can't be reached, one request in fifty fails for a moment."""
        at_once, later = self.unreachable
        return {
            "whatsapp": [
                {"to": at_once, "code": 131026},
                {"to": later, "later": 131026},
                {"rate": 0.02, "code": 131016},
                *({"to": number, "reads": "20m"} for number in self.readers),
            ],
            "webhooks": [
                {"rate": 0.1, "late": "4m"},
                {"rate": 0.1, "delivered": 2},
                {"rate": 0.05, "first": True},
            ],
            "seed": 11,
        }

    def files(self) -> dict[str, str]:
        """The three files, by name."""
        return {
            "EVENTS.jsonl": self.events(),
            "CLINIC.json": json.dumps(clinic_file(self.charges), ensure_ascii=False, indent=1),
            "FAULTS.json": json.dumps(self.faults(), indent=1),
        }


def week(seed: int = SEED) -> Week:
    """The week of a seed."""
    chance = random.Random(seed)
    made = Week(chance)
    for doctor in DOCTORS:
        made.say(
            FRIDAY - HOUR,
            "slot/generate-daily",
            profileId=doctor.profile_id,
            targetDate=f"{VISIT_DAYS[0]}",
            horizonDays=len(VISIT_DAYS),
        )
    free = places()
    chance.shuffle(free)
    numbers = [f"+52550000{1000 + number}" for number in range(PATIENTS)]
    made.unreachable = [numbers[17], numbers[117]]
    made.readers = numbers[40:60]
    for number, phone in enumerate(numbers):
        _patient(made, number, phone, free)
    return made


class _Booking(NamedTuple):
    """A visit that somebody has booked, and since when that is known."""

    number: int
    phone: str
    who: dict[str, str]
    place: Place
    known_at: datetime


def _patient(made: Week, number: int, phone: str, free: list[Place]) -> None:
    chance, place, name = made.chance, free.pop(), f"r-{number:03d}"
    at = FRIDAY + chance.random() * BOOKING_DAYS
    at = at.replace(second=0, microsecond=0)
    who = {"patientName": f"Paciente Ficticio {number:03d}", "patientPhone": phone}
    of_place = {"profileId": place.doctor.profile_id, "slotId": place.slot_id}
    what = {"serviceName": "Consulta general", "serviceId": place.doctor.service_id}
    if number % 20 < 16:
        charge = {"chargeId": f"ch_{number:03d}"} if number % 4 == 0 else {}
        made.charges += charge.values()
        when = {"appointmentTime": to_text(place.start)}
        made.say(at, "appointment/created", reservationId=name, **who, **of_place, **what, **when, **charge)
        known_at = at
    else:
        until = at + 6 * HOUR
        request = {"requestId": name, "expiresAt": to_text(until)}
        made.say(at, "reservation/requested", **request, **who, **of_place, **what)
        if number % 20 > 17:
            if number % 20 == 19:
                made.say(at + HOUR, "reservation/declined", requestId=name, declineReason="Agenda llena")
            return  # the others' time runs out
        made.say(at + 2 * HOUR, "reservation/approved", requestId=name)
        known_at = at + 2 * HOUR
    made.booked.add(name)
    _visit(made, _Booking(number, phone, who, place, known_at), free)


def _visit(made: Week, booking: _Booking, free: list[Place]) -> None:
    number, phone, who, place, known_at = booking
    chance, name = made.chance, f"r-{number:03d}"
    fate = chance.random()
    if fate < 0.08:
        refund = {"refundAmount": "350.00"} if number % 4 == 0 and number % 20 < 16 else {}
        changes_at = known_at + chance.random() * (place.start - known_at)
        made.say(changes_at.replace(microsecond=0), "reservation/cancelled", reservationId=name, **refund)
        return
    if fate < 0.16:
        new = next((other for other in free if other.doctor is place.doctor), place)
        if new is not place:
            free.remove(new)
            earliest = min(new.start, place.start)
            moves_at = (known_at + chance.random() * (earliest - known_at)).replace(microsecond=0)
            made.say(
                moves_at,
                "appointment/rescheduled",
                oldReservationId=name,
                newAppointmentTime=to_text(new.start),
                newSlotId=new.slot_id,
            )
            place = new
    if fate > 0.93:
        made.say(place.start + HOUR, "appointment/no-show", reservationId=name)
        made.no_shows.add(name)
        return
    if fate > 0.9:
        return  # nobody says how it went
    asked = chance.choice(["24h", "24h", "48h", "1week", ["48h", "1week"]])
    questions = {"followUpQuestions": ["¿Cómo sigue?", "¿Tiene dudas?"]} if number % 7 == 0 else {}
    over_at = place.start + 40 * MINUTE
    made.say(over_at, "appointment/completed", reservationId=name, followUpType=asked, **questions)
    made.completed.add(name)
    if number % 4 == 1:
        _prescribe(made, number, who, place, over_at)
    if number % 33 == 5:
        made.refused[phone] = over_at + 3 * HOUR
        made.write(over_at + 3 * HOUR, phone, WORDS[number // 33 % len(WORDS)])
    if number % 66 == 5:
        made.write(over_at + 26 * HOUR, phone, "ALTA")


def _prescribe(made: Week, number: int, who: dict[str, str], place: Place, over_at: datetime) -> None:
    frequency, doses = FREQUENCIES[number // 4 % len(FREQUENCIES)]
    name, zone = f"p-{number:03d}", place.doctor.zone
    tomorrow = over_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    prescribed = {
        **who,
        "prescriptionId": name,
        "medicationName": "Medicamento ficticio",
        "dosage": "1 tableta",
        "startDate": f"{tomorrow}",
        "duration": TWO_DAYS[number % len(TWO_DAYS)],
        "timezone": zone,
        "profileId": place.doctor.profile_id,
    }
    made.say(over_at, "prescription/created", **prescribed, frequency=frequency)
    match number // 4 % 10:
        case 3:
            made.say(over_at + 30 * HOUR, "prescription/stopped", prescriptionId=name, stopReason="Mejoría")
        case 6:
            made.say(over_at + 28 * HOUR, "prescription/created", **prescribed, frequency="cada 6 horas")
        case _:
            made.doses[name] = doses


def main(folder: str, seed: int = SEED) -> None:
    """Write the three files."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for name, text in week(seed).files().items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
