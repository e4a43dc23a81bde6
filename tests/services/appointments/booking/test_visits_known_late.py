"""Visits that Citas is told of late: booked elsewhere and brought in, or begun by then."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.domain.appointments.reservation import Arrival, ReservationStatus
from clinic.domain.errors import AppointmentInThePastError, SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.requests.request import RequestStatus
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.planning import ReminderPlan, ReminderPlanning
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.appointments.visits import completed, follow_ups_on, no_show
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.requests.desk import SLOT, Desk
from tests.fakes.stores.booking_store import MemoryBookingStore

HOUR = timedelta(hours=1)
BEGUN = slot(NOW - HOUR)
OTHER = slot(IN_NINE_DAYS + HOUR)


@pytest.fixture
def booking_store() -> MemoryBookingStore:
    return MemoryBookingStore(slots={each.slot_id: each for each in (SLOT, OTHER, BEGUN)})


@pytest.fixture
def planning(booking_store: MemoryBookingStore) -> ReminderPlanning:
    return planning_on(booking_store)


def booked(
    wanted: Slot, event_id: str = "e-1", minutes: int = 0, **changes: Any
) -> ReceivedAppointmentCreated:
    where = {"profileId": "dr-1", "slotId": wanted.slot_id, "appointmentTime": to_text(wanted.start)}
    return event(event_id, NOW + timedelta(minutes=minutes), **{**where, **changes})


def messages(booking_store: MemoryBookingStore) -> dict[str, str]:
    found = booking_store.intents("reservation#r-17")
    return {f"v{i.id.version} {i.kind}": i.reason or i.status.value for i in found}


def sent_next(plan: ReminderPlan) -> list[str]:
    return [f"v{intent.id.version} {intent.kind}" for intent in plan.open_intents]


def test_an_imported_visit_takes_its_place_and_is_reminded_of_but_not_confirmed(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    plan = planning.plan(booked(SLOT, isImport=True), RUN, NOW)
    assert sent_next(plan) == ["v1 reminder_24h", "v1 reminder_2h"]
    assert messages(booking_store)["v1 confirmation"] == "imported"
    assert booking_store.slots[SLOT.slot_id].booked == {"r-17"}
    with pytest.raises(SlotNotAvailableError):
        planning.plan(booked(SLOT, "e-2", reservationId="r-18", isImport=True), RUN, NOW)


def test_of_an_imported_visit_only_reminders_still_due_are_planned(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    plan = planning.plan(event(appointmentTime=to_text(NOW + 10 * HOUR), isImport=True), RUN, NOW)
    assert sent_next(plan) == ["v1 reminder_2h"]
    assert messages(booking_store)["v1 reminder_24h"] == "booked_after_due"


def test_an_imported_visit_that_is_published_again_is_still_not_confirmed(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    planning.plan(booked(SLOT, isImport=True), RUN, NOW)
    again = planning.plan(booked(SLOT, "e-2", 5, patientPhone="+52 55 0000 0003"), RUN, NOW + HOUR)
    assert (again.arrival, "v1 confirmation" in sent_next(again)) == (Arrival.SAME_TIME, False)
    assert messages(booking_store)["v1 confirmation"] == "imported"


def test_an_import_of_what_was_confirmed_changes_nothing(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    planning.plan(booked(SLOT), RUN, NOW)
    planning.plan(booked(SLOT, "e-2", 5, isImport=True), RUN, NOW + HOUR)
    assert messages(booking_store)["v1 confirmation"] == "planned"


@pytest.mark.parametrize(("is_import", "is_told"), [(False, True), (True, False)])
def test_a_later_move_of_it_tells_as_usual_unless_it_is_an_import_too(
    planning: ReminderPlanning, booking_store: MemoryBookingStore, is_import: bool, is_told: bool
) -> None:
    planning.plan(booked(SLOT, isImport=True), RUN, NOW)
    moved = planning.plan(booked(OTHER, "e-2", 5, isImport=is_import), RUN, NOW + HOUR)
    assert ("v2 confirmation" in sent_next(moved)) is is_told
    assert booking_store.slots[OTHER.slot_id].booked == {"r-17"}
    assert booking_store.slots[SLOT.slot_id].holders == set()


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(seconds=1), timedelta(days=300)])
@pytest.mark.parametrize("is_import", [False, True])
def test_a_visit_that_has_begun_is_kept_and_nobody_is_told(
    planning: ReminderPlanning, booking_store: MemoryBookingStore, ago: timedelta, is_import: bool
) -> None:
    walk_in = event(appointmentTime=to_text(NOW - ago), isImport=is_import)
    plan = planning.plan(walk_in, RUN, NOW)
    assert (plan.arrival, plan.reservation.status) == (Arrival.WALK_IN, ReservationStatus.CONFIRMED)
    assert (plan.open_intents, messages(booking_store)) == ((), {"v1 confirmation": "visit_has_begun"})
    assert planning.plan(walk_in, RUN, NOW).arrival is Arrival.SAME_TIME


def test_it_needs_no_slot_and_names_none_that_it_does_not_hold(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    assert planning.plan(booked(BEGUN), RUN, NOW).reservation.details.slot_id is None
    assert booking_store.slots[BEGUN.slot_id].holders == set()
    again = planning.plan(booked(BEGUN, "e-2", 5), RUN, NOW + HOUR)
    assert (again.arrival, again.reservation.details.slot_id) == (Arrival.SAME_TIME, None)


def test_booked_by_its_publisher_after_it_has_begun_it_keeps_the_place_that_its_request_holds() -> None:
    desk = Desk()
    desk.ask(expires_at=SLOT.start)
    plan = desk.announce_appointment(now=SLOT.start, appointmentTime=to_text(SLOT.start))
    assert (plan.arrival, desk.places()) == (Arrival.WALK_IN, {"q-1": "booked"})
    desk.expire(now=SLOT.start)
    assert (desk.request().status, desk.places()) == (RequestStatus.APPROVED, {"q-1": "booked"})


def test_a_visit_that_took_place_earlier_than_planned_gives_its_place_back_and_ends_its_reminders(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    planning.plan(booked(SLOT), RUN, NOW)
    earlier = event("e-2", NOW + HOUR, appointmentTime=to_text(NOW))
    assert planning.plan(earlier, RUN, NOW + HOUR).arrival is Arrival.WALK_IN
    assert booking_store.slots[SLOT.slot_id].holders == set()
    assert messages(booking_store) == {
        "v1 confirmation": "appointment_moved",
        "v1 reminder_24h": "appointment_moved",
        "v1 reminder_2h": "appointment_moved",
        "v2 confirmation": "visit_has_begun",
    }


def test_its_end_is_followed_up_and_a_no_show_is_taken(
    planning: ReminderPlanning, booking_store: MemoryBookingStore
) -> None:
    for reservation_id in ("r-17", "r-18"):
        walk_in = event(appointmentTime=to_text(NOW - HOUR), reservationId=reservation_id)
        planning.plan(walk_in, RUN, NOW)
    ended = completed(at=NOW, appointmentDate=None, followUpType=None)
    plan = follow_ups_on(booking_store).plan(ended, RUN, NOW)
    assert [intent.kind for intent in plan.open_intents] == ["follow_up_24h"]
    follow_ups_on(booking_store).plan(no_show(at=NOW, reservationId="r-18"), RUN, NOW)
    missed = booking_store.reservation("r-18")
    assert missed is not None
    assert missed.status is ReservationStatus.NO_SHOW


def test_a_year_that_can_only_be_mistyped_is_refused(planning: ReminderPlanning) -> None:
    with pytest.raises(AppointmentInThePastError, match="appointmentTime: expected at most 3660 days ago"):
        planning.plan(event(appointmentTime="1026-12-02T16:00:00Z"), RUN, NOW)
