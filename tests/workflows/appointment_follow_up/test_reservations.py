"""Other events of the reservation come before its visit is said to be over, or after."""

from datetime import timedelta

import pytest

from tests.fakes.appointments.visits import AFTERWARDS
from tests.fakes.examples import NOW
from tests.workflows.followed_up import AFTER_1WEEK, AFTER_24H, VisitedStack

AN_HOUR_LATER = AFTERWARDS + timedelta(hours=1)
ASKED = [("follow_up_24h", AFTER_24H), ("follow_up_1week", AFTER_1WEEK)]


def test_a_publisher_that_never_sends_bookings(visited: VisitedStack) -> None:
    visited.complete()
    visited.stack.run_until_idle()
    assert visited.sent() == ASKED
    assert visited.status() == "completed"


def test_a_booking_that_comes_after_its_visit_sends_nothing(visited: VisitedStack) -> None:
    visited.complete()
    visited.at(AN_HOUR_LATER, visited.book)
    visited.stack.run_until_idle()
    assert (visited.sent(), visited.status(), visited.holders()) == (ASKED, "completed", set())


def test_a_cancellation_that_comes_after_it_fails_at_once_and_changes_nothing(visited: VisitedStack) -> None:
    visited.complete()
    visited.at(AN_HOUR_LATER, lambda: visited.put("reservation/cancelled", {"reservationId": "r-17"}))
    visited.stack.run_until_idle()
    assert (visited.sent(), visited.status()) == (ASKED, "completed")
    failed = [run for run in visited.stack.executions() if run.status != "SUCCEEDED"]
    assert [(run.workflow, run.error) for run in failed] == [
        ("appointment-cancellation", "ReservationClosedError")
    ]


@pytest.mark.parametrize("is_completed", [True, False])
def test_a_cancelled_one_stays_cancelled(visited: VisitedStack, *, is_completed: bool) -> None:
    visited.book()
    visited.at(
        NOW + timedelta(hours=1), lambda: visited.put("reservation/cancelled", {"reservationId": "r-17"})
    )
    (visited.complete if is_completed else visited.miss)()
    visited.stack.run_until_idle()
    assert (visited.status(), visited.followed_up()) == ("cancelled", [])
    assert [output["outcome"] for output in visited.outputs()] == ["reservation_closed"]


def test_a_rescheduled_one_is_another_reservations(visited: VisitedStack) -> None:
    visited.publish()
    moved = {
        "oldReservationId": "r-17",
        "newReservationId": "r-18",
        "newAppointmentTime": "2026-12-03T15:00:00Z",
    }
    visited.at(NOW + timedelta(hours=1), lambda: visited.put("appointment/rescheduled", moved))
    visited.complete()
    visited.complete("2026-12-03T16:00:00Z", reservationId="r-18", appointmentDate=None, followUpType="24h")
    visited.stack.run_until_idle()
    assert [output["outcome"] for output in visited.outputs()] == ["reservation_closed", "planned"]
    assert visited.followed_up() == [("follow_up_24h", AFTER_24H + timedelta(days=1))]
    assert (visited.status("r-17"), visited.status("r-18")) == ("rescheduled", "completed")
