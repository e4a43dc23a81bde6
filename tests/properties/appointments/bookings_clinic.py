"""A doctor's clinic on some records: every use case that books, moves or frees, and processes that die."""

import datetime as dt
import json
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.contracts.events.base import receive
from clinic.contracts.events.requests import ReservationApproved, ReservationDeclined, ReservationRequested
from clinic.domain.errors import (
    AppointmentInThePastError,
    InvalidEventError,
    ReservationClosedError,
    SlotNotAvailableError,
    UnknownRequestError,
    UnknownReservationError,
)
from clinic.domain.instants import to_text
from clinic.domain.slots.availability import AvailabilityRule, MedicalService
from clinic.domain.slots.changes import SlotChanges
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.cancellation import ReservationCancelling
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.appointments.refunding import Refunding
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.requests.decisions import RequestDecisions
from clinic.services.requests.expiration import RequestExpiration
from clinic.services.requests.keeping import RequestKeeping
from clinic.services.slots.generation import SlotGeneration, SlotStore
from clinic.services.slots.ports import DoctorSchedule
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.planned import appointments
from tests.fakes.appointments.refunds import MemoryPayments, MortalBookingStore
from tests.fakes.examples import PROFILE, detail
from tests.fakes.payments import pesos
from tests.fakes.ports import ProcessDied
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns, MemoryStatistics
from tests.properties.appointments.bookings_oracle import Stretch

DOCTOR = PROFILE.profile_id
WEDNESDAY = dt.date(2026, 12, 2)
NINE = datetime(2026, 12, 2, 17, tzinfo=UTC)  # nine o'clock in America/Tijuana
LAST = NINE + timedelta(hours=4)
PAID, GIVEN_BACK = "500.00", "200.00"
ANSWERS: tuple[type[ReservationApproved | ReservationDeclined], ...] = (
    ReservationApproved,
    ReservationDeclined,
)
BOOKED_AGAIN = "expected a new visit to have an id of its own"
ASKED_FOR_SOMETHING_ELSE = "slotId: expected as request"
REFUSALS = (
    AppointmentInThePastError,
    ReservationClosedError,
    SlotNotAvailableError,
    UnknownRequestError,
    UnknownReservationError,
)


@dataclass(frozen=True)
class Hours:
    """A service's hours on that Wednesday, in minutes after nine: slots of this length, rest and capacity."""

    service: str
    opens: int
    closes: int
    length: int
    rest: int = 0
    capacity: int = 1

    def stretches(self) -> dict[str, Stretch]:
        """Its slots by id, counted by hand."""
        found = {}
        for opens in range(self.opens, self.closes - self.length + 1, self.length + self.rest):
            start = NINE + timedelta(minutes=opens)
            end = start + timedelta(minutes=self.length)
            stretch = Stretch(start, end, end + timedelta(minutes=self.rest), self.capacity)
            found[slot_name(self.service, opens)] = stretch
        return found

    def rule(self) -> AvailabilityRule:
        """The same as the directory keeps it."""
        clock = [dt.time(9 + minutes // 60, minutes % 60) for minutes in (self.opens, self.closes)]
        return AvailabilityRule(
            rule_id=f"rule-{self.service}",
            profile_id=DOCTOR,
            day_of_week=3,
            start_time=clock[0],
            end_time=clock[1],
            slot_duration=self.length,
            buffer_time=self.rest,
            max_appointments_per_slot=self.capacity,
            service_ids=frozenset({self.service}),
        )


def slot_name(service: str, minutes: int) -> str:
    """The id of the slot that begins so many minutes after nine."""
    return f"{DOCTOR}:{service}:{NINE + timedelta(minutes=minutes):%Y%m%dT%H%MZ}"


# What the doctor offers, as it changes: two services whose slots overlap; other hours; other lengths.
TIMETABLES: list[tuple[Hours, ...]] = [
    (Hours("s-1", 0, 90, 30), Hours("s-2", 0, 60, 45, rest=15, capacity=2)),
    (Hours("s-1", 60, 120, 30),),
    (Hours("s-1", 0, 60, 60), Hours("s-2", 0, 60, 45, rest=15)),
]
SLOTS = {
    name: stretch
    for timetable in TIMETABLES
    for hours in timetable
    for name, stretch in hours.stretches().items()
}


@dataclass(frozen=True)
class Told:
    """An event as its publisher put it on the bus."""

    event_id: str
    at: datetime
    kind: str
    detail: dict[str, Any]

    @property
    def payload(self) -> dict[str, Any]:
        return {
            "eventId": self.event_id,
            "eventTime": to_text(self.at),
            "detailType": self.kind,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Death:
    """Around which commit a process dies, and whether its step is then repeated at once."""

    when: str
    commit: int
    is_repeated: bool


@dataclass
class SlotStoreOfRecords:
    """Slots that lie among the records in memory."""

    booking_store: MemoryBookingStore

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        found = [
            s
            for s in self.booking_store.slots.values()
            if s.profile_id == profile_id and begin <= s.start < end
        ]
        return sorted(found, key=lambda slot: (slot.start, slot.slot_id))[:limit]

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        return [self.booking_store.slots[i] for i in sorted(set(slot_ids)) if i in self.booking_store.slots]

    def write(self, changes: SlotChanges) -> None:
        slots = self.booking_store.slots
        for slot in changes.added:
            self.booking_store.ledger.require(slot.slot_id not in slots)
        for slot in (*changes.changed, *changes.removed):
            there = slots.get(slot.slot_id)
            is_free = there is not None and there.revision == slot.revision and not there.holders
            self.booking_store.ledger.require(is_free)
        slots |= {slot.slot_id: slot for slot in changes.added}
        slots |= {slot.slot_id: replace(slot, revision=slot.revision + 1) for slot in changes.changed}
        for slot in changes.removed:
            del slots[slot.slot_id]


@dataclass
class MortalSlotStore:
    """A slot store whose user dies around a write."""

    inner: SlotStore
    dies_before: int | None = None
    dies_after: int | None = None
    writes: int = 0

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        return self.inner.between(profile_id, begin, end, limit)

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        return self.inner.as_they_stand(profile_id, slot_ids)

    def write(self, changes: SlotChanges) -> None:
        self.writes += 1
        number = self.writes
        if number == self.dies_before:
            raise ProcessDied
        self.inner.write(changes)
        if number == self.dies_after:
            raise ProcessDied


@dataclass
class BookingsClinic:
    """The use cases on these stores; the bus and the payment provider are in memory.

    Attributes:
        bus: what Citas itself has put on the bus and nobody has heard yet.
    """

    booking_store: BookingStore
    store: SlotStore
    bus: MemoryEvents = field(default_factory=MemoryEvents)
    payments: MemoryPayments = field(default_factory=lambda: MemoryPayments(charges={}))
    schedules: MemoryDoctorSchedules = field(default_factory=MemoryDoctorSchedules)

    def schedule(self, timetable: int) -> None:
        """From now on the doctor offers this."""
        hours = TIMETABLES[timetable]
        services = tuple(MedicalService(h.service, DOCTOR, "Consulta general", h.length) for h in hours)
        self.schedules.known[DOCTOR] = DoctorSchedule(PROFILE, services, tuple(h.rule() for h in hours))

    def generate(self, now: datetime, death: Death | None = None) -> None:
        """``slot/generate-daily``; again at once if the process dies."""
        try:
            store = MortalSlotStore(self.store, **_around(death))
            SlotGeneration(self.schedules, store).generate(DOCTOR, [WEDNESDAY], now)
        except ProcessDied:
            SlotGeneration(self.schedules, self.store).generate(DOCTOR, [WEDNESDAY], now)

    def hear(self, told: Told, now: datetime, death: Death | None = None) -> bool:
        """Have the event's workflow run; whether its first commit, if it had one to make, was made."""
        mortal = MortalBookingStore(self.booking_store, **_around(death))
        try:
            self._run(told, mortal, now)
        except REFUSALS:
            return True
        except InvalidEventError as error:
            if not any(known in str(error) for known in (BOOKED_AGAIN, ASKED_FOR_SOMETHING_ELSE)):
                raise
            return True
        except ProcessDied:
            assert death is not None
            # Of several commits only a cancellation's stand each for itself.
            if death.is_repeated or (death.commit > 1 and told.kind != "reservation/cancelled"):
                return self.hear(told, now)
            return death.when == "dies_after" or death.commit > 1
        return True

    def _run(self, told: Told, booking_store: BookingStore, now: datetime) -> None:
        reader = appointments()
        run = f"run-of-{told.event_id}"
        match told.kind:
            case "appointment/created":
                event = ReceivedAppointmentCreated.parse(told.payload)
                ReminderPlanning(booking_store, reader).plan(event, run, now)
            case "appointment/rescheduled":
                move = receive(told.payload, AppointmentRescheduled)
                AppointmentRescheduling(booking_store, reader).reschedule(move, now)
            case "reservation/requested":
                asked = receive(told.payload, ReservationRequested)
                RequestKeeping(booking_store, reader, self.bus).receive(asked, run, now)
            case "reservation/approved" | "reservation/declined":
                self._decide(told, booking_store, now)
            case "reservation/request-expired":
                expiration = RequestExpiration(booking_store, MemoryStatistics(), MemoryMeter())
                expiration.expire(told.detail["requestId"], run, now)
            case _:
                self._cancel(told, booking_store, now)

    def _decide(self, told: Told, booking_store: BookingStore, now: datetime) -> None:
        answer = receive(told.payload, *ANSWERS)
        decisions = RequestDecisions(booking_store, appointments(), self.bus, MemoryRuns())
        if decisions.decide(answer, now).is_booked:
            decisions.announce(told.detail["requestId"])

    def _cancel(self, told: Told, booking_store: BookingStore, now: datetime) -> None:
        cancellation = receive(told.payload, ReservationCancelled)
        plan = ReservationCancelling(booking_store, appointments(), "MXN").cancel(cancellation, now)
        if plan.is_refund_due:
            Refunding(booking_store, self.payments, "MXN").refund(plan.reservation_id, now)

    def pays(self, reservation_id: str) -> str:
        """The charge of what was paid for it."""
        charge_id = f"ch-{reservation_id}"
        self.payments.charges[charge_id] = pesos(PAID)
        return charge_id

    def announcements(self, at: datetime) -> list[Told]:
        """What Citas has put on the bus since the last time, as it will be heard."""
        taken, self.bus.published = self.bus.published, []
        return [
            Told(f"own-{event.to_detail()['reservationId']}", at, event.detail_type, _json(event.to_detail()))
            for event in taken
            if event.detail_type == "appointment/created"
        ]

    def slots(self) -> dict[str, Slot]:
        """All slots there are."""
        return {slot.slot_id: slot for slot in self.store.between(DOCTOR, NINE, LAST)}


def created(event_id: str, at: datetime, who: str, start: datetime, **changes: Any) -> Told:
    """A publisher books."""
    said = detail(reservationId=who, appointmentTime=to_text(start), profileId=DOCTOR, **changes)
    return Told(event_id, at, "appointment/created", said)


def said(event_id: str, at: datetime, kind: str, **fields: Any) -> Told:
    """A publisher says anything else; None leaves a field out."""
    return Told(event_id, at, kind, {name: value for name, value in fields.items() if value is not None})


def _around(death: Death | None) -> dict[str, int]:
    return {death.when: death.commit} if death else {}


def _json(of: Any) -> Any:
    return json.loads(json.dumps(dict(of)))
