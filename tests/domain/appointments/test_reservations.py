"""An event means the same to a reservation in whatever order events arrive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.appointments.reservation import (
    Arrival,
    EventOrder,
    Reservation,
    ReservationStatus,
    classify,
)
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.rows import details

ORDER = EventOrder(NOW, "e-5")
LATER = EventOrder(NOW + timedelta(seconds=1), "e-1")
EARLIER = EventOrder(NOW - timedelta(seconds=1), "e-9")
OTHER_TIME = IN_NINE_DAYS + timedelta(hours=1)
KNOWN = Reservation.first(details(), ORDER, NOW)


def test_an_unknown_reservation_is_planned() -> None:
    assert classify(None, IN_NINE_DAYS, ORDER) is Arrival.NEW


@pytest.mark.parametrize("order", [EARLIER, ORDER, LATER])
def test_the_time_that_is_known_already_is_no_move_whoever_says_it(order: EventOrder) -> None:
    assert classify(KNOWN, IN_NINE_DAYS, order) is Arrival.SAME_TIME


@pytest.mark.parametrize(
    ("order", "arrival"),
    [
        (LATER, Arrival.MOVED),
        (EARLIER, Arrival.STALE),
        (ORDER, Arrival.STALE),
        (EventOrder(NOW, "e-6"), Arrival.MOVED),
        (EventOrder(NOW, "e-4"), Arrival.MOVED),
    ],
    ids=["later", "earlier", "the same event", "same second, higher id", "same second, lower id"],
)
def test_another_time_counts_if_its_event_is_the_newer(order: EventOrder, arrival: Arrival) -> None:
    assert classify(KNOWN, OTHER_TIME, order) is arrival


def test_of_one_seconds_events_each_is_applied_once() -> None:
    second = EventOrder(NOW, "e-4")
    moved = KNOWN.moved(replace(KNOWN.details, appointment_time=OTHER_TIME), second, NOW)
    assert classify(moved, IN_NINE_DAYS, ORDER) is Arrival.STALE
    assert classify(moved, IN_NINE_DAYS, EventOrder(NOW, "e-6")) is Arrival.MOVED


def test_a_reservation_no_event_has_touched_takes_any_events_time() -> None:
    assert classify(replace(KNOWN, order=None), OTHER_TIME, EARLIER) is Arrival.MOVED


@pytest.mark.parametrize(
    ("status", "is_active"),
    [
        (ReservationStatus.PENDING, True),
        (ReservationStatus.CONFIRMED, True),
        (ReservationStatus.CANCELLED, False),
        (ReservationStatus.COMPLETED, False),
        (ReservationStatus.NO_SHOW, False),
    ],
)
def test_only_an_active_reservation_takes_events(status: ReservationStatus, *, is_active: bool) -> None:
    assert status.is_active is is_active
    arrival = classify(replace(KNOWN, status=status), OTHER_TIME, LATER)
    assert arrival is (Arrival.MOVED if is_active else Arrival.CLOSED)


def test_two_events_in_either_order_end_at_the_newer_ones_time() -> None:
    moved = KNOWN.moved(replace(KNOWN.details, appointment_time=OTHER_TIME), LATER, NOW)
    assert (moved.version, moved.reminders_sent, moved.appointment_time) == (2, {}, OTHER_TIME)
    assert classify(moved, IN_NINE_DAYS, ORDER) is Arrival.STALE


def test_a_move_forgets_which_reminders_went_out_and_a_correction_does_not() -> None:
    reminded = replace(KNOWN, reminders_sent={"24h": NOW})
    assert reminded.moved(details(), LATER, NOW).reminders_sent == {}
    refreshed = reminded.refreshed(details(), LATER, NOW)
    assert (refreshed.version, refreshed.reminders_sent) == (1, {"24h": NOW})
