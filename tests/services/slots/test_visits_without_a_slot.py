"""A visit of a doctor kept here that names no slot gets a free place, or its own time; overlaps are told."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from clinic.contracts.events.appointment_changes import ReservationCancelled
from clinic.contracts.events.base import Received
from clinic.contracts.metrics import BOOKING_CONFLICTS
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.directory import Clinic as Place
from clinic.domain.errors import EventBusUnavailableError, SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.slots.availability import AvailabilityRule, MedicalService
from clinic.domain.slots.generation import slot_id
from clinic.domain.slots.slot import DaySheet
from clinic.services.appointments.announcements import ConflictNotices
from clinic.services.appointments.cancellation import ReservationCancelling
from clinic.services.appointments.planning import ReminderPlan, ReminderPlanning
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.slots.ports import DoctorSchedule
from tests.fakes.appointments.bookings import asked
from tests.fakes.appointments.moving import move_event
from tests.fakes.appointments.planned import RUN, appointments, keeping_on
from tests.fakes.examples import CLINIC, NOW, PROFILE, event
from tests.fakes.ports import MemoryDirectory
from tests.fakes.slots.slots import MemoryDoctorSchedules
from tests.fakes.stores.booking_reader import complaints
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter

# A Wednesday, nine o'clock in Tijuana; half hours until noon, five minutes kept free after each.
NINE = datetime(2026, 12, 2, 17, tzinfo=UTC)
THURSDAY = NINE + timedelta(days=1)
EVENING = NINE + timedelta(hours=9)
DAY = NINE.date()


class Clinic:
    """dr-1: s-1 (half an hour) and s-2 (three quarters) at the same hours, a group on Thursdays."""

    def __init__(self, booking_store: StoredRecords | None = None, clinic: Place = CLINIC) -> None:
        self.booking_store = booking_store or MemoryBookingStore()
        services = (
            MedicalService("s-1", "dr-1", "Consulta general", 30),
            MedicalService("s-2", "dr-1", "Limpieza", 45),
            MedicalService("taller", "dr-1", "Taller", 60),
        )
        wednesday = AvailabilityRule(
            rule_id="mie",
            profile_id="dr-1",
            day_of_week=3,
            start_time=time(9),
            end_time=time(12),
            buffer_time=5,
            service_ids=frozenset({"s-1", "s-2"}),
        )
        thursday = AvailabilityRule(
            rule_id="jue",
            profile_id="dr-1",
            day_of_week=4,
            start_time=time(9),
            end_time=time(10),
            max_appointments_per_slot=2,
            service_ids=frozenset({"taller"}),
        )
        schedules = MemoryDoctorSchedules({"dr-1": DoctorSchedule(PROFILE, services, (wednesday, thursday))})
        directory = MemoryDirectory(clinics={"main": clinic}, profiles={"dr-1": PROFILE})
        self.schedules = schedules
        self.reader = appointments(directory, schedules=schedules)
        self.bus, self.meter = MemoryEvents(), MemoryMeter()
        self.count = 0

    def book(self, who: str = "r-1", start: datetime = NINE, **changes: Any) -> ReminderPlan:
        self.count += 1
        at = NOW + timedelta(seconds=self.count)
        said = {"reservationId": who, "appointmentTime": to_text(start), "profileId": "dr-1", **changes}
        return ReminderPlanning(self.booking_store, self.reader).plan(
            event(f"e-{self.count}", at, **said), RUN, at
        )

    def move(self, who: str, start: datetime, new: str | None = None, **changes: Any) -> str:
        self.count += 1
        at = NOW + timedelta(seconds=self.count)
        said = {"oldReservationId": who, "newReservationId": new or who, "newSlotId": None, **changes}
        moved = move_event(f"m-{self.count}", at, newAppointmentTime=to_text(start), **said)
        return AppointmentRescheduling(self.booking_store, self.reader).reschedule(moved, at).outcome.value

    def cancel(self, who: str) -> None:
        cancelled = Received("c-1", NOW + timedelta(minutes=9), ReservationCancelled(reservationId=who))
        at = cancelled.event_time
        ReservationCancelling(self.booking_store, self.reader, "MXN").cancel(cancelled, at)

    def tell(self, who: str) -> bool:
        return ConflictNotices(self.booking_store, self.bus, self.meter).tell(who, NOW + timedelta(minutes=5))

    def reservation(self, who: str) -> Reservation:
        found = self.booking_store.reservation(who)
        assert found is not None
        return found

    def place_of(self, who: str) -> str | None:
        """Its slot, or how long it takes by itself."""
        details = self.reservation(who).details
        if details.takes_until is None or details.takes_from is not None:
            return details.slot_id
        return f"{(details.takes_until - details.appointment_time).total_seconds() / 60:.0f} min"

    def meets(self, who: str) -> tuple[set[str], set[str]] | None:
        conflict = self.reservation(who).conflict
        return (set(conflict.slot_ids), set(conflict.reservation_ids)) if conflict else None

    def taken(self) -> set[str]:
        """What takes the doctor's time on that Wednesday."""
        if isinstance(self.booking_store, MemoryBookingStore):
            return set(self.booking_store.sheets.get(("dr-1", DAY), DaySheet("dr-1", DAY)).taken)
        (found,) = self.booking_store.bookings("dr-1", slot_id("dr-1", "s-1", NINE))
        return {entry for sheet in (found.sheets if found else ()) for entry in sheet.taken}


def at(start: datetime, service: str = "s-1") -> str:
    return slot_id("dr-1", service, start)


def lose_the_event() -> None:
    raise EventBusUnavailableError("away")


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


def test_it_takes_the_place_of_its_service_and_time_and_the_next_one_is_told(
    booking_store: StoredRecords,
) -> None:
    clinic = Clinic(booking_store)
    clinic.book(serviceId="s-1")
    assert (clinic.place_of("r-1"), clinic.taken()) == (at(NINE), {at(NINE)})
    plan = clinic.book("r-2", serviceId="s-1")
    assert plan.is_conflict_untold
    assert len(plan.open_intents) == 3  # confirmed and reminded like any other
    assert (clinic.place_of("r-2"), clinic.taken()) == ("30 min", {at(NINE), "visit#r-2"})
    assert clinic.meets("r-2") == ({at(NINE)}, {"r-1"})
    with pytest.raises(SlotNotAvailableError, match="is full"):
        clinic.book("r-3", slotId=at(NINE))
    clinic.cancel("r-2")
    assert clinic.taken() == {at(NINE)}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"serviceId": "s-2"}, at(NINE, "s-2")),
        ({"serviceName": " LIMPIEZA "}, at(NINE, "s-2")),
        ({"serviceName": "Otra cosa"}, "20 min"),  # two services begin then: which one is meant nobody knows
        ({"slotId": "suyo-17"}, at(NINE)),  # a slot's id of the publisher's own says nothing here
        ({"start": NINE + timedelta(minutes=10)}, "30 min"),  # no slot begins then
        ({"start": EVENING, "serviceId": "s-2"}, "45 min"),
        ({"start": EVENING, "durationMinutes": 90}, "90 min"),
        ({"start": NINE, "serviceId": "s-1", "durationMinutes": 20}, at(NINE)),
        ({"start": EVENING, "serviceName": "Otra cosa"}, "20 min"),
        (
            {"start": NINE + timedelta(days=1), "serviceName": "Taller"},
            at(NINE + timedelta(days=1), "taller"),
        ),
        # No place in a group is given to who has not asked for it.
        ({"start": THURSDAY, "serviceName": "Otra cosa"}, "20 min"),
    ],
)
def test_which_place_it_gets_or_how_long_it_takes(changes: dict[str, Any], place: str | None) -> None:
    clinic = Clinic(clinic=replace(CLINIC, default_visit_minutes=20))
    clinic.book(**changes)
    assert clinic.place_of("r-1") == place
    assert clinic.reservation("r-1").conflict is None


def test_no_slot_is_booked_into_its_time_until_it_is_gone(clinic: Clinic) -> None:
    clinic.book(start=NINE + timedelta(minutes=10))
    for service in ("s-1", "s-2"):
        with pytest.raises(SlotNotAvailableError, match="meets visit#r-1"):
            clinic.book("r-2", slotId=at(NINE, service))
    held = keeping_on(clinic.booking_store, clinic.reader).receive(
        asked("q-1", at(NINE), NOW + timedelta(hours=1)), RUN, NOW
    )
    assert held.outcome == "slot_not_available"
    clinic.cancel("r-1")
    clinic.book("r-2", slotId=at(NINE))
    assert clinic.place_of("r-2") == at(NINE)


def test_two_visits_that_overlap_are_a_conflict_too_and_touching_ends_are_none(clinic: Clinic) -> None:
    clinic.book("r-1", EVENING)
    clinic.book("r-2", EVENING + timedelta(minutes=30))
    clinic.book("r-3", EVENING + timedelta(minutes=29))
    assert (clinic.meets("r-1"), clinic.meets("r-2")) == (None, None)
    assert clinic.meets("r-3") == (set(), {"r-1", "r-2"})


def test_a_visit_over_midnight_takes_the_time_of_both_days(clinic: Clinic) -> None:
    midnight = datetime(2026, 12, 3, tzinfo=UTC)
    clinic.book("r-1", midnight - timedelta(minutes=30), durationMinutes=60)
    clinic.book("r-2", midnight + timedelta(minutes=10))
    assert clinic.meets("r-2") == (set(), {"r-1"})


def test_a_move_takes_its_time_along_and_leaves_the_old_one(clinic: Clinic) -> None:
    clinic.book("r-1", EVENING, durationMinutes=50)
    clinic.book("r-2", EVENING + timedelta(minutes=40))
    assert clinic.meets("r-2") == (set(), {"r-1"})
    # By its own event, by a rescheduling, and to another reservation; into what was its own time, too.
    clinic.book("r-1", EVENING + timedelta(minutes=20), durationMinutes=50)
    assert clinic.meets("r-1") == (set(), {"r-2"})
    assert clinic.move("r-1", EVENING - timedelta(minutes=60)) == "rescheduled"
    assert (clinic.place_of("r-1"), clinic.meets("r-1")) == ("50 min", None)
    assert clinic.move("r-1", NINE, "r-1b") == "rescheduled"
    assert (clinic.place_of("r-1b"), clinic.taken()) == (at(NINE), {at(NINE), "visit#r-1b"})
    assert clinic.move("r-1b", NINE + timedelta(minutes=5), "r-1c") == "rescheduled"
    assert (clinic.place_of("r-1c"), clinic.taken()) == ("50 min", {"visit#r-1c"})
    assert clinic.move("r-1c", NINE + timedelta(minutes=35), newSlotId=at(NINE + timedelta(minutes=35))) == (
        "rescheduled"
    )
    assert clinic.taken() == {at(NINE + timedelta(minutes=35)), "visit#r-1c"}


def test_a_correction_keeps_the_time_and_what_was_told_of_it(clinic: Clinic) -> None:
    clinic.book("r-1", slotId=at(NINE))
    clinic.book("r-2", NINE + timedelta(minutes=10))
    assert clinic.tell("r-2")
    told = clinic.reservation("r-2").conflict
    clinic.cancel("r-1")
    plan = clinic.book("r-2", NINE + timedelta(minutes=10), patientName="Otra Ficticia")
    assert (clinic.reservation("r-2").conflict, plan.is_conflict_untold) == (told, False)
    clinic.book("r-2", NINE + timedelta(minutes=10), durationMinutes=15)
    assert clinic.place_of("r-2") == "15 min"


def test_a_pending_place_of_its_own_becomes_its_place(clinic: Clinic) -> None:
    keeping_on(clinic.booking_store, clinic.reader).receive(
        asked("q-1", at(NINE), NOW + timedelta(hours=1), reservationId="r-1"), RUN, NOW
    )
    clinic.book("r-1", serviceName="Otra cosa")
    assert (clinic.place_of("r-1"), clinic.meets("r-1"), clinic.taken()) == (at(NINE), None, {at(NINE)})


def test_a_clinic_may_refuse_overlaps(clinic: Clinic) -> None:
    strict = Clinic(clinic=replace(CLINIC, overlaps="refuse"))
    strict.book("r-1", EVENING)
    with pytest.raises(SlotNotAvailableError, match="appointmentTime: visit#r-1 takes the time of dr-1"):
        strict.book("r-2", EVENING)
    assert strict.booking_store.reservation("r-2") is None
    strict.book("r-3", EVENING + timedelta(hours=1))
    assert strict.move("r-3", EVENING) == "slot_not_available"
    assert strict.place_of("r-3") == "30 min"


def test_a_conflict_is_told_once_with_ids_alone(booking_store: StoredRecords) -> None:
    clinic = Clinic(booking_store)
    clinic.book("r-1", slotId=at(NINE))
    clinic.book("r-2", NINE + timedelta(minutes=10))
    clinic.bus.before = lose_the_event
    with pytest.raises(EventBusUnavailableError):
        clinic.tell("r-2")
    assert [clinic.tell("r-2"), clinic.tell("r-2"), clinic.tell("r-1")] == [True, False, False]
    (told,) = clinic.bus.published
    assert (told.detail_type, dict(told.to_detail())) == (
        "booking/conflict",
        {
            "reservationId": "r-2",
            "version": 1,
            "profileId": "dr-1",
            "appointmentTime": to_text(NINE + timedelta(minutes=10)),
            "endsAt": to_text(NINE + timedelta(minutes=40)),
            "slotIds": [at(NINE)],
            "reservationIds": ["r-1"],
        },
    )
    assert clinic.meter.added == [(BOOKING_CONFLICTS.name, 1, {})]
    conflict = clinic.reservation("r-2").conflict
    assert conflict is not None
    assert conflict.told_at == NOW + timedelta(minutes=5)


LATER = NINE + timedelta(minutes=35)
NINETY = NINE + timedelta(minutes=90)


def test_a_visit_that_lasts_longer_than_its_slot_takes_the_time_after_it_too(
    booking_store: StoredRecords,
) -> None:
    clinic = Clinic(booking_store)
    clinic.book(serviceId="s-1", durationMinutes=90)
    assert clinic.reservation("r-1").details.slot_id == at(NINE)
    assert clinic.reservation("r-1").details.own_time == (LATER, NINETY)
    assert (clinic.taken(), clinic.meets("r-1")) == ({at(NINE), "visit#r-1"}, None)
    assert complaints(clinic.booking_store, "dr-1", NOW) == ()
    for start in (LATER, NINE + timedelta(minutes=70)):
        with pytest.raises(SlotNotAvailableError, match="meets visit#r-1"):
            clinic.book("r-2", start, slotId=at(start))
    after = NINE + timedelta(minutes=105)
    clinic.book("r-2", after, slotId=at(after))
    # Moved with its length, then cancelled: what it took is free again.
    assert clinic.move("r-1", LATER) == "rescheduled"
    assert clinic.reservation("r-1").details.own_time == (
        NINE + timedelta(minutes=70),
        LATER + timedelta(minutes=90),
    )
    assert clinic.meets("r-1") == ({at(after)}, {"r-2"})
    clinic.book("r-3", slotId=at(NINE))
    clinic.cancel("r-1")
    assert clinic.taken() == {at(NINE), at(after)}


@pytest.mark.parametrize("named", [None, at(NINE)])
def test_a_visit_that_is_said_to_last_longer_meets_who_comes_after_it(
    clinic: Clinic, named: str | None
) -> None:
    clinic.book("r-1", serviceId="s-1", durationMinutes=30)
    clinic.book("r-2", LATER, slotId=at(LATER))
    plan = clinic.book("r-1", serviceId="s-1", slotId=named, durationMinutes=90)
    assert plan.is_conflict_untold
    assert clinic.meets("r-1") == ({at(LATER)}, {"r-2"})
    assert clinic.reservation("r-1").details.slot_id == at(NINE)
    assert clinic.tell("r-1")
    assert not clinic.book("r-1", patientName="Otra Ficticia").is_conflict_untold
    clinic.book("r-1", serviceId="s-1", durationMinutes=20)
    assert (clinic.taken(), clinic.meets("r-1")) == ({at(NINE), at(LATER)}, None)


def test_a_clinic_that_refuses_overlaps_refuses_the_time_after_a_slot_too() -> None:
    strict = Clinic(clinic=replace(CLINIC, overlaps="refuse"))
    strict.book("r-1", LATER, slotId=at(LATER))
    for named in (None, at(NINE)):
        with pytest.raises(SlotNotAvailableError, match="takes the time of dr-1"):
            strict.book("r-2", slotId=named, durationMinutes=90)
    assert strict.booking_store.reservation("r-2") is None
    strict.book("r-2", durationMinutes=35)  # the buffer is long enough
    assert strict.taken() == {at(NINE), at(LATER)}
    with pytest.raises(SlotNotAvailableError, match="takes the time of dr-1"):
        strict.book("r-2", durationMinutes=36)
    assert strict.taken() == {at(NINE), at(LATER)}


def test_members_of_a_group_may_last_longer_than_it_without_meeting_each_other(clinic: Clinic) -> None:
    workshop = at(THURSDAY, "taller")
    for who in ("r-1", "r-2"):
        clinic.book(who, THURSDAY, slotId=workshop, durationMinutes=90)
        assert (clinic.reservation(who).details.slot_id, clinic.meets(who)) == (workshop, None)
    clinic.book("r-3", THURSDAY + timedelta(minutes=75))
    assert clinic.meets("r-3") == (set(), {"r-1", "r-2"})
    assert complaints(clinic.booking_store, "dr-1", NOW) == ()


def test_a_place_that_goes_while_a_longer_visit_is_booked_is_looked_at_again(clinic: Clinic) -> None:
    assert isinstance(clinic.booking_store, MemoryBookingStore)
    clinic.booking_store.meanwhile = lambda: (clinic.book("r-2", LATER, slotId=at(LATER)), None)[1]
    clinic.book("r-1", durationMinutes=90)
    assert clinic.meets("r-1") == ({at(LATER)}, {"r-2"})
