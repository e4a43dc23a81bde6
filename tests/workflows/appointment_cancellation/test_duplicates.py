"""However often a cancellation is announced: each is told once, and one refund is made."""

from datetime import timedelta

from tests.fakes.appointments.cancellations import cancellation_detail
from tests.workflows.cancelling import AN_HOUR_LATER, DONE, TOLD, CancellingStack, cancelling_stack

AGAIN = {**DONE, "outcome": "already_cancelled"}


def test_two_events_for_one_reservation(cancelling: CancellingStack) -> None:
    cancelling.book()
    for minutes in (0, 30):
        cancelling.at(AN_HOUR_LATER + timedelta(minutes=minutes), lambda: cancelling.cancel(refundAmount=200))
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == [{**DONE, "refundProcessed": True}, {**AGAIN, "refundProcessed": True}]
    assert cancelling.told() == TOLD
    assert [refund.amount for refund in cancelling.refunds] == [20000]
    assert len(cancelling.stack.items("StatisticsTable")) == 1


def test_one_event_delivered_three_times() -> None:
    with cancelling_stack(faults={"events": [{"line": 1, "delivered": 3}]}) as cancelling:
        cancelling.book()
        detail = cancellation_detail(refundAmount=200)
        cancelling.at(
            AN_HOUR_LATER, lambda: cancelling.stack.publish("reservation/cancelled", detail, line=1)
        )
        cancelling.stack.run_until_idle()
        assert [run.status for run in cancelling.cancellations()] == ["SUCCEEDED"] * 3
        assert cancelling.told() == TOLD
        assert len(cancelling.refunds) == 1


def test_three_at_once_where_steps_run_side_by_side() -> None:
    with cancelling_stack(concurrent=True) as cancelling:
        cancelling.book()
        for _ in range(3):
            cancelling.at(AN_HOUR_LATER, lambda: cancelling.cancel(refundAmount=200))
        cancelling.stack.run_until_idle()
        assert [run.status for run in cancelling.cancellations()] == ["SUCCEEDED"] * 3
        assert sorted(cancelling.told()) == TOLD
        assert len(cancelling.refunds) == 1
