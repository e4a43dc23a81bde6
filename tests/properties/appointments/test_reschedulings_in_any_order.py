"""Visits booked, moved and cancelled in any order: I1 to I3 and I7 throughout, and one end of each story."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from clinic.contracts.events.appointment_changes import AppointmentRescheduled, ReservationCancelled
from clinic.contracts.events.appointments import ReceivedAppointmentCreated
from clinic.contracts.events.base import receive
from clinic.domain.errors import InvalidEventError, ReservationClosedError, SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.messages.intent import IntentStatus
from clinic.domain.slots.slot import Slot
from clinic.services.appointments.cancellation import ReservationCancelling
from clinic.services.appointments.planning import ReminderPlanning
from clinic.services.appointments.rescheduling import AppointmentRescheduling
from clinic.services.unit_of_work import BookingStore
from tests.fakes.appointments.moving import DOCTOR, FIRST, SECOND, THIRD, slot
from tests.fakes.appointments.planned import appointments
from tests.fakes.appointments.refunds import MortalBookingStore
from tests.fakes.examples import NOW, detail
from tests.fakes.ports import ProcessDied
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.properties.appointments.bookings_clinic import BOOKED_AGAIN

# Two services: the second one's slots meet two of the first one's, and one slot has two places.
SLOTS = {
    found.slot_id: found
    for found in (
        *(slot(start) for start in (FIRST, SECOND, THIRD)),
        slot(FIRST + timedelta(minutes=15), service="s-2", minutes=20),
        slot(THIRD + timedelta(hours=1), service="s-3", capacity=2),
    )
}
IDS = ["r-1", "r-2", "r-3"]


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


def created(at: datetime, reservation_id: str, wanted: Slot, *, names_slot: bool = True) -> Told:
    place = {"slotId": wanted.slot_id} if names_slot else {}
    said = detail(
        reservationId=reservation_id, appointmentTime=to_text(wanted.start), profileId=DOCTOR, **place
    )
    return Told(f"c-{reservation_id}-{at:%H%M%S}", at, "appointment/created", said)


def moved(at: datetime, old: str, new: str, wanted: Slot, *, names_slot: bool = True) -> Told:
    said = {"oldReservationId": old, "newReservationId": new, "newAppointmentTime": to_text(wanted.start)}
    if names_slot:
        said |= {"newSlotId": wanted.slot_id, "profileId": DOCTOR}
    return Told(f"m-{old}-{new}-{at:%H%M%S}", at, "appointment/rescheduled", said)


def cancelled(at: datetime, reservation_id: str) -> Told:
    said = {"reservationId": reservation_id}
    return Told(f"x-{reservation_id}-{at:%H%M%S}", at, "reservation/cancelled", said)


@dataclass
class House:
    """The records, and the first steps of three workflows on them."""

    booking_store: MemoryBookingStore = field(default_factory=lambda: MemoryBookingStore(slots=dict(SLOTS)))

    def deliver(self, told: Told, *, on: BookingStore | None = None) -> bool:
        """Have the event's workflow begin; whether it has to begin again later."""
        booking_store = on or self.booking_store
        try:
            return self._first_step(told, booking_store)
        except (SlotNotAvailableError, ReservationClosedError):
            return False
        except InvalidEventError as error:
            # An id whose visit had ended before the event was published.
            if BOOKED_AGAIN not in str(error) and "newReservationId: " not in str(error):
                raise
            return False

    def _first_step(self, told: Told, booking_store: BookingStore) -> bool:
        match told.kind:
            case "appointment/created":
                event = ReceivedAppointmentCreated.parse(told.payload)
                ReminderPlanning(booking_store, appointments()).plan(event, f"run-of-{told.event_id}", NOW)
                return False
            case "appointment/rescheduled":
                move = receive(told.payload, AppointmentRescheduled)
                moving = AppointmentRescheduling(booking_store, appointments())
                return moving.reschedule(move, NOW).retry_at is not None
            case _:
                cancellation = receive(told.payload, ReservationCancelled)
                cancelling = ReservationCancelling(booking_store, appointments(), "MXN")
                return cancelling.cancel(cancellation, NOW).retry_at is not None

    def holders(self) -> dict[str, set[str]]:
        """Who holds which slot, where somebody does."""
        return {i: set(found.holders) for i, found in self.booking_store.slots.items() if found.holders}

    def check(self) -> None:
        """I1, I2, I3, I7, and that no message is left to be sent for what has moved or ended."""
        self._check_places()
        self._check_moves()
        self._check_messages()

    def _check_places(self) -> None:
        wanted: dict[str, set[str]] = {}
        for reservation in self.booking_store.ledger.reservations.values():
            if reservation.status.is_active and reservation.details.slot_id is not None:
                wanted.setdefault(reservation.details.slot_id, set()).add(reservation.reservation_id)
        assert self.holders() == wanted  # I3, and with it I1's count
        held = [self.booking_store.slots[slot_id] for slot_id in wanted]
        assert all(found.reserved_count <= found.capacity for found in held)  # I1
        for one in held:
            assert not any(one.overlaps(o.start, o.buffer_until) for o in held if o is not one)  # I2
        sheets = {slot_id for sheet in self.booking_store.sheets.values() for slot_id in sheet.taken}
        assert sheets == set(wanted)

    def _check_moves(self) -> None:
        known = self.booking_store.ledger.reservations
        for reservation in known.values():
            if reservation.rescheduled_to is not None:
                assert not reservation.status.is_active
                assert reservation.rescheduled_to in known  # never neither

    def _check_messages(self) -> None:
        for intent_id, intent in self.booking_store.ledger.rows.items():
            if intent.status is IntentStatus.PLANNED and intent_id.follows_appointment:
                reservation = self.booking_store.ledger.reservations[intent.record_id]
                assert reservation.status.is_active
                assert reservation.version == intent_id.version
                assert reservation.appointment_time == intent.happens_at


class AnythingInAnyOrder(RuleBasedStateMachine):
    """Publishers that say what they like, whatever they said before."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.told: list[Told] = []

    def say(self, told: Told) -> None:
        self.told.append(told)
        self.house.deliver(told)

    @rule(
        reservation_id=st.sampled_from(IDS),
        wanted=st.sampled_from(sorted(SLOTS)),
        seconds=st.integers(0, 50),
        names_slot=st.booleans(),
    )
    def is_booked(self, reservation_id: str, wanted: str, seconds: int, *, names_slot: bool) -> None:
        at = NOW - timedelta(minutes=1) + timedelta(seconds=seconds)
        self.say(created(at, reservation_id, SLOTS[wanted], names_slot=names_slot))

    @rule(
        old=st.sampled_from(IDS),
        new=st.sampled_from(IDS),
        wanted=st.sampled_from(sorted(SLOTS)),
        seconds=st.integers(0, 50),
        names_slot=st.booleans(),
    )
    def is_moved(self, old: str, new: str, wanted: str, seconds: int, *, names_slot: bool) -> None:
        at = NOW - timedelta(minutes=1) + timedelta(seconds=seconds)
        self.say(moved(at, old, new, SLOTS[wanted], names_slot=names_slot))

    @rule(reservation_id=st.sampled_from(IDS), seconds=st.integers(0, 50))
    def is_cancelled(self, reservation_id: str, seconds: int) -> None:
        self.say(cancelled(NOW - timedelta(minutes=1) + timedelta(seconds=seconds), reservation_id))

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def comes_again(self, data: st.DataObject) -> None:
        self.house.deliver(data.draw(st.sampled_from(self.told)))

    @invariant()
    def it_all_holds(self) -> None:
        self.house.check()


TestAnythingInAnyOrder = AnythingInAnyOrder.TestCase
TestAnythingInAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


A, B, C = IDS
FIRST_SLOT, SECOND_SLOT, THIRD_SLOT = (slot(start) for start in (FIRST, SECOND, THIRD))


def second(number: int) -> datetime:
    return NOW - timedelta(minutes=1) + timedelta(seconds=number)


BOOKED = created(second(0), A, FIRST_SLOT)
# What a publisher says of one visit, in order, and who holds what in the end.
STORIES: dict[str, tuple[list[Told], dict[str, set[str]]]] = {
    "to another": ([BOOKED, moved(second(1), A, B, SECOND_SLOT)], {SECOND_SLOT.slot_id: {B}}),
    "to another, which is booked too": (
        [BOOKED, moved(second(1), A, B, SECOND_SLOT), created(second(2), B, SECOND_SLOT)],
        {SECOND_SLOT.slot_id: {B}},
    ),
    "to another, booked without its slot": (
        [
            BOOKED,
            moved(second(1), A, B, SECOND_SLOT),
            created(second(2), B, SECOND_SLOT, names_slot=False),
        ],
        {SECOND_SLOT.slot_id: {B}},
    ),
    "to another, which is cancelled": (
        [BOOKED, moved(second(1), A, B, SECOND_SLOT), cancelled(second(2), B)],
        {},
    ),
    "to another, booked too and cancelled": (
        [
            BOOKED,
            moved(second(1), A, B, SECOND_SLOT),
            created(second(2), B, SECOND_SLOT),
            cancelled(second(3), B),
        ],
        {},
    ),
    "to another and a third": (
        [BOOKED, moved(second(1), A, B, SECOND_SLOT), moved(second(2), B, C, THIRD_SLOT)],
        {THIRD_SLOT.slot_id: {C}},
    ),
    "to another and within it": (
        [BOOKED, moved(second(1), A, B, SECOND_SLOT), moved(second(2), B, B, THIRD_SLOT)],
        {THIRD_SLOT.slot_id: {B}},
    ),
    "to another, and again, elsewhere": (
        [BOOKED, moved(second(1), A, B, SECOND_SLOT), moved(second(2), A, B, THIRD_SLOT)],
        {THIRD_SLOT.slot_id: {B}},
    ),
    "within one": ([BOOKED, moved(second(1), A, A, SECOND_SLOT)], {SECOND_SLOT.slot_id: {A}}),
    "within one, twice": (
        [BOOKED, moved(second(1), A, A, SECOND_SLOT), moved(second(2), A, A, THIRD_SLOT)],
        {THIRD_SLOT.slot_id: {A}},
    ),
    "within one, there and back": (
        [BOOKED, moved(second(1), A, A, SECOND_SLOT), moved(second(2), A, A, FIRST_SLOT)],
        {FIRST_SLOT.slot_id: {A}},
    ),
    "within one, which is booked again and cancelled": (
        [
            BOOKED,
            moved(second(1), A, A, SECOND_SLOT),
            created(second(2), A, SECOND_SLOT),
            cancelled(second(3), A),
        ],
        {},
    ),
}
MOST_ROUNDS = 10
deaths = st.sampled_from([None, None, None, "dies_before", "dies_after"])


@given(
    story=st.sampled_from(sorted(STORIES)),
    twice=st.lists(st.integers(0, 3), max_size=4),
    data=st.data(),
)
@settings(max_examples=400, deadline=None)
def test_a_story_has_one_end_in_whatever_order_it_is_heard(
    story: str, twice: list[int], data: st.DataObject
) -> None:
    said, expected = STORIES[story]
    heard = data.draw(st.permutations([*said, *(said[n % len(said)] for n in twice)]), label="heard")
    house = House()
    waiting = [told for told in heard if _survives(house, told, lambda: data.draw(deaths, label="death"))]
    for _ in range(MOST_ROUNDS):
        waiting = [told for told in waiting if _survives(house, told, lambda: None)]
    assert waiting == []
    assert house.holders() == expected
    active = {
        r.reservation_id for r in house.booking_store.ledger.reservations.values() if r.status.is_active
    }
    assert active == set().union(*expected.values())


def _survives(house: House, told: Told, death: Callable[[], str | None]) -> bool:
    """Deliver it, and again if its process dies; whether it waits."""
    try:
        if (when := death()) is None:
            return house.deliver(told)
        return house.deliver(told, on=MortalBookingStore(house.booking_store, **{when: 1}))
    except ProcessDied:
        house.check()
        return house.deliver(told)
    finally:
        house.check()
