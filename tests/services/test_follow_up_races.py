"""Somebody else is quicker, or the process dies: the visit ends once, with its place and its messages."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import pytest

from clinic.domain.errors import ReservationClosedError
from clinic.domain.intents import IntentStatus
from clinic.domain.reservations import ReservationStatus
from clinic.domain.visits import VisitOutcome
from clinic.services.delivery import MessageDelivery
from tests.fakes.bookings import slot
from tests.fakes.cancellations import CancellationBench
from tests.fakes.channel import gate_on
from tests.fakes.desk import CrashingRecords
from tests.fakes.examples import IN_NINE_DAYS, NOW, event
from tests.fakes.planned import RUN, planning_on
from tests.fakes.ports import ProcessDied, ScriptedMessenger
from tests.fakes.visits import AFTERWARDS, FOLLOW_UP_RUN, completed, follow_ups_on, no_show

PLACE = slot(IN_NINE_DAYS, capacity=2)
SUBJECT = "reservation#r-17"


@pytest.fixture
def records() -> CrashingRecords:
    """r-17 holds a place in a slot for two, and so does r-18."""
    records = CrashingRecords(slots={PLACE.slot_id: PLACE})
    for reservation_id in ("r-17", "r-18"):
        booked = event(
            f"e-{reservation_id}", reservationId=reservation_id, profileId="dr-1", slotId=PLACE.slot_id
        )
        planning_on(records).plan(booked, RUN, NOW)
    return records


def follow_ups(records: CrashingRecords) -> dict[str, IntentStatus]:
    return {i.kind: i.status for i in records.intents(SUBJECT) if i.id.is_follow_up}


def test_it_frees_its_own_place_and_nobody_elses(records: CrashingRecords) -> None:
    follow_ups_on(records).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert records.slots[PLACE.slot_id].holders == {"r-18"}
    follow_ups_on(records).plan(no_show(reservationId="r-18"), FOLLOW_UP_RUN, AFTERWARDS)
    assert records.slots[PLACE.slot_id].holders == set()
    assert all(not sheet.taken for sheet in records.sheets.values())


@pytest.mark.parametrize("dies", ["before", "after"])
@pytest.mark.parametrize("is_completed", [True, False], ids=["completed", "no-show"])
def test_a_process_that_dies_around_its_write_leaves_all_or_nothing(
    records: CrashingRecords, dies: str, *, is_completed: bool
) -> None:
    said = completed() if is_completed else no_show()
    planning = follow_ups_on(records)
    records.dies = dies
    with pytest.raises(ProcessDied):
        planning.plan(said, FOLLOW_UP_RUN, AFTERWARDS)
    reservation = records.reservation("r-17")
    assert reservation is not None
    assert reservation.status.is_active is (dies == "before")
    assert ("r-17" in records.slots[PLACE.slot_id].holders) is (dies == "before")
    again = planning.plan(said, FOLLOW_UP_RUN, AFTERWARDS)
    assert len(again.open_intents) == len(follow_ups(records))
    assert records.slots[PLACE.slot_id].holders == {"r-18"}


def test_a_cancellation_that_is_quicker_wins(records: CrashingRecords) -> None:
    records.meanwhile = lambda: set_cancelled(records)
    plan = follow_ups_on(records).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, follow_ups(records)) == (VisitOutcome.CLOSED, {})


def test_a_no_show_that_is_quicker_counts_if_it_is_the_newer(records: CrashingRecords) -> None:
    later = AFTERWARDS + timedelta(seconds=1)
    records.meanwhile = partial(say_no_show, records, later)
    plan = follow_ups_on(records).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    assert (plan.outcome, follow_ups(records)) == (VisitOutcome.STALE, {})


def test_a_follow_up_that_is_leaving_when_a_no_show_comes_is_let_go(records: CrashingRecords) -> None:
    plan = follow_ups_on(records).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    due = plan.open_intents[0].due_at
    messenger = ScriptedMessenger([partial(say_no_show, records, due)])
    MessageDelivery(records.ledger, messenger, gate_on()).deliver(plan.open_intents[0].id, due, "request-1")
    assert follow_ups(records) == {
        "follow_up_24h": IntentStatus.SENT,
        "follow_up_1week": IntentStatus.SKIPPED,
    }


def test_a_cancellation_of_a_visit_that_took_place_changes_nothing(records: CrashingRecords) -> None:
    follow_ups_on(records).plan(completed(), FOLLOW_UP_RUN, AFTERWARDS)
    before = records.reservation("r-17")
    with pytest.raises(ReservationClosedError, match="is completed: nothing was cancelled"):
        CancellationBench(records, records.ledger).cancel(AFTERWARDS + timedelta(hours=1))
    assert records.reservation("r-17") == before


def set_cancelled(records: CrashingRecords) -> None:
    seen = records.reservation("r-17")
    assert seen is not None
    records.ledger.reservations["r-17"] = replace(seen, status=ReservationStatus.CANCELLED)


def say_no_show(records: CrashingRecords, at: datetime) -> None:
    follow_ups_on(records).plan(no_show(at=at), FOLLOW_UP_RUN, at)
