"""I6: what is due is given back once, never more than was paid; the patient is told what became of it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.workflows.cancelling import (
    AN_HOUR_LATER,
    DONE,
    PAID,
    TOLD,
    CancellingStack,
    cancelling_stack,
)

REFUNDED = {**DONE, "refundProcessed": True}
IN_TOUCH = "El consultorio se comunicará con usted al respecto"


def test_it_is_made_before_the_patient_is_told(cancelling: CancellingStack) -> None:
    cancelling.booked_and_cancelled(refundAmount="200.50")
    assert cancelling.outputs() == [REFUNDED]
    (refund,) = cancelling.refunds
    assert (refund.amount, refund.charge, refund.metadata) == (20050, PAID, {"reservation_id": "r-17"})
    assert cancelling.refund_read_by_the_patient() == "$200.50"
    assert cancelling.refund() == ("made", None)
    asked = [(call.method, call.idempotency_key) for call in cancelling.stack.payments.calls]
    assert asked == [("GET", None), ("POST", "refund#r-17")]


@pytest.mark.parametrize(
    ("changes", "reason", "why"),
    [
        ({"refundAmount": "500.01"}, "amount_too_large", "refundAmount: expected no more than was paid"),
        (
            {"refundAmount": 200, "charge_id": "ch_9"},
            "resource_missing",
            "chargeId: expected the payment service's id of a charge or payment intent",
        ),
        (
            {"refundAmount": 200, "chargeId": "ch_9"},  # somebody else's
            "charge_of_another",
            "chargeId: expected what the booking says was paid, or nothing",
        ),
        (
            {"refundAmount": -500},
            "amount_negative",
            "refundAmount: expected an amount of zero or more, such as 500 or 500.00",
        ),
    ],
)
def test_one_that_is_refused_is_not_claimed_and_fails_the_run_in_the_end(
    cancelling: CancellingStack, changes: dict[str, Any], reason: str, why: str
) -> None:
    cancelling.booked_and_cancelled(**changes)
    (run,) = cancelling.cancellations()
    assert (run.status, run.error) == ("FAILED", "RefundRefusedError")
    assert f"reservation r-17 is cancelled, but its refund is refused: {why}" in str(run.cause)
    assert cancelling.refund() == ("refused", reason)
    assert cancelling.refund_read_by_the_patient() == IN_TOUCH
    (statistic,) = [row["values"] for row in cancelling.stack.items("StatisticsTable")]
    assert statistic["M"]["refund_reason"]["S"] == reason
    assert (cancelling.told(), cancelling.refunds, cancelling.holders()) == (TOLD, [], set())
    assert cancelling.reminders_runs() == ["ABORTED"]


def test_without_a_charge_it_is_refused(cancelling: CancellingStack) -> None:
    cancelling.book(chargeId=None)
    cancelling.at(AN_HOUR_LATER, lambda: cancelling.cancel(refundAmount=200))
    cancelling.stack.run_until_idle()
    assert cancelling.outputs() == ["RefundRefusedError"]
    assert cancelling.refund() == ("refused", "no_charge_known")
    assert (cancelling.told(), cancelling.stack.payments.calls) == (TOLD, [])


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"cut": "before"}, {"cut": "after"}, {"timeout": "after"}]
)
def test_a_provider_that_fails_twice_is_asked_again_and_refunds_once(fault: dict[str, Any]) -> None:
    with cancelling_stack(faults={"payments": [{**fault, "times": 2}]}) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.outputs() == [REFUNDED]
        assert len(cancelling.refunds) == 1
        assert cancelling.refund_read_by_the_patient() == "$200.00"


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"timeout": "after"}], ids=["not made", "made, no answer"]
)
@pytest.mark.parametrize("later", [timedelta(hours=1), timedelta(days=3)])
def test_a_provider_that_stays_away_leaves_it_unsettled_and_the_event_again_settles_it(
    fault: dict[str, Any], later: timedelta
) -> None:
    with cancelling_stack(faults={"payments": [{**fault, "times": 3}]}) as cancelling:
        cancelling.book()
        cancelling.at(AN_HOUR_LATER, lambda: cancelling.cancel(refundAmount=200))
        cancelling.at(AN_HOUR_LATER + later, lambda: cancelling.cancel(refundAmount=200))
        cancelling.stack.run_until_idle()
        assert cancelling.outputs() == ["RefundNotMadeError", {**REFUNDED, "outcome": "already_cancelled"}]
        assert len(cancelling.refunds) == 1
        assert cancelling.told() == TOLD
        assert cancelling.refund_read_by_the_patient() == IN_TOUCH
        assert cancelling.refund() == ("made", None)


def test_a_refused_key_leaves_it_unsettled_at_once() -> None:
    with cancelling_stack(faults={"payments": [{"status": 401}]}) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.outputs() == ["RefundNotMadeError"]
        assert cancelling.refund() == ("unsettled", "PaymentsAccountError")
        assert cancelling.refund_read_by_the_patient() == IN_TOUCH


def test_a_rate_limit_is_waited_out() -> None:
    with cancelling_stack(faults={"payments": [{"status": 429, "times": 5}]}) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.outputs() == [REFUNDED]


def test_a_charge_in_another_currency_is_refused_before_any_money_moves(cancelling: CancellingStack) -> None:
    cancelling.pay("ch_2", 50000, "usd")
    cancelling.booked_and_cancelled("ch_2", refundAmount=200)
    assert cancelling.outputs() == ["RefundRefusedError"]
    assert cancelling.refund() == ("refused", "charge_in_another_currency")
    assert (cancelling.refunds, cancelling.told()) == ([], TOLD)
    assert cancelling.refund_read_by_the_patient() == IN_TOUCH


def test_a_refund_that_the_provider_takes_and_then_fails_is_not_claimed() -> None:
    with cancelling_stack(faults={"payments": [{"refund": "failed", "times": 1}]}) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        assert cancelling.outputs() == ["RefundRefusedError"]
        assert cancelling.refund() == ("refused", "refund_failed")


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"timeout": "after"}], ids=["not made", "made, no answer"]
)
def test_a_redriven_run_asks_again_and_settles_it(fault: dict[str, Any]) -> None:
    with cancelling_stack(faults={"payments": [{**fault, "times": 3}]}) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        (run,) = cancelling.cancellations()
        assert run.error == "RefundNotMadeError"
        cancelling.stack.advance(hours=1)
        cancelling.stack.client("stepfunctions").redrive_execution(executionArn=run.arn)
        cancelling.stack.run_until_idle()
        assert cancelling.outputs() == [{**REFUNDED, "outcome": "already_cancelled"}]
        assert (len(cancelling.refunds), cancelling.told()) == (1, TOLD)
        assert cancelling.refund() == ("made", None)


def test_each_redrive_asks_again_as_long_as_it_is_of_no_use() -> None:
    with cancelling_stack(faults={"payments": [{"status": 401, "times": 9}]}) as cancelling:
        cancelling.booked_and_cancelled(refundAmount=200)
        (run,) = cancelling.cancellations()
        for redrives in (1, 2):
            asked = len(cancelling.stack.payments.calls)
            cancelling.stack.client("stepfunctions").redrive_execution(executionArn=run.arn)
            cancelling.stack.run_until_idle()
            assert cancelling.outputs() == ["RefundNotMadeError"]
            assert len(cancelling.stack.payments.calls) > asked, redrives
        assert cancelling.told() == TOLD
