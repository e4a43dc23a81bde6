"""Somebody else is quicker, or the process dies: the visit ends once, with its place and its messages."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.appointments.visits import VisitOutcome
from clinic.domain.errors import ReservationClosedError
from clinic.domain.messages.intent import IntentStatus
from clinic.services.messages.delivery import MessageDelivery
from tests.fakes.appointments.bookings import slot
from tests.fakes.appointments.cancellations import CancellationBench
from tests.fakes.appointments.planned import RUN, planning_on
from tests.fakes.appointments.visits import AFTERWARDS, FOLLOW_UP_RUN, completed, follow_ups_on, no_show
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ProcessDied, ScriptedMessenger
from tests.fakes.requests.desk import CrashingBookingStore
from tests.fakes.workflow_ports import MemoryMeter

PLACE = slot(IN_NINE_DAYS, capacity=2)
SUBJECT = "reservation#r-17"


@pytest.fixture
def booking_store() -> CrashingBookingStore:
    """r-17 holds a place in a slot for two, and so does r-18."""
    booking_store = CrashingBookingStore(slots={PLACE.slot_id: PLACE})
    for reservation_id in ("r-17", "r-18"):
        booked = event(
            f"e-{reservation_id}", reservationId=reservation_id, profileId="dr-1", slotId=PLACE.slot_id
        )
        planning_on(booking_store).plan(booked, RUN, NOW)
    return booking_store


def follow_ups(booking_store: CrashingBookingStore) -> dict[str, IntentStatus]:
    return {i.kind: i.status for i in booking_store.intents(SUBJECT) if i.id.is_follow_up}


def test_it_frees_its_own_place_and_nobody_elses(booking_store: CrashingBookingStore) -> None:
    follow_ups_on(booking_store).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert booking_store.slots[PLACE.slot_id].holders == {"r-18"}
    follow_ups_on(booking_store).plan(no_show(reservationId="r-18"), FOLLOW_UP_RUN, AFTERWARDS)
    assert booking_store.slots[PLACE.slot_id].holders == set()
    assert all(not sheet.taken for sheet in booking_store.sheets.values())


@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize("is_completed", [True, False], ids=["completed", "no-show"])
def test_a_process_that_dies_around_its_write_leaves_all_or_nothing(
    booking_store: CrashingBookingStore, dies: str, *, is_completed: bool
) -> None:
    said = completed() if is_completed else no_show()
    planning = follow_ups_on(booking_store)
    booking_store.dies = dies
    with pytest.raises(ProcessDied):
        planning.plan(said, FOLLOW_UP_RUN, AFTERWARDS)
    reservation = booking_store.reservation("r-17")
    assert reservation is not None
    assert reservation.status.is_active is (dies == "before")
    assert ("r-17" in booking_store.slots[PLACE.slot_id].holders) is (dies == "before")
    again = planning.plan(said, FOLLOW_UP_RUN, AFTERWARDS)
    assert len(again.open_intents) == len(follow_ups(booking_store))
    assert booking_store.slots[PLACE.slot_id].holders == {"r-18"}


def test_a_cancellation_that_is_quicker_wins(booking_store: CrashingBookingStore) -> None:
    booking_store.meanwhile = lambda: set_cancelled(booking_store)
    plan = follow_ups_on(booking_store).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, follow_ups(booking_store)) == (VisitOutcome.CLOSED, {})


def test_a_no_show_that_is_quicker_counts_if_it_is_the_newer(booking_store: CrashingBookingStore) -> None:
    later = AFTERWARDS + timedelta(seconds=1)
    booking_store.meanwhile = partial(say_no_show, booking_store, later)
    plan = follow_ups_on(booking_store).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, follow_ups(booking_store)) == (VisitOutcome.STALE, {})


def test_a_follow_up_that_is_leaving_when_a_no_show_comes_is_let_go(
    booking_store: CrashingBookingStore,
) -> None:
    plan = follow_ups_on(booking_store).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    due = plan.open_intents[0].due_at
    messenger = ScriptedMessenger([partial(say_no_show, booking_store, due)])
    MessageDelivery(booking_store.ledger, messenger, gate_on(), MemoryMeter()).deliver(
        plan.open_intents[0].id, due, "request-1"
    )
    assert follow_ups(booking_store) == {
        "follow_up_24h": IntentStatus.SENT,
        "follow_up_1week": IntentStatus.SKIPPED,
    }


def test_a_cancellation_of_a_visit_that_took_place_changes_nothing(
    booking_store: CrashingBookingStore,
) -> None:
    follow_ups_on(booking_store).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    before = booking_store.reservation("r-17")
    with pytest.raises(ReservationClosedError, match="is completed: nothing was cancelled"):
        CancellationBench(booking_store, booking_store.ledger).cancel(AFTERWARDS + timedelta(hours=1))
    assert booking_store.reservation("r-17") == before


def set_cancelled(booking_store: CrashingBookingStore) -> None:
    seen = booking_store.reservation("r-17")
    assert seen is not None
    booking_store.ledger.reservations["r-17"] = replace(seen, status=ReservationStatus.CANCELLED)


def say_no_show(booking_store: CrashingBookingStore, at: datetime) -> None:
    follow_ups_on(booking_store).plan(no_show(at=at), FOLLOW_UP_RUN, at)
