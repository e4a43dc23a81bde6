"""The new slot is gone: nothing moves, the patient is told once, and that is the end of it."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.domain.appointments.cancellations import Cancellation
from clinic.domain.appointments.reservation import ReservationStatus
from clinic.domain.instants import to_text
from clinic.services.messages.delivery import MessageDelivery
from clinic.services.slots.slot_reservations import release
from clinic.services.unit_of_work import Changes
from clinic.templates.formatting import format_clock
from tests.fakes.appointments.moving import FIRST, SECOND, THIRD, Afternoon, slot
from tests.fakes.examples import NOW
from tests.fakes.messages.channel import gate_on
from tests.fakes.ports import ScriptedMessenger
from tests.fakes.stores.dynamo import StoredRecords, put_slot
from tests.fakes.workflow_ports import MemoryMeter

either_way = pytest.mark.parametrize("new_id", ["r-18", None], ids=["to another", "the same"])


@pytest.fixture
def afternoon(booking_store: StoredRecords) -> Afternoon:
    """The visit has the first slot; somebody else has the second."""
    afternoon = Afternoon(booking_store)
    afternoon.book()
    afternoon.book(SECOND, "r-99", "e-99")
    return afternoon


def free_the_second(afternoon: Afternoon) -> None:
    other = afternoon.reservation("r-99").details
    afternoon.booking_store.commit(Changes(bookings=release(afternoon.booking_store, other)))


def nothing_moved(afternoon: Afternoon) -> None:
    kept = afternoon.reservation("r-17")
    assert (kept.status, kept.appointment_time, kept.version) == (ReservationStatus.CONFIRMED, FIRST, 1)
    assert afternoon.booking_store.reservation("r-18") is None
    assert afternoon.holders(FIRST) == {"r-17"}
    assert afternoon.statuses("r-17") == {
        "v1 confirmation": "planned",
        "v1 reminder_24h": "planned",
        "v1 reminder_2h": "planned",
    }


@either_way
def test_nothing_moves_and_the_patient_is_told(afternoon: Afternoon, new_id: str | None) -> None:
    plan = afternoon.move(newReservationId=new_id)
    assert (plan.outcome, plan.has_moved, plan.has_new_place, plan.runs) == (
        "slot_not_available",
        False,
        False,
        frozenset(),
    )
    nothing_moved(afternoon)
    assert afternoon.holders(SECOND) == {"r-99"}
    (notice,) = plan.open_notices
    assert str(notice.id) == f"rescheduling#{new_id or 'm-1'}#v000001#rescheduling_refused"
    assert (notice.to, notice.useful_until) == ("+525500000001", NOW + timedelta(days=1))
    assert notice.parameters["appointment_time"] != notice.parameters["wanted_appointment_time"]


@either_way
def test_a_slot_that_does_not_exist_is_gone_too(afternoon: Afternoon, new_id: str | None) -> None:
    plan = afternoon.move(newReservationId=new_id, newSlotId="dr-1:s-1:never")
    assert (plan.outcome, len(plan.open_notices)) == ("slot_not_available", 1)
    nothing_moved(afternoon)


def test_a_slot_that_meets_a_taken_one_is_not_available(afternoon: Afternoon) -> None:
    met = slot(SECOND + timedelta(minutes=15), service="s-2")
    put_slot(afternoon.booking_store, met)
    plan = afternoon.move(newAppointmentTime=to_text(met.start), newSlotId=met.slot_id)
    assert plan.outcome == "slot_not_available"
    nothing_moved(afternoon)


@either_way
def test_it_is_decided_once_even_if_the_slot_is_free_since(afternoon: Afternoon, new_id: str | None) -> None:
    first = afternoon.move(newReservationId=new_id)
    free_the_second(afternoon)
    afternoon.now = NOW + timedelta(minutes=1)
    again = afternoon.move(newReservationId=new_id)
    assert again == first
    nothing_moved(afternoon)
    assert len(afternoon.refusals(new_id or "m-1")) == 1


def test_another_event_for_the_same_pair_and_time_tells_nothing_more(afternoon: Afternoon) -> None:
    first = afternoon.move()
    free_the_second(afternoon)
    again = afternoon.move("m-2", NOW + timedelta(hours=1))
    assert again == first
    nothing_moved(afternoon)


def test_another_time_may_be_asked_for_under_the_same_id(afternoon: Afternoon) -> None:
    afternoon.move()
    there: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}
    plan = afternoon.move("m-2", NOW + timedelta(minutes=5), **there)
    assert plan.outcome == "rescheduled"
    assert (afternoon.holders(FIRST), afternoon.holders(THIRD)) == (set(), {"r-18"})
    assert afternoon.move().outcome == "slot_not_available"


def test_each_time_that_is_refused_is_told(afternoon: Afternoon) -> None:
    afternoon.book(THIRD, "r-98", "e-98")
    afternoon.move()
    there: dict[str, Any] = {"newAppointmentTime": to_text(THIRD), "newSlotId": slot(THIRD).slot_id}
    plan = afternoon.move("m-2", NOW + timedelta(minutes=5), **there)
    assert [intent.id.version for intent in plan.open_notices] == [2]
    assert afternoon.move("m-2", NOW + timedelta(minutes=5), **there) == plan


def test_the_same_reservation_may_try_again_with_another_event(afternoon: Afternoon) -> None:
    afternoon.move(newReservationId=None)
    free_the_second(afternoon)
    assert afternoon.move("m-2", NOW + timedelta(hours=1), newReservationId=None).outcome == "rescheduled"
    assert afternoon.holders(SECOND) == {"r-17"}


def test_somebody_takes_the_slot_at_the_last_moment(afternoon: Afternoon) -> None:
    free_the_second(afternoon)
    booking_store = afternoon.booking_store
    commit = booking_store.commit

    def somebody_is_quicker(changes: Changes) -> None:
        object.__setattr__(booking_store, "commit", commit)
        afternoon.book(SECOND, "r-97", "e-97")
        commit(changes)

    object.__setattr__(booking_store, "commit", somebody_is_quicker)
    assert afternoon.move().outcome == "slot_not_available"
    nothing_moved(afternoon)
    assert afternoon.holders(SECOND) == {"r-97"}


@either_way
@pytest.mark.parametrize(
    ("since", "status", "reason"),
    [
        ("nothing", "sent", "accepted"),
        ("cancelled", "skipped", "reservation_cancelled"),
        ("moved to what it was refused", "superseded", "appointment_moved"),
        ("moved to a third time", "sent", "accepted"),
    ],
)
def test_a_refusal_that_leaves_late_says_nothing_that_is_no_longer_so(
    afternoon: Afternoon, new_id: str | None, since: str, status: str, reason: str
) -> None:
    (notice,) = afternoon.move(newReservationId=new_id).open_notices
    if since == "cancelled":
        visit = afternoon.reservation("r-17")
        ended = visit.cancelled(Cancellation(NOW), NOW)
        afternoon.booking_store.commit(Changes(reservations=((visit, ended),)))
    elif since != "nothing":
        free_the_second(afternoon)
        start = SECOND if since.endswith("refused") else THIRD
        places = {"newAppointmentTime": to_text(start), "newSlotId": slot(start).slot_id}
        afternoon.move("m-9", NOW + timedelta(hours=1), newReservationId=None, **places)
        assert afternoon.reservation("r-17").appointment_time == start
    messenger = ScriptedMessenger()
    delivery = MessageDelivery(afternoon.booking_store.ledger, messenger, gate_on(), MemoryMeter())
    told = delivery.deliver(notice.id, NOW + timedelta(hours=2), "claim-1").intent
    assert (told.status, told.reason) == (status, reason)
    stays = afternoon.reservation("r-17")
    stands = format_clock(stays.appointment_time, stays.details.time_zone, "es_MX")
    said = [message.values["appointment_time"] for message in messenger.accepted]
    assert said == ([stands] if status == "sent" else [])
