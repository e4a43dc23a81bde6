"""A request that is closed by somebody else between reading it and reading its slot, on both records."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.domain.errors import ReservationClosedError, SlotNotHeldError
from clinic.domain.slots.slot import Booking, Slot
from clinic.services.unit_of_work import BookingStore, Changes
from tests.fakes.appointments.bookings import approved, asked, declined, slot
from tests.fakes.appointments.planned import RUN, decisions_on, expiration_on, keeping_on
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.dynamo import StoredRecords, put_slot

SLOT = slot(IN_NINE_DAYS)
TIME_IS_UP = IN_NINE_DAYS - timedelta(hours=1)


@dataclass
class Interrupted:
    """Records that let something happen once, right before slots are read."""

    inner: BookingStore
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def bookings(self, profile_id: str, *slots: str | Slot) -> tuple[Booking | None, ...]:
        while self.meanwhile:
            self.meanwhile.pop()()
        return self.inner.bookings(profile_id, *slots)


@pytest.fixture
def held(booking_store: StoredRecords) -> StoredRecords:
    """Records with one pending request."""
    put_slot(booking_store, SLOT)
    asked_for = asked("q-1", SLOT.slot_id, TIME_IS_UP)
    keeping_on(booking_store).receive(asked_for, RUN, NOW)
    return booking_store


def approve(booking_store: Any, now: datetime = TIME_IS_UP) -> str:
    return decisions_on(booking_store).decide(approved("q-1"), now).outcome


def decline(booking_store: Any, now: datetime = TIME_IS_UP) -> str:
    return decisions_on(booking_store).decide(declined("q-1"), now).outcome


def expire(booking_store: Any, now: datetime = TIME_IS_UP) -> str:
    return expiration_on(booking_store).expire("q-1", RUN, now).outcome


@pytest.mark.parametrize(
    ("late", "quick", "outcome"),
    [
        (approve, expire, "too_late"),
        (approve, decline, "too_late"),
        (expire, approve, "already_approved"),
        (decline, expire, "already_closed"),
        (expire, decline, "already_closed"),
    ],
)
def test_who_comes_too_late_finds_out_even_between_two_reads(
    held: StoredRecords, late: Callable[[Any], str], quick: Callable[[Any], str], outcome: str
) -> None:
    assert late(Interrupted(held, [lambda: quick(held)])) == outcome


def test_who_declines_what_was_approved_between_two_reads_is_told_that_nothing_was_declined(
    held: StoredRecords,
) -> None:
    with pytest.raises(ReservationClosedError, match="request q-1 is approved: nothing was declined"):
        decline(Interrupted(held, [lambda: approve(held)]))
    (booking,) = held.bookings("dr-1", SLOT.slot_id)
    assert booking is not None
    assert booking.slot.booked == {"q-1"}


@pytest.mark.parametrize("answer", [approve, decline])
def test_a_place_that_somebody_took_away_by_hand_is_an_error_and_no_endless_race(
    held: StoredRecords, answer: Callable[[Any], str]
) -> None:
    (booking,) = held.bookings("dr-1", SLOT.slot_id)
    assert booking is not None
    by_hand = booking.approve("q-1") if answer is decline else booking.release("q-1")
    held.commit(Changes(bookings=((booking, by_hand),)))
    with pytest.raises(SlotNotHeldError):
        answer(held)
