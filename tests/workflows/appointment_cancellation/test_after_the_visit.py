"""Once the visit has begun there is nothing to cancel."""

from datetime import timedelta

import pytest

from tests.fakes.appointments.cancellations import cancellation_detail
from tests.fakes.examples import IN_NINE_DAYS
from tests.workflows.cancelling import (
    DONE,
    TOLD,
    CancellingStack,
    cancelling_stack,
)


@pytest.mark.parametrize("after", [timedelta(0), timedelta(days=1)])
def test_nothing_changes_and_nobody_is_told(cancelling: CancellingStack, after: timedelta) -> None:
    cancelling.book()
    cancelling.at(IN_NINE_DAYS + after, lambda: cancelling.cancel(refundAmount=200))
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == ["AppointmentInThePastError"]
    assert (cancelling.told(), cancelling.refunds) == ([], [])
    assert cancelling.holders() == {"r-17"}
    row = cancelling.reservation()
    assert row is not None
    assert row["status"]["S"] == "confirmed"


def test_a_doctor_who_did_not_come_cancels_refunds_and_tells(cancelling: CancellingStack) -> None:
    cancelling.book()
    ten_minutes_late = IN_NINE_DAYS + timedelta(minutes=10)
    cancelling.at(ten_minutes_late, lambda: cancelling.cancel(refundAmount=200, cancelledBy="doctor"))
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == [{**DONE, "refundProcessed": True}]
    assert (cancelling.told(), len(cancelling.refunds)) == (TOLD, 1)


def test_an_event_of_before_it_that_comes_late_still_cancels() -> None:
    with cancelling_stack(faults={"events": [{"line": 1, "late": "3h"}]}) as cancelling:
        cancelling.book()
        cancelling.at(
            IN_NINE_DAYS - timedelta(hours=1),
            lambda: cancelling.stack.publish(
                "reservation/cancelled", cancellation_detail(refundAmount=200), line=1
            ),
        )
        cancelling.stack.run_until_idle()
        assert cancelling.outputs() == [{**DONE, "refundProcessed": True}]
        assert cancelling.told() == TOLD
