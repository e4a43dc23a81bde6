"""Random days of a clinic as its publishers tell them, and what stands at the end of each patient's story."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.domain.instants import to_text
from console.inputs.clinic import ClinicFile
from console.inputs.events import InputEvent
from console.output.result import RunResult
from console.run.local_stack import open_local_stack
from console.run.runner import Order, perform
from local.faults.plan import FaultPlan
from tests.fakes.examples import detail

DOCTORS = ("dr-1", "dr-2")
TUESDAY = datetime(2026, 12, 1, 15, tzinfo=UTC)  # nine o'clock in America/Mexico_City
SLOTS_A_DAY = 16
SATURDAY = TUESDAY - timedelta(days=3)
ANSWER_WITHIN = timedelta(days=2)
PAID, GIVEN_BACK = "500.00", "350.00"
ACTIVE = {"confirmed", "pending"}

CLINIC: dict[str, Any] = {
    "clinics": [
        {
            "id": "main",
            "name": "Clínica Ejemplo",
            "address": "Calle Ficticia 123",
            "time_zone": "America/Mexico_City",
            "phone": "+525500000099",
        }
    ],
    "profiles": [
        {
            "id": doctor,
            "name": "Dra. Ficticia",
            "phone": f"+52550000009{number}",
            "time_zone": "America/Mexico_City",
            "clinic_id": "main",
        }
        for number, doctor in enumerate(DOCTORS)
    ],
    "services": [
        {"id": f"s-{doctor}", "profile_id": doctor, "name": "Consulta general", "duration": 30}
        for doctor in DOCTORS
    ],
    "availability_rules": [
        {
            "id": f"tuesdays-{doctor}",
            "profile_id": doctor,
            "day_of_week": 2,
            "start_time": "09:00",
            "end_time": "17:00",
        }
        for doctor in DOCTORS
    ],
}


@dataclass(frozen=True)
class Place:
    """A slot that the doctor's hours make."""

    doctor: str
    start: datetime

    @property
    def slot_id(self) -> str:
        return f"{self.doctor}:s-{self.doctor}:{self.start:%Y%m%dT%H%MZ}"


@dataclass
class Story:
    """What is said of one patient, an hour after the other, each time about a place that is only theirs."""

    number: int
    places: Iterator[Place]
    begins: datetime
    said: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)
    booked: Place | None = None

    @property
    def name(self) -> str:
        return f"p-{self.number}"

    @property
    def charge(self) -> str:
        return f"ch_{self.number}"

    def say(self, kind: str, **fields: Any) -> None:
        at = self.begins + timedelta(hours=len(self.said))
        self.said.append((at, kind, fields))

    def end(self, how: str, after: timedelta = timedelta(hours=1), **fields: Any) -> None:
        """How the visit ended, said so long after the last one that was booked began."""
        at = self.place.start + after
        self.said.append((at, f"appointment/{how}", {"reservationId": self.name, **fields}))

    @property
    def place(self) -> Place:
        """Where it was booked last."""
        assert self.booked is not None
        return self.booked

    def book(self, name: str | None = None) -> None:
        place = self.booked = next(self.places)
        whole = detail(
            reservationId=name or self.name,
            profileId=place.doctor,
            slotId=place.slot_id,
            appointmentTime=to_text(place.start),
            chargeId=self.charge,
        )
        self.say("appointment/created", **whole)

    def ask(self) -> None:
        place = next(self.places)
        self.say(
            "reservation/requested",
            requestId=self.name,
            profileId=place.doctor,
            slotId=place.slot_id,
            patientName="Paciente Ejemplo",
            patientPhone="+52 55 0000 0001",
            serviceName="Consulta general",
            chargeId=self.charge,
            expiresAt=to_text(self.begins + ANSWER_WITHIN),
        )

    def answer(self, how: str) -> None:
        self.say(f"reservation/{how}", requestId=self.name)

    def cancel(self, name: str | None = None, *, refund: bool = False) -> None:
        amount = {"refundAmount": GIVEN_BACK} if refund else {}
        self.say("reservation/cancelled", reservationId=name or self.name, **amount)

    def move(self, old: str | None = None, new: str | None = None) -> None:
        place = next(self.places)
        self.say(
            "appointment/rescheduled",
            oldReservationId=old or self.name,
            newReservationId=new or old or self.name,
            newAppointmentTime=to_text(place.start),
            newSlotId=place.slot_id,
            profileId=place.doctor,
        )


def _booked(story: Story) -> None:
    story.book()


def _booked_and_cancelled(story: Story) -> None:
    story.book()
    story.cancel(refund=True)


def _corrected_to_another_place(story: Story) -> None:
    story.book()
    story.book()


def _moved_to_another(story: Story) -> None:
    story.book()
    story.move(new=f"{story.name}-new")


def _moved_twice(story: Story) -> None:
    story.book()
    story.move(new=f"{story.name}-new")
    story.move(f"{story.name}-new")


def _moved_and_cancelled(story: Story) -> None:
    story.book()
    story.move(new=f"{story.name}-new")
    story.cancel(f"{story.name}-new", refund=True)


def _moved_within_and_cancelled(story: Story) -> None:
    story.book()
    story.move()
    story.cancel()


def _asked_and_approved(story: Story) -> None:
    story.ask()
    story.answer("approved")


def _asked_and_declined(story: Story) -> None:
    story.ask()
    story.answer("declined")


def _asked_and_not_answered(story: Story) -> None:
    story.ask()


def _asked_and_withdrawn(story: Story) -> None:
    story.ask()
    story.cancel()


def _asked_approved_and_moved(story: Story) -> None:
    story.ask()
    story.answer("approved")
    story.move(new=f"{story.name}-new")


def _seen(story: Story) -> None:
    story.book()
    story.end("completed", followUpType="1week")


def _missed(story: Story) -> None:
    story.book()
    story.end("no-show")


def _missed_and_seen_after_all(story: Story) -> None:
    story.book()
    story.end("no-show")
    story.end("completed", timedelta(hours=3), followUpType="48h")


def _seen_and_missed_after_all(story: Story) -> None:
    story.book()
    story.end("completed", followUpType="48h")
    story.end("no-show", timedelta(hours=3))


KINDS: tuple[Callable[[Story], None], ...] = (
    _booked,
    _booked_and_cancelled,
    _corrected_to_another_place,
    _moved_to_another,
    _moved_twice,
    _moved_and_cancelled,
    _moved_within_and_cancelled,
    _asked_and_approved,
    _asked_and_declined,
    _asked_and_not_answered,
    _asked_and_withdrawn,
    _asked_approved_and_moved,
    _seen,
    _missed,
    _missed_and_seen_after_all,
    _seen_and_missed_after_all,
)


@dataclass(frozen=True)
class Day:
    """A clinic's day: everything that publishers say, and what was paid."""

    events: tuple[InputEvent, ...]
    charges: tuple[str, ...]
    first_of_a_patient: int

    def run(self, faults: dict[str, Any] | None = None) -> RunResult:
        """The day on a local stack of its own."""
        charges = [{"id": charge, "amount": PAID, "currency": "MXN"} for charge in self.charges]
        clinic = ClinicFile.model_validate({**CLINIC, "charges": charges})
        plan = FaultPlan.parse(faults) if faults else None
        order = Order(events=self.events, start=SATURDAY, clinic=clinic, faults=plan)
        return perform(order, open_local_stack, lambda _: None).result


def random_day(seed: int) -> Day:
    """Every kind of story, in random order and at random places; first of all the doctors' slots are made."""
    chance = random.Random(seed)
    everywhere = [Place(d, TUESDAY + timedelta(minutes=30 * n)) for d in DOCTORS for n in range(SLOTS_A_DAY)]
    chance.shuffle(everywhere)
    places = iter(everywhere)
    kinds = list(KINDS)
    chance.shuffle(kinds)
    made = [
        (SATURDAY, "slot/generate-daily", {"profileId": doctor, "targetDate": "2026-12-01"})
        for doctor in DOCTORS
    ]
    stories = []
    for number, kind in enumerate(kinds):
        story = Story(number, places, SATURDAY + timedelta(hours=1, minutes=chance.randrange(600)))
        kind(story)
        stories.append(story)
    again = [
        (at + timedelta(hours=7), kind, {**fields, "targetDate": "2026-11-30", "horizonDays": 3})
        for at, kind, fields in made
    ]
    said = sorted([*again, *(line for story in stories for line in story.said)], key=lambda line: line[0])
    events = (InputEvent(n, *line) for n, line in enumerate([*made, *said], start=1))
    return Day(tuple(events), tuple(story.charge for story in stories), len(made) + 1)


def standing(result: RunResult) -> dict[str, Any]:
    """What must be the same however it came about; instants of what was done are left out."""
    # Where the cancellation was heard before the request, it has left a mark of its own.
    withdrawn = {row.reservation_id for row in result.requests if row.status == "withdrawn"}
    return {
        "places": {slot.slot_id: (slot.pending, slot.booked) for slot in result.slots if slot.holders},
        "visits": {
            row.reservation_id: (row.slot_id, row.appointment_time) if row.status in ACTIVE else row.status
            for row in result.reservations
            if row.reservation_id not in withdrawn
        },
        "requests": {row.request_id: row.status for row in result.requests},
        "asked after": sorted(
            (row.subject, row.kind)
            for row in result.messages
            if row.kind.startswith("follow_up") and row.sent_at is not None
        ),
        "refunds": sorted((row.charge_id, row.amount) for row in result.refunds),
    }


def violations(result: RunResult) -> list[str]:
    """What the audit finds."""
    return [f"{row.id} {breach.detail}" for row in result.audit for breach in row.violations]


def failed(result: RunResult) -> Sequence[str]:
    """The runs that did not end well, with their errors."""
    ended_well = {"SUCCEEDED", "ABORTED"}  # a run is stopped where there is nothing left to do for it
    return [f"{run.workflow}: {run.error}" for run in result.executions if run.status not in ended_well]
