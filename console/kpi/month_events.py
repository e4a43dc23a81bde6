"""Makes the events of a random month: bookings, requests, answers, cancellations, moves, visits, doses.

One seed gives one month, whatever else happens. Everybody is made up.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.appointments import AppointmentCreated
from clinic.contracts.events.base import BusEvent
from clinic.contracts.events.prescriptions import PrescriptionCreated, PrescriptionStopped
from clinic.contracts.events.requests import ReservationApproved, ReservationDeclined, ReservationRequested
from clinic.contracts.events.slots import SlotGenerateDaily
from clinic.contracts.events.visits import AppointmentCompleted, AppointmentNoShow
from clinic.domain.instants import to_text
from console.inputs.events import InboundMessage, InputEvent, InputLine
from console.kpi.month_hours import FIRST_DAY, Doctor, Place, places

START = datetime.combine(FIRST_DAY, time(6), UTC)  # midnight in Mexico City, when the first slots are made
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)

# How much of what is said is what.
WITHOUT_A_PLACE = 0.1
REQUESTED = 0.3
TAKEN_ALREADY, BROKEN = 0.01, 0.004
CANCELLED, MOVED, NO_SHOW, SILENT = 0.08, 0.08, 0.05, 0.05
PAID, PRESCRIBED, WRITES = 0.4, 0.06, 0.015
LONGEST_AHEAD_DAYS = 12
ILL_EVERY_DAYS = 3
# Before the first visit begins anywhere.
FALLS_ILL = time(10)

WORDS = ("BAJA", "BAJA SEGUIMIENTOS", "STOP MEDICAMENTOS", "¡Baja!", "STOP", "BAJA RECORDATORIOS")
FREQUENCIES = ("3 veces al día", "cada 8 horas", "BID", "cada 12 horas", "08:00, 20:00")


@dataclass
class Month:
    """What is said, in any order, and what was paid.

    Attributes:
        numbers: the patients' phones.
        to_come: how many patients have no place yet.
        ill: doctors, and dates on whose morning all their visits are cancelled in one second.
    """

    chance: random.Random
    said: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)
    written: list[tuple[datetime, str, str]] = field(default_factory=list)
    charges: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    to_come: int = 0
    ill: set[tuple[str, date]] = field(default_factory=set)

    def say(self, at: datetime, event: type[BusEvent], **detail: Any) -> None:
        """Put an event on the bus."""
        self.said.append((at.replace(microsecond=0), event.detail_type, detail))

    def lines(self) -> list[InputLine]:
        """Everything in its order, as `citas run` reads it from a file."""
        happens: list[tuple[datetime, str, Any]] = [*self.said, *self.written]
        happens.sort(key=lambda line: line[0])
        return list(_numbered(happens))


class _Visit(NamedTuple):
    """A visit that somebody has booked, and since when that is known."""

    name: str
    phone: str
    place: Place
    known_at: datetime
    charge: str | None


def month(doctors: tuple[Doctor, ...], *, appointments: int, days: int, seed: int) -> Month:
    """A month of so many appointments.

    Args:
        days: visits, and what follows them, lie within so many days from the first.
    """
    made = Month(random.Random(seed))
    for doctor in doctors:
        made.say(
            START,
            SlotGenerateDaily,
            profileId=doctor.profile_id,
            targetDate=FIRST_DAY.isoformat(),
            horizonDays=31,  # as many as a night makes, and today
        )
    free = places(doctors, days - 1, made.chance)
    dates = made.chance.sample(list(free), k=max(1, days // ILL_EVERY_DAYS))
    made.ill = {(made.chance.choice(doctors).profile_id, day) for day in dates}
    for number in range(appointments):
        phone = f"+5255{10_000_000 + number}"
        made.numbers.append(phone)
        made.to_come = appointments - number - 1
        _patient(made, f"r-{number:05d}", phone, free, days)
    return made


def _patient(made: Month, name: str, phone: str, free: dict[date, list[Place]], days: int) -> None:
    chance = made.chance
    day = chance.choice([day for day, left in free.items() if left])
    place = free[day].pop()
    ahead = timedelta(days=chance.uniform(0, LONGEST_AHEAD_DAYS))
    earliest = START + 2 * HOUR
    # Some book within the hour before the visit.
    at = max(earliest, place.start - max(ahead, 40 * MINUTE)).replace(second=chance.randrange(60))
    who = {"patientName": f"Paciente Ficticio {name[2:]}", "patientPhone": phone}
    what = {"profileId": place.doctor.profile_id, "serviceName": "Consulta general"}
    where = {"serviceId": place.doctor.service_id, "slotId": place.slot_id}
    if chance.random() < REQUESTED and place.start - at > 3 * HOUR:
        known_at = _request(made, name, at, place, {**who, **what, **where})
        charge = None
    else:
        charge = f"ch_{name[2:]}" if chance.random() < PAID else None
        made.charges += [charge] if charge else []
        paid = {"chargeId": charge} if charge else {}
        kept = {} if chance.random() < WITHOUT_A_PLACE else where
        visit = {**who, **what, **kept, **paid, "appointmentTime": to_text(place.start)}
        made.say(at, AppointmentCreated, reservationId=name, **visit)
        known_at = at
        if kept and chance.random() < TAKEN_ALREADY and place.doctor.places == 1:
            made.say(at + MINUTE, AppointmentCreated, reservationId=f"late-{name}", **visit)
        if chance.random() < BROKEN:
            del visit["appointmentTime"]
            made.say(at + MINUTE, AppointmentCreated, reservationId=f"broken-{name}", **visit)
    if known_at is not None:
        _visit(made, _Visit(name, phone, place, known_at, charge), free, days)


def _request(made: Month, name: str, at: datetime, place: Place, asked: dict[str, str]) -> datetime | None:
    """Ask for a visit; since when it is booked, or None if it never is."""
    chance = made.chance
    until = min(at + timedelta(hours=chance.choice([2, 6, 24])), place.start - HOUR)
    made.say(at, ReservationRequested, requestId=name, expiresAt=to_text(until), **asked)
    answer = chance.random()
    answered_at = at + chance.random() * (until - at - MINUTE)
    if answer < 0.6:
        made.say(answered_at, ReservationApproved, requestId=name)
        return answered_at
    if answer < 0.75:
        made.say(answered_at, ReservationDeclined, requestId=name, declineReason="Agenda llena")
    elif answer < 0.85:
        made.say(answered_at, ReservationCancelled, reservationId=name)
    elif answer < 0.9:
        made.say(until + chance.random() * 2 * HOUR, ReservationApproved, requestId=name)
    return None  # nobody answers, or too late


def _visit(made: Month, visit: _Visit, free: dict[date, list[Place]], days: int) -> None:
    chance, place, name = made.chance, visit.place, visit.name
    between = place.start - visit.known_at
    fate = chance.random()
    if fate < CANCELLED:
        refund = {"refundAmount": chance.choice(["500.00", "350.00", "0"])} if visit.charge else {}
        at = visit.known_at + chance.random() * between
        made.say(at, ReservationCancelled, reservationId=name, **refund)
        return
    if fate < CANCELLED + MOVED:
        place = _move(made, visit, free) or place
    day = place.start.astimezone(ZoneInfo(place.doctor.zone)).date()
    morning = datetime.combine(day, FALLS_ILL, UTC)
    if (place.doctor.profile_id, day) in made.ill and visit.known_at < morning - HOUR:
        refund = {"refundAmount": "500.00"} if visit.charge else {}
        why = {"cancelledBy": "doctor", "cancellationReason": "La doctora está enferma"}
        made.say(morning, ReservationCancelled, reservationId=name, **why, **refund)
        return
    if fate > 1 - NO_SHOW:
        made.say(place.start + HOUR, AppointmentNoShow, reservationId=name)
        return
    if fate > 1 - NO_SHOW - SILENT:
        return  # nobody says how it went
    over_at = place.start + timedelta(minutes=place.doctor.minutes + chance.randrange(30))
    last = START + timedelta(days=days)
    asked = [kind for kind, hours in (("48h", 48), ("1week", 168)) if place.start + hours * HOUR < last]
    made.say(over_at, AppointmentCompleted, reservationId=name, followUpType=chance.choice(["24h", *asked]))
    if chance.random() < PRESCRIBED and over_at + timedelta(days=4) < last:
        _prescribe(made, visit, place, over_at)
    if chance.random() < WRITES:
        made.written.append((over_at + 3 * HOUR, visit.phone, chance.choice(WORDS)))
        if chance.random() < 0.5:
            made.written.append((over_at + 26 * HOUR, visit.phone, "ALTA"))


def _move(made: Month, visit: _Visit, free: dict[date, list[Place]]) -> Place | None:
    """Move the visit to another place of the doctor's, if one is left; at a time before both."""
    doctor = visit.place.doctor
    others = [other for left in free.values() for other in left if other.doctor is doctor]
    others = [other for other in others if other.start > visit.known_at + HOUR]
    if not others or sum(map(len, free.values())) <= made.to_come:
        return None
    new = made.chance.choice(others)
    free[new.start.astimezone(ZoneInfo(doctor.zone)).date()].remove(new)
    before = min(new.start, visit.place.start)
    at = visit.known_at + made.chance.random() * (before - visit.known_at)
    made.say(
        at,
        AppointmentRescheduled,
        oldReservationId=visit.name,
        newAppointmentTime=to_text(new.start),
        newSlotId=new.slot_id,
    )
    return new


def _prescribe(made: Month, visit: _Visit, place: Place, over_at: datetime) -> None:
    chance, zone = made.chance, place.doctor.zone
    name = f"p-{visit.name[2:]}"
    tomorrow = over_at.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    made.say(
        over_at,
        PrescriptionCreated,
        prescriptionId=name,
        patientName="Paciente Ficticio",
        patientPhone=visit.phone,
        medicationName="Medicamento ficticio",
        dosage="1 tableta",
        startDate=tomorrow.isoformat(),
        duration=chance.choice([1, 2]),
        frequency=chance.choice(FREQUENCIES),
        timezone=zone,
        profileId=place.doctor.profile_id,
    )
    if chance.random() < 0.2:
        made.say(over_at + 30 * HOUR, PrescriptionStopped, prescriptionId=name, stopReason="Mejoría")


def _numbered(happens: list[tuple[datetime, str, Any]]) -> Iterator[InputLine]:
    for line, (at, what, detail) in enumerate(happens, start=1):
        if isinstance(detail, str):
            yield InboundMessage(line, at, what, detail)
        else:
            yield InputEvent(line, at, what, detail)
