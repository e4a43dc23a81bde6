"""Many at once for one place: one winner each, on DynamoDB as moto and as MiniStack play it over HTTP.

Through the use cases, each of which reads, decides and writes again until nobody else was quicker.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import combinations

import pytest
from pynamodb.connection import Connection

from clinic.adapters.dynamodb.booking_store import DynamoBookingStore
from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.instants import to_text
from clinic.domain.requests.request import RequestStatus
from clinic.domain.slots.slot import Slot
from tests.fakes.appointments.bookings import approved, asked, slot
from tests.fakes.appointments.planned import RUN, decisions_on, expiration_on, keeping_on, planning_on
from tests.fakes.examples import event
from tests.fakes.stores.dynamo import REGION, moto_booking_store, open_booking_store
from tests.workflows.clinic_stack import clinic_stack

THREADS = 64
ROUNDS = 6
NINE = datetime(2026, 11, 30, 15, tzinfo=UTC)
NOW = NINE - timedelta(days=1)
ANSWER_BEFORE = timedelta(hours=1)


@contextmanager
def moto() -> Iterator[DynamoBookingStore]:
    with moto_booking_store(for_threads=True) as booking_store:
        yield booking_store


@contextmanager
def ministack() -> Iterator[DynamoBookingStore]:
    """The local stack's DynamoDB, over its port."""
    with clinic_stack(NOW) as clinic, pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        patch.setenv("AWS_ENDPOINT_URL", clinic.stack.endpoint_url)
        outputs = clinic.stack.outputs
        tables = (outputs[f"{name}Table"] for name in ("Reservations", "Messages", "Slots", "Requests"))
        yield open_booking_store(Connection(REGION, max_pool_connections=THREADS), *tables)


@pytest.fixture(params=[moto, ministack], ids=["moto", "ministack"])
def booking_store(request: pytest.FixtureRequest) -> Iterator[DynamoBookingStore]:
    with request.param() as opened:
        yield opened


def hour(number: int) -> datetime:
    """Nine o'clock and every second hour after it."""
    return NINE + timedelta(hours=2 * number)


def race(contestants: list[Callable[[], str]]) -> Counter[str]:
    """Run them all at once; how each ended."""
    start = threading.Barrier(len(contestants))

    def run(contestant: Callable[[], str]) -> str:
        start.wait()
        try:
            return contestant()
        except SlotNotAvailableError:
            return "not available"

    with ThreadPoolExecutor(len(contestants)) as pool:
        return Counter(pool.map(run, contestants))


def book(booking_store: DynamoBookingStore, reservation_id: str, wanted: Slot) -> str:
    """Take a place as ``appointment/created`` does."""
    created = event(
        f"e-{reservation_id}",
        NOW,
        reservationId=reservation_id,
        profileId="dr-1",
        slotId=wanted.slot_id,
        appointmentTime=to_text(wanted.start),
        reminderOffsets=[],
    )
    return planning_on(booking_store).plan(created, RUN, NOW).arrival.value


def request(booking_store: DynamoBookingStore, request_id: str, wanted: Slot) -> str:
    """Ask for a place as ``reservation/requested`` does."""
    keeping = keeping_on(booking_store)
    event = asked(request_id, wanted.slot_id, wanted.start - ANSWER_BEFORE, NOW)
    return keeping.receive(event, RUN, NOW).outcome.value


def approve(booking_store: DynamoBookingStore, request_id: str, event_id: str, now: datetime) -> str:
    """Answer as ``reservation/approved`` does."""
    return decisions_on(booking_store).decide(approved(request_id, NOW, event_id), now).outcome


def expire(booking_store: DynamoBookingStore, request_id: str, run: str, now: datetime) -> str:
    """End the time as ``reservation/request-expired`` does."""
    return expiration_on(booking_store).expire(request_id, run, now).outcome


def holders(booking_store: DynamoBookingStore, *slots: Slot) -> list[str]:
    """Who holds a place; each slot's count and the doctor's time are as they must be (I1, I2)."""
    found = [booking for booking in booking_store.bookings("dr-1", *(s.slot_id for s in slots)) if booking]
    assert len(found) == len(slots)
    for booking in found:
        assert 0 <= booking.slot.reserved_count <= booking.slot.capacity
        for sheet in booking.sheets:
            assert (booking.slot.slot_id in sheet.taken) is bool(booking.slot.holders)
    taken = [booking.slot for booking in found if booking.slot.holders]
    assert not any(a.overlaps(b.start, b.buffer_until) for a, b in combinations(taken, 2))
    return sorted(holder for booking in found for holder in booking.slot.holders)


@pytest.mark.slow
def test_as_many_win_as_there_are_places(booking_store: DynamoBookingStore) -> None:
    for number, capacity in enumerate((*[1] * (ROUNDS - 1), 3)):
        wanted = slot(hour(number), capacity=capacity)
        booking_store.calendar.put_slot(wanted)
        names = [f"r-{number}-{n}" for n in range(THREADS)]
        outcome = race([partial(book, booking_store, name, wanted) for name in names])
        assert outcome == {"planned": capacity, "not available": THREADS - capacity}
        booked = [name for name in names if booking_store.reservation(name)]
        assert holders(booking_store, wanted) == sorted(booked)
        assert [name for name in names if booking_store.intents(f"reservation#{name}")] == booked


@pytest.mark.slow
def test_of_two_overlapping_services_of_one_doctor_one_wins(booking_store: DynamoBookingStore) -> None:
    for number in range(ROUNDS):
        both = [slot(hour(number)), slot(hour(number) + timedelta(minutes=15), "s-2")]
        for each in both:
            booking_store.calendar.put_slot(each)
        outcome = race(
            [
                partial(book, booking_store, f"r-{number}-{n}", both[n // 2 % 2])
                if n % 2
                else partial(request, booking_store, f"q-{number}-{n}", both[n // 2 % 2])
                for n in range(THREADS)
            ]
        )
        assert outcome["planned"] + outcome["held"] == 1
        assert outcome["not available"] + outcome["slot_not_available"] == THREADS - 1
        assert len(holders(booking_store, *both)) == 1


@pytest.mark.slow
def test_approval_against_expiry_has_one_winner_and_the_loser_is_told(
    booking_store: DynamoBookingStore,
) -> None:
    for number in range(ROUNDS):
        wanted, name = slot(hour(number)), f"q-{number}"
        booking_store.calendar.put_slot(wanted)
        assert request(booking_store, name, wanted) == "held"
        at = wanted.start - ANSWER_BEFORE  # both may still win
        outcome = race(
            [partial((approve, expire)[n % 2], booking_store, name, f"{n}", at) for n in range(THREADS)]
        )
        kept, reservation = booking_store.request(name), booking_store.reservation(name)
        assert kept is not None
        if kept.status is RequestStatus.APPROVED:
            assert reservation is not None
            assert holders(booking_store, wanted) == [name]
            assert outcome == {"approved": 1, "already_approved": THREADS - 1}
        else:
            assert kept.status is RequestStatus.EXPIRED
            assert (reservation, holders(booking_store, wanted)) == (None, [])
            assert outcome == {"too_late": THREADS // 2, "expired": 1, "already_expired": THREADS // 2 - 1}
        told = {intent.kind for intent in booking_store.intents(f"request#{name}")} - {"request_doctor"}
        is_expired = kept.status is RequestStatus.EXPIRED
        late = {"request_expired", "request_expired_doctor", "approval_too_late_doctor"}
        assert told == (late if is_expired else set())


@pytest.mark.slow
def test_of_many_that_move_to_one_slot_one_gets_it_and_the_others_keep_theirs(
    booking_store: DynamoBookingStore,
) -> None:
    movers = [slot(hour(number)) for number in range(1, 9)]
    wanted = slot(hour(0))
    for each in (*movers, wanted):
        booking_store.calendar.put_slot(each)
    for n, each in enumerate(movers):
        book(booking_store, f"r-{n}", each)

    def move(n: int) -> str:
        later = NOW + timedelta(minutes=1)
        changes = {"reservationId": f"r-{n}", "profileId": "dr-1", "slotId": wanted.slot_id}
        moved = event(f"e-move-{n}", later, appointmentTime=to_text(wanted.start), **changes)
        return planning_on(booking_store).plan(moved, RUN, later).arrival.value

    outcome = race([partial(move, n) for n in range(len(movers))])
    assert outcome == {"moved": 1, "not available": len(movers) - 1}
    assert holders(booking_store, wanted, *movers) == [f"r-{n}" for n in range(len(movers))]
    assert len(holders(booking_store, wanted)) == 1
