"""Once a visit has moved: its new reminders are kept time for, the old ones no longer, and it is counted."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.errors import MessengerUnavailableError, UnknownReservationError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import Intent, reservation_subject
from clinic.domain.statistics import StatisticKind
from clinic.services.appointments.announcements import appointment_created
from clinic.services.appointments.completion import ReschedulingCompletion
from clinic.services.messages.delivery import MessageDelivery
from clinic.services.unit_of_work import Changes
from tests.fakes.appointments.moving import THIRD, Afternoon
from tests.fakes.examples import NOW
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.stores.dynamo import StoredRecords
from tests.fakes.workflow_ports import MemoryEvents, MemoryMeter, MemoryRuns, MemoryStatistics

OLD_RUN = "run-of-e-1"


@pytest.fixture
def afternoon(booking_store: StoredRecords) -> Afternoon:
    afternoon = Afternoon(booking_store)
    afternoon.book()
    return afternoon


@pytest.fixture
def closing(booking_store: StoredRecords) -> ReschedulingCompletion:
    return ReschedulingCompletion(booking_store, MemoryEvents(), MemoryRuns({OLD_RUN}), MemoryStatistics())


def stopped(closing: ReschedulingCompletion) -> list[tuple[str, str]]:
    assert isinstance(closing.runs, MemoryRuns)
    return closing.runs.stopped


def confirmation(afternoon: Afternoon) -> Intent:
    known = afternoon.booking_store.intents(reservation_subject("r-17"))
    return next(intent for intent in known if intent.kind == "confirmation")


def test_the_new_reservation_is_announced_as_it_stands(
    afternoon: Afternoon, closing: ReschedulingCompletion
) -> None:
    afternoon.move()
    assert closing.start_reminders("r-18")
    assert isinstance(closing.events, MemoryEvents)
    assert closing.events.published == [appointment_created(afternoon.reservation("r-18").details)]


def test_one_that_was_cancelled_meanwhile_is_not_announced(
    afternoon: Afternoon, closing: ReschedulingCompletion
) -> None:
    afternoon.move()
    seen = afternoon.reservation("r-18")
    cancelled = seen.cancelled(Cancellation(at=NOW), NOW + timedelta(seconds=1))
    afternoon.booking_store.commit(Changes(reservations=((seen, cancelled),)))
    assert not closing.start_reminders("r-18")
    assert isinstance(closing.events, MemoryEvents)
    assert closing.events.published == []


def test_what_nobody_knows_is_not_announced(closing: ReschedulingCompletion) -> None:
    with pytest.raises(UnknownReservationError, match="r-18"):
        closing.start_reminders("r-18")


@pytest.mark.parametrize("new_id", ["r-18", None])
def test_the_old_runs_are_stopped_once(
    afternoon: Afternoon, closing: ReschedulingCompletion, new_id: str | None
) -> None:
    runs = tuple(afternoon.move(newReservationId=new_id).runs)
    assert closing.stop_reminders("r-17", runs, NOW) == 1
    assert stopped(closing) == [(OLD_RUN, "reservation r-17 was rescheduled")]
    assert closing.stop_reminders("r-17", runs, NOW) == 0


def test_while_an_old_message_is_leaving_its_run_goes_on_and_settles_it(
    afternoon: Afternoon, closing: ReschedulingCompletion
) -> None:
    def meanwhile() -> None:
        runs = tuple(afternoon.move().runs)
        assert closing.stop_reminders("r-17", runs, NOW) == 0

    delivery = MessageDelivery(
        afternoon.booking_store.ledger, ScriptedMessenger([meanwhile]), gate_on(), MemoryMeter()
    )
    delivery.deliver(confirmation(afternoon).id, NOW, "request-1")
    assert stopped(closing) == []
    assert afternoon.statuses("r-17")["v1 confirmation"] == "sent"
    assert closing.stop_reminders("r-17", (OLD_RUN,), NOW) == 1


@pytest.mark.parametrize("new_id", ["r-18", None])
def test_one_that_comes_back_unsent_is_ended_before_its_run_is_stopped(
    afternoon: Afternoon, closing: ReschedulingCompletion, new_id: str | None
) -> None:
    def meanwhile() -> None:
        afternoon.move(newReservationId=new_id)
        raise MessengerUnavailableError("x")

    delivery = MessageDelivery(
        afternoon.booking_store.ledger, ScriptedMessenger([meanwhile]), gate_on(), MemoryMeter()
    )
    with pytest.raises(MessengerUnavailableError):
        delivery.deliver(confirmation(afternoon).id, NOW, "request-1")
    assert afternoon.statuses("r-17")["v1 confirmation"] == "planned"
    assert closing.stop_reminders("r-17", (OLD_RUN,), NOW + timedelta(minutes=1)) == 1
    assert afternoon.statuses("r-17")["v1 confirmation"] == "superseded"


def test_stopping_ends_no_message_of_the_new_time(
    afternoon: Afternoon, closing: ReschedulingCompletion
) -> None:
    runs = tuple(afternoon.move(newReservationId=None).runs)
    before = afternoon.statuses("r-17")
    closing.stop_reminders("r-17", runs, NOW)
    assert afternoon.statuses("r-17") == before


def test_without_runs_nothing_is_stopped(closing: ReschedulingCompletion) -> None:
    assert closing.stop_reminders("r-17", (), NOW) == 0
    assert closing.stop_reminders("r-nobody", ("run-x",), NOW) == 0


def test_it_is_counted_by_ids_and_outcome_and_once_however_often_it_comes(
    afternoon: Afternoon, closing: ReschedulingCompletion
) -> None:
    for event_id in ("m-1", "m-2"):
        plan = afternoon.move(event_id)
        closing.record(plan.change_id, plan.outcome, "r-17", "r-18", NOW)
    assert isinstance(closing.statistics, MemoryStatistics)
    (statistic,) = closing.statistics.kept.values()
    assert (statistic.kind, statistic.subject) == (StatisticKind.RESCHEDULING, "r-17#r-18#1")
    assert statistic.values == {
        "outcome": "rescheduled",
        "old_reservation_id": "r-17",
        "new_reservation_id": "r-18",
    }


def test_each_move_of_the_same_reservation_and_each_refusal_is_one(afternoon: Afternoon) -> None:
    gone: dict[str, Any] = {"newReservationId": None, "newAppointmentTime": to_text(THIRD)}
    moved = afternoon.move("m-1", newReservationId=None)
    again = afternoon.move("m-2", NOW + timedelta(seconds=1), newReservationId=None)
    refused = afternoon.move("m-3", NOW + timedelta(seconds=2), **gone, newSlotId="dr-1:s-1:never")
    assert [plan.change_id for plan in (moved, again, refused)] == [
        "r-17#r-17#2",
        "r-17#r-17#2",
        "r-17#m-3#refused",
    ]


def test_a_moves_message_that_leaves_late_goes_to_the_number_as_it_was_corrected(
    afternoon: Afternoon,
) -> None:
    (message,) = afternoon.move().open_notices
    corrected = {"patientPhone": "+525500000077", "at": NOW + timedelta(hours=1)}
    afternoon.book(afternoon.reservation("r-18").appointment_time, "r-18", "e-18", **corrected)
    delivery = MessageDelivery(afternoon.booking_store.ledger, ScriptedMessenger(), gate_on(), MemoryMeter())
    told = delivery.deliver(message.id, NOW + timedelta(hours=2), "claim-1").intent
    assert told.status == "sent"
    kept = afternoon.booking_store.ledger.intent(message.id)
    assert kept is not None
    assert kept.to == "+525500000077"
