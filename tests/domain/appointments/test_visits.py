"""An event that says how a visit ended means the same in whatever order events arrive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from clinic.domain.appointments.reservation import EventOrder, Reservation, ReservationStatus
from clinic.domain.appointments.visits import EARLIEST_COMPLETION, VisitOutcome, can_be_over, classify_visit
from tests.fakes.appointments.visits import AFTERWARDS
from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.fakes.stores.rows import details

COMPLETED, NO_SHOW = ReservationStatus.COMPLETED, ReservationStatus.NO_SHOW
SECOND = timedelta(seconds=1)
BOOKED = Reservation.first(details(), EventOrder(NOW, "e-1"), NOW)
SAID = EventOrder(AFTERWARDS, "v-1")
OLDER, NEWER = EventOrder(AFTERWARDS - SECOND, "v-0"), EventOrder(AFTERWARDS + SECOND, "v-2")
SAME_SECOND = EventOrder(AFTERWARDS, "v-3")


def over(status: ReservationStatus) -> Reservation:
    return BOOKED.over(status, SAID, AFTERWARDS)


@pytest.mark.parametrize("current", [None, BOOKED, replace(BOOKED, status=ReservationStatus.PENDING)])
def test_the_first_word_counts(current: Reservation | None) -> None:
    assert classify_visit(current, COMPLETED, SAID) is VisitOutcome.PLANNED
    assert classify_visit(current, NO_SHOW, SAID) is VisitOutcome.NO_SHOW


@pytest.mark.parametrize("status", [ReservationStatus.CANCELLED, ReservationStatus.RESCHEDULED])
@pytest.mark.parametrize("said", [COMPLETED, NO_SHOW])
def test_what_ended_otherwise_is_closed(status: ReservationStatus, said: ReservationStatus) -> None:
    assert classify_visit(replace(BOOKED, status=status), said, SAID) is VisitOutcome.CLOSED


@pytest.mark.parametrize(
    ("current", "said", "order", "outcome"),
    [
        (COMPLETED, COMPLETED, SAID, VisitOutcome.ALREADY_PLANNED),
        (COMPLETED, COMPLETED, OLDER, VisitOutcome.STALE),
        (COMPLETED, COMPLETED, NEWER, VisitOutcome.CORRECTED),
        (COMPLETED, COMPLETED, SAME_SECOND, VisitOutcome.CORRECTED),
        (COMPLETED, NO_SHOW, OLDER, VisitOutcome.STALE),
        (COMPLETED, NO_SHOW, NEWER, VisitOutcome.NO_SHOW),
        (COMPLETED, NO_SHOW, SAME_SECOND, VisitOutcome.NO_SHOW),
        (NO_SHOW, NO_SHOW, SAID, VisitOutcome.NO_SHOW),
        (NO_SHOW, NO_SHOW, OLDER, VisitOutcome.STALE),
        (NO_SHOW, COMPLETED, OLDER, VisitOutcome.STALE),
        (NO_SHOW, COMPLETED, NEWER, VisitOutcome.CORRECTED),
    ],
)
def test_of_two_words_the_newer_counts(
    current: ReservationStatus, said: ReservationStatus, order: EventOrder, outcome: VisitOutcome
) -> None:
    assert classify_visit(over(current), said, order) is outcome


def test_of_two_words_in_one_second_a_repeat_of_the_first_changes_nothing() -> None:
    both = over(COMPLETED).over(NO_SHOW, SAME_SECOND, AFTERWARDS)
    assert classify_visit(both, COMPLETED, SAID) is VisitOutcome.STALE
    assert classify_visit(both, NO_SHOW, SAME_SECOND) is VisitOutcome.NO_SHOW


def test_a_newer_correction_of_the_booking_leaves_the_visit_where_it_was() -> None:
    corrected = BOOKED.refreshed(BOOKED.details, NEWER, AFTERWARDS)
    assert classify_visit(corrected, COMPLETED, SAID) is VisitOutcome.PLANNED


def test_a_visit_that_has_moved_since_is_another_one() -> None:
    moved = BOOKED.moved(details(appointment_time=AFTERWARDS + SECOND), NEWER, AFTERWARDS)
    assert classify_visit(moved, COMPLETED, SAID) is VisitOutcome.STALE
    assert classify_visit(moved, NO_SHOW, SAID) is VisitOutcome.STALE


def test_particulars_from_an_older_event_leave_the_order_as_it_is() -> None:
    known = over(COMPLETED).refreshed(details(office_number="302"), EventOrder(NOW, "e-9"), AFTERWARDS)
    assert (known.order, known.applied_with) == (SAID, frozenset({"v-1"}))
    assert known.details.office_number == "302"


@pytest.mark.parametrize(
    ("status", "ahead", "can_be"),
    [
        (COMPLETED, -SECOND, True),
        (COMPLETED, EARLIEST_COMPLETION, True),
        (COMPLETED, EARLIEST_COMPLETION + SECOND, False),
        (NO_SHOW, timedelta(0), True),
        (NO_SHOW, SECOND, False),
    ],
)
def test_a_visit_can_be_over_a_little_before_its_time_but_not_missed(
    status: ReservationStatus, ahead: timedelta, *, can_be: bool
) -> None:
    assert can_be_over(IN_NINE_DAYS, status, IN_NINE_DAYS - ahead) is can_be
