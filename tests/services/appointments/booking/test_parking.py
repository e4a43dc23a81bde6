"""Reminders far ahead: no run waits for them, the night finds those that are near, and nothing is left."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.appointments.reservation import Arrival, Reservation
from clinic.domain.errors import AppointmentTooFarAheadError, EventBusUnavailableError
from clinic.domain.instants import to_text
from clinic.services.appointments.parking import ParkedPage, ParkedVisits
from clinic.services.appointments.planning import ReminderPlan, ReminderPlanning
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from tests.fakes.appointments.cancellations import CancellationBench
from tests.fakes.appointments.moving import move_event
from tests.fakes.appointments.planned import RUN, appointments, planning_on
from tests.fakes.appointments.visits import completed, follow_ups_on
from tests.fakes.examples import NOW, event
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.workflow_ports import MemoryEvents

A_DAY = timedelta(days=1)
HORIZON = timedelta(days=30)
FAR = NOW + timedelta(days=400)
TAKEN_UP = FAR - A_DAY - HORIZON  # the first reminder's turn, the horizon before it
SECOND_RUN = f"{RUN}-second"


@dataclass
class MemoryParked:
    """What is parked among records in memory, as the index would show it."""

    booking_store: MemoryBookingStore

    def due(self, now: datetime, page_size: int, cursor: str = "") -> ParkedPage:
        waiting = [
            kept
            for name, kept in sorted(self.booking_store.ledger.reservations.items())
            if kept.parked_until is not None and kept.parked_until <= now and name > cursor
        ]
        page = waiting[:page_size]
        following = page[-1].reservation_id if len(page) == page_size else ""
        return ParkedPage(tuple(kept.details for kept in page), following)


@dataclass
class Clinic:
    """Bookings, nights, and what Citas itself has put on the bus since."""

    booking_store: MemoryBookingStore = field(default_factory=MemoryBookingStore)
    bus: MemoryEvents = field(default_factory=MemoryEvents)
    page_size: int = 200

    @property
    def planning(self) -> ReminderPlanning:
        return planning_on(self.booking_store)

    def book(self, visit: datetime = FAR, reservation_id: str = "r-17", at: datetime = NOW) -> ReminderPlan:
        named = event(f"e-{reservation_id}", at, reservationId=reservation_id, appointmentTime=to_text(visit))
        return self.planning.plan(named, RUN, at)

    def night(self, now: datetime) -> list[str]:
        """All pages of a night; whose visits it announces."""
        offsets = appointments().offsets
        use_case = ParkedVisits(MemoryParked(self.booking_store), self.bus, offsets, self.page_size)
        cursor, published = "", len(self.bus.published)
        while True:
            done = use_case.announce_page(cursor, now)
            cursor = done.cursor
            if not cursor:
                return [it.to_detail()["reservationId"] for it in self.bus.published[published:]]

    def hear(self, now: datetime, **changes: Any) -> ReminderPlan:
        """A run takes up what was announced last."""
        detail = {**self.bus.published[-1].to_detail(), **changes}
        envelope = {"eventId": "a-1", "eventTime": to_text(now), "detail": detail}
        return self.planning.plan(ReceivedAppointmentCreated.parse(envelope), SECOND_RUN, now)

    def reservation(self, reservation_id: str = "r-17") -> Reservation:
        found = self.booking_store.reservation(reservation_id)
        assert found is not None
        return found


def kinds(plan: ReminderPlan) -> list[str]:
    return [intent.kind for intent in plan.open_intents]


def test_a_far_visit_is_confirmed_at_once_and_its_reminders_wait_in_the_ledger() -> None:
    clinic = Clinic()
    plan = clinic.book()
    assert (plan.arrival, kinds(plan)) == (Arrival.NEW, ["confirmation"])
    planned = {i.kind: i.due_at for i in clinic.booking_store.intents("reservation#r-17") if i.status.is_open}
    assert planned["reminder_24h"] == FAR - A_DAY
    assert (plan.reservation.parked_until, clinic.reservation().parked_until) == (TAKEN_UP, TAKEN_UP)
    again = clinic.book()
    assert (again.arrival, kinds(again)) == (Arrival.SAME_TIME, ["confirmation"])


@pytest.mark.parametrize(("beyond", "is_parked"), [(timedelta(0), False), (timedelta(seconds=1), True)])
def test_a_run_waits_for_a_first_reminder_that_is_due_within_the_horizon(
    beyond: timedelta, is_parked: bool
) -> None:
    plan = Clinic().book(NOW + HORIZON + A_DAY + beyond)
    assert (plan.reservation.parked_until is not None) is is_parked
    assert kinds(plan) == ["confirmation", *["reminder_24h", "reminder_2h"] * (not is_parked)]


def test_the_horizon_is_as_configured() -> None:
    booking_store = MemoryBookingStore()
    planning = ReminderPlanning(booking_store, appointments(), timedelta(days=5))
    plan = planning.plan(event(), RUN, NOW)
    assert plan.reservation.parked_until == plan.reservation.appointment_time - A_DAY - timedelta(days=5)


def test_the_night_on_which_it_comes_near_has_a_run_keep_time_for_it_and_no_other_does() -> None:
    clinic = Clinic()
    clinic.book()
    clinic.book(FAR + A_DAY, "r-later")
    assert clinic.night(TAKEN_UP - timedelta(seconds=1)) == []
    assert clinic.night(TAKEN_UP) == ["r-17"]
    plan = clinic.hear(TAKEN_UP)
    assert kinds(plan) == ["confirmation", "reminder_24h", "reminder_2h"]  # that is still unsent here
    assert (plan.reservation.parked_until, SECOND_RUN in plan.reservation.runs) == (None, True)
    assert clinic.night(TAKEN_UP) == []


def test_until_a_run_has_taken_it_up_every_night_announces_it_again_and_twice_is_as_once() -> None:
    clinic = Clinic()
    clinic.book()
    assert clinic.night(TAKEN_UP) == clinic.night(TAKEN_UP + A_DAY) == ["r-17"]
    first, second = clinic.hear(TAKEN_UP + A_DAY), clinic.hear(TAKEN_UP + A_DAY)
    assert kinds(first) == kinds(second)
    assert len(clinic.booking_store.intents("reservation#r-17")) == 3


def test_a_night_goes_page_by_page_and_misses_nobody() -> None:
    clinic = Clinic(page_size=2)
    names = [f"r-{number}" for number in range(5)]
    for name in names:
        clinic.book(reservation_id=name)
    assert clinic.night(TAKEN_UP) == names


def test_a_page_that_the_bus_did_not_take_is_announced_again() -> None:
    clinic = Clinic()
    clinic.book()

    class Down(MemoryEvents):
        def publish(self, events: Any) -> None:
            raise EventBusUnavailableError("down")

    with pytest.raises(EventBusUnavailableError):
        ParkedVisits(MemoryParked(clinic.booking_store), Down(), ()).announce_page("", TAKEN_UP)
    assert clinic.night(TAKEN_UP) == ["r-17"]


def test_an_offset_that_is_no_longer_configured_keeps_no_visit_from_being_taken_up() -> None:
    clinic = Clinic()
    clinic.book()
    seen = clinic.reservation()
    two = (appointments(offsets="72h,2h").offsets[0], seen.details.offsets[1])
    clinic.booking_store.ledger.reservations["r-17"] = replace(
        seen, details=replace(seen.details, offsets=two)
    )
    clinic.night(TAKEN_UP)
    assert clinic.bus.published[-1].to_detail()["reminderOffsets"] == ["2h"]
    assert "reminder_2h" in kinds(clinic.hear(TAKEN_UP))


def test_what_the_index_still_shows_of_a_visit_that_moved_or_ended_since_does_nothing() -> None:
    clinic = Clinic()
    clinic.book()
    clinic.night(TAKEN_UP)
    clinic.planning.plan(event("e-2", NOW + A_DAY, appointmentTime=to_text(FAR + A_DAY)), RUN, NOW + A_DAY)
    assert (clinic.hear(TAKEN_UP).arrival, clinic.reservation().parked_until) == (
        Arrival.STALE,
        TAKEN_UP + A_DAY,
    )


@pytest.mark.parametrize("ending", ["cancelled", "completed", "moved", "rescheduled", "moved near"])
def test_a_parked_visit_can_be_cancelled_completed_and_moved_and_nothing_of_it_remains(ending: str) -> None:
    clinic = Clinic()
    clinic.book()
    later = NOW + A_DAY
    near = to_text(NOW + timedelta(days=9))
    match ending:
        case "cancelled":
            CancellationBench(clinic.booking_store, clinic.booking_store.ledger).cancel(later)
        case "completed":
            follow_ups_on(clinic.booking_store).plan(completed(at=FAR, appointmentDate=None), RUN, FAR)
        case "moved near":
            clinic.planning.plan(event("e-2", later, appointmentTime=near), RUN, later)
        case "moved":
            clinic.planning.plan(event("e-2", later, appointmentTime=to_text(FAR + A_DAY)), RUN, later)
        case _:
            moved = {"newSlotId": None, "profileId": None, "newAppointmentTime": near}
            moving = AppointmentRescheduling(clinic.booking_store, appointments())
            moving.reschedule(move_event("m-1", later, **moved), later)
    parked = clinic.reservation().parked_until
    assert parked == (TAKEN_UP + A_DAY if ending == "moved" else None)
    assert clinic.night(TAKEN_UP) == []
    first_version = [i for i in clinic.booking_store.intents("reservation#r-17") if i.id.version == 1]
    if ending != "completed":
        assert [i.kind for i in first_version if i.status.is_open and i.id.follows_appointment] == []


def test_a_year_that_can_only_be_mistyped_is_refused() -> None:
    with pytest.raises(AppointmentTooFarAheadError, match="expected at most 3660 days ahead"):
        Clinic().book(NOW + timedelta(days=3661))
