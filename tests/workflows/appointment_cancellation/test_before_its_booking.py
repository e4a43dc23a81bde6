"""A cancellation that comes before its booking waits for it, and keeps it closed."""

from datetime import timedelta

import pytest

from tests.fakes.examples import NOW
from tests.workflows.cancelling import DONE, TOLD, CancellingStack


@pytest.mark.parametrize("late", [timedelta(minutes=2), timedelta(hours=5), timedelta(hours=23)])
def test_it_is_cancelled_and_told_when_the_booking_has_come(
    cancelling: CancellingStack, late: timedelta
) -> None:
    cancelling.cancel(refundAmount=200)
    cancelling.at(NOW + late, cancelling.book)
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == [{**DONE, "refundProcessed": True}]
    assert [template for template, _ in cancelling.sent()] == TOLD
    assert cancelling.holders() == set()
    assert cancelling.reminders_runs() == ["SUCCEEDED"]
    assert cancelling.sent()[-1][1] - (NOW + late) <= timedelta(hours=1, minutes=1)


def test_a_booking_that_never_comes_fails_after_a_day_and_nobody_was_told(
    cancelling: CancellingStack,
) -> None:
    cancelling.cancel(refundAmount=200, chargeId="ch_1")
    cancelling.stack.run_until_idle()
    (run,) = cancelling.cancellations()
    assert (run.status, run.error) == ("FAILED", "UnknownReservationError")
    assert run.stopped_at is not None
    assert timedelta(0) <= run.stopped_at - (NOW + timedelta(hours=24)) < timedelta(minutes=1)
    assert (cancelling.messages, cancelling.refunds) == ([], [])
    assert cancelling.refund() == ("unsettled", "unknown_reservation")


def test_the_failed_run_retried_once_the_booking_came_tells_and_refunds(cancelling: CancellingStack) -> None:
    cancelling.cancel(refundAmount=200)
    cancelling.at(NOW + timedelta(hours=30), cancelling.book)
    cancelling.at(NOW + timedelta(hours=31), lambda: cancelling.cancel(refundAmount=200))
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == ["UnknownReservationError", {**DONE, "refundProcessed": True}]
    assert [template for template, _ in cancelling.sent()] == TOLD
    assert len(cancelling.refunds) == 1
