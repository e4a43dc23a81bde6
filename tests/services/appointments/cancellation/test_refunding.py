"""A refund is made once or refused, on both records; and I6 against the simulator of Stripe."""

from contextlib import closing
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.adapters.payments.stripe import StripePayments
from clinic.domain.appointments.cancellations import Refund, RefundProgress, RefundStatus
from clinic.domain.errors import (
    ConfigurationError,
    PaymentsAccountError,
    PaymentsThrottledError,
    PaymentsUnavailableError,
    UnknownReservationError,
)
from clinic.domain.messages.intent import Intent
from clinic.domain.money import Money
from local.simulators.payments import Charge, PaymentsSimulator
from tests.fakes.appointments.cancellations import AN_HOUR_LATER, SUBJECT, CancellationBench, cancelled
from tests.fakes.appointments.refunds import MemoryPayments
from tests.fakes.payments import SECRET_KEY, pesos
from tests.fakes.stores.booking_store import MemoryBookingStore
from tests.fakes.stores.dynamo import StoredRecords

IN_TOUCH = "El consultorio se comunicará con usted al respecto"
NEXT_WEEK = AN_HOUR_LATER + timedelta(days=7)


@pytest.fixture
def payments() -> MemoryPayments:
    return MemoryPayments()


@pytest.fixture
def bench(booking_store: StoredRecords, payments: MemoryPayments) -> CancellationBench:
    bench = CancellationBench(booking_store, booking_store.ledger, payments)
    bench.book(profileId="dr-1", chargeId="ch_1")
    return bench


def refund_of(bench: CancellationBench) -> Refund:
    reservation = bench.booking_store.reservation("r-17")
    assert reservation is not None
    assert reservation.cancellation is not None
    assert reservation.cancellation.refund is not None
    return reservation.cancellation.refund


def patients_notices(bench: CancellationBench) -> list[Intent]:
    return [intent for intent in bench.booking_store.intents(SUBJECT) if intent.kind == "cancellation"]


def test_it_is_made_recorded_and_told_at_once(bench: CancellationBench, payments: MemoryPayments) -> None:
    bench.cancel(refundAmount="250.50")
    standing = bench.refunding.refund("r-17", AN_HOUR_LATER)
    assert standing.refund == Refund(pesos("250.50"), "ch_1", RefundProgress.MADE, "re_1")
    assert standing.refund == refund_of(bench)
    assert [intent.kind for intent in standing.open_notices] == ["cancellation", "cancellation_doctor"]
    assert standing.open_notices[0].parameters["refund_amount"] == "$250.50"
    ((request, _),) = payments.made
    assert (request.reservation_id, request.charge_id) == ("r-17", "ch_1")
    assert (request.money, request.idempotency_key) == (pesos("250.50"), "refund#r-17")


def test_once_made_it_is_not_asked_for_again(bench: CancellationBench, payments: MemoryPayments) -> None:
    bench.cancel(refundAmount=100)
    first = bench.refunding.refund("r-17", AN_HOUR_LATER)
    payments.keys.clear()
    assert bench.refunding.refund("r-17", NEXT_WEEK) == first
    assert (len(payments.made), payments.asked) == (1, 0)
    assert not bench.cancel(refundAmount=100).is_refund_due


@pytest.mark.parametrize("amount", ["500.01", "5000"])
def test_more_than_was_paid_is_refused_for_good_and_the_patient_told_to_ask(
    bench: CancellationBench, payments: MemoryPayments, amount: str
) -> None:
    bench.cancel(refundAmount=amount)
    standing = bench.refunding.refund("r-17", AN_HOUR_LATER)
    assert (standing.refund.progress, standing.refund.reason) == (RefundProgress.REFUSED, "amount_too_large")
    assert standing.refund.explanation == "refundAmount: expected no more than was paid"  # our own look
    (notice,) = patients_notices(bench)
    assert notice.parameters["refund_amount"] == IN_TOUCH
    assert not bench.cancel(refundAmount=amount).is_refund_due
    assert bench.refunding.refund("r-17", NEXT_WEEK) == standing
    assert payments.made == []


def test_a_charge_nobody_knows_is_refused(booking_store: StoredRecords, payments: MemoryPayments) -> None:
    bench = CancellationBench(booking_store, booking_store.ledger, payments)
    bench.book(chargeId="ch_9")
    bench.cancel(refundAmount=10)
    assert bench.refunding.refund("r-17", AN_HOUR_LATER).refund.reason == "resource_missing"


@pytest.mark.parametrize("status", [RefundStatus.FAILED, RefundStatus.CANCELED])
def test_an_answer_that_it_failed_is_a_refusal(
    bench: CancellationBench, payments: MemoryPayments, status: RefundStatus
) -> None:
    payments.status = status
    bench.cancel(refundAmount=10)
    refund = bench.refunding.refund("r-17", AN_HOUR_LATER).refund
    assert (refund.progress, refund.reason) == (RefundProgress.REFUSED, f"refund_{status.value}")


@pytest.mark.parametrize("named", ["MXN", None])
def test_a_charge_in_another_currency_is_refused_before_any_money_moves(
    bench: CancellationBench, payments: MemoryPayments, named: str | None
) -> None:
    payments.charges["ch_1"] = Money(Decimal(500), "USD")
    bench.cancel(refundAmount=10, currency=named)
    standing = bench.refunding.refund("r-17", AN_HOUR_LATER)
    assert (standing.refund.progress, standing.refund.reason) == (
        RefundProgress.REFUSED,
        "charge_in_another_currency",
    )
    assert standing.refund.explanation == "currency: the charge was paid in USD, and MXN are asked for"
    assert standing.open_notices[0].parameters["refund_amount"] == IN_TOUCH
    assert bench.refunding.refund("r-17", NEXT_WEEK) == standing
    assert payments.made == []


def test_the_currency_of_the_charge_is_what_the_patient_reads(
    bench: CancellationBench, payments: MemoryPayments
) -> None:
    payments.charges["ch_1"] = Money(Decimal(500), "USD")
    bench.cancel(refundAmount=10, currency="usd")
    standing = bench.refunding.refund("r-17", AN_HOUR_LATER)
    assert standing.open_notices[0].parameters["refund_amount"] == "USD 10.00"


@pytest.mark.parametrize(
    "first",
    [{}, {"refundAmount": 9000}, {"refundAmount": -1}, {"refundAmount": 10, "currency": "USD"}],
    ids=["none", "too much", "no amount", "another currency"],
)
def test_a_refund_made_after_the_patient_was_told_otherwise_is_told_once_by_itself(
    bench: CancellationBench, payments: MemoryPayments, first: dict[str, Any]
) -> None:
    bench.run(cancelled("c-1", AN_HOUR_LATER, **first), AN_HOUR_LATER)
    for event_id in ("c-2", "c-2", "c-3"):
        account = bench.run(cancelled(event_id, AN_HOUR_LATER, refundAmount=500), AN_HOUR_LATER)
        assert account is not None
        assert account.refund_processed
    assert bench.messages() == ["appointment_cancelled", "appointment_cancelled_doctor", "refund_made"]
    (told,) = [i for i in bench.booking_store.intents(SUBJECT) if i.kind == "refund_made"]
    assert (told.to, told.parameters["refund_amount"]) == ("+525500000001", "$500.00")
    assert len(payments.made) == 1


def test_a_refund_that_is_refused_again_promises_nothing(bench: CancellationBench) -> None:
    bench.run(cancelled("c-1", AN_HOUR_LATER), AN_HOUR_LATER)
    bench.run(cancelled("c-2", AN_HOUR_LATER, refundAmount=9000), AN_HOUR_LATER)
    assert bench.messages() == ["appointment_cancelled", "appointment_cancelled_doctor"]


def test_what_was_refused_is_made_by_a_newer_event_that_asks_for_less(
    bench: CancellationBench, payments: MemoryPayments
) -> None:
    bench.cancel(refundAmount=9000)
    bench.refunding.refund("r-17", AN_HOUR_LATER)
    assert bench.cancel(event_id="c-2", refundAmount=500).is_refund_due
    assert bench.refunding.refund("r-17", AN_HOUR_LATER).refund.progress is RefundProgress.MADE
    assert [request.idempotency_key for request, _ in payments.made] == ["refund#r-17#2"]
    assert not bench.cancel(event_id="c-2", refundAmount=500).is_refund_due


@pytest.mark.parametrize(
    "error",
    [
        PaymentsUnavailableError("x"),
        PaymentsThrottledError("x"),
        PaymentsAccountError("x"),
        ConfigurationError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_may_still_be_made_is_left_due(
    bench: CancellationBench, payments: MemoryPayments, error: PaymentsUnavailableError
) -> None:
    payments.script = [error]
    bench.cancel(refundAmount=10)
    with pytest.raises(type(error)):
        bench.refunding.refund("r-17", AN_HOUR_LATER)
    assert refund_of(bench).progress is RefundProgress.DUE
    assert patients_notices(bench) == []
    assert bench.refunding.refund("r-17", AN_HOUR_LATER).refund.progress is RefundProgress.MADE


def test_given_up_for_now_the_patient_is_told_and_a_later_try_settles_it(
    bench: CancellationBench, payments: MemoryPayments
) -> None:
    bench.cancel(refundAmount=10)
    standing = bench.refunding.record_failure("r-17", "PaymentsUnavailableError", AN_HOUR_LATER)
    assert (standing.refund.progress, standing.refund.reason) == (
        RefundProgress.UNSETTLED,
        "PaymentsUnavailableError",
    )
    before = patients_notices(bench)
    assert before[0].parameters["refund_amount"] == IN_TOUCH
    assert bench.cancel(refundAmount=10).is_refund_due
    assert bench.refunding.refund("r-17", NEXT_WEEK).refund.progress is RefundProgress.MADE
    assert patients_notices(bench) == before
    assert payments.asked == 1


@pytest.mark.parametrize(("hours", "asked"), [(22, 0), (23, 1), (200, 1)])
def test_when_the_key_may_be_forgotten_it_is_looked_up_first(
    bench: CancellationBench, payments: MemoryPayments, hours: int, asked: int
) -> None:
    bench.cancel(refundAmount=10)
    bench.refunding.refund("r-17", AN_HOUR_LATER + timedelta(hours=hours))
    assert payments.asked == asked


def test_a_refund_whose_record_was_lost_is_found_after_its_key_was_forgotten(
    bench: CancellationBench, payments: MemoryPayments
) -> None:
    bench.cancel(refundAmount=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(bench.booking_store), "commit", _dies)
        with pytest.raises(BaseException, match="died"):
            bench.refunding.refund("r-17", AN_HOUR_LATER)
    payments.keys.clear()
    assert bench.refunding.refund("r-17", NEXT_WEEK).refund.refund_id == "re_1"
    assert len(payments.made) == 1


@pytest.mark.parametrize("progress", ["made", "refused"])
def test_a_run_that_gives_up_does_not_unsay_what_another_has_found_out(
    bench: CancellationBench, progress: str
) -> None:
    bench.cancel(refundAmount=10 if progress == "made" else 9000)
    bench.refunding.refund("r-17", AN_HOUR_LATER)
    before = (refund_of(bench), bench.booking_store.intents(SUBJECT))
    bench.refunding.record_failure("r-17", "Runtime.ExitError", AN_HOUR_LATER)
    assert (refund_of(bench), bench.booking_store.intents(SUBJECT)) == before
    assert before[0].progress.value == progress


@pytest.mark.parametrize("reservation_id", ["r-17", "r-99"])
def test_nothing_is_refunded_of_what_is_not_cancelled(
    bench: CancellationBench, payments: MemoryPayments, reservation_id: str
) -> None:
    with pytest.raises(UnknownReservationError):
        bench.refunding.refund(reservation_id, AN_HOUR_LATER)
    assert payments.made == []


def test_nothing_is_refunded_of_a_booking_that_has_not_come(
    booking_store: StoredRecords, payments: MemoryPayments
) -> None:
    bench = CancellationBench(booking_store, booking_store.ledger, payments)
    bench.cancel(refundAmount=10, chargeId="ch_1")
    with pytest.raises(UnknownReservationError):
        bench.refunding.refund("r-17", AN_HOUR_LATER)


# -- against the simulator ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "currency", "progress", "reason"),
    [
        ("500.00", None, "made", None),
        ("500.01", None, "refused", "amount_too_large"),
        ("10", "USD", "refused", "charge_in_another_currency"),
    ],
)
def test_stripe_refunds_once_and_never_more_than_was_paid(
    amount: str, currency: str | None, progress: str, reason: str | None
) -> None:
    now = [AN_HOUR_LATER]
    charge = Charge("ch_1", 50000, "mxn")
    simulator = PaymentsSimulator(now=lambda: now[0], secret_key=SECRET_KEY, charges=[charge])
    payments = StripePayments(f"{simulator.url}/v1", lambda: SECRET_KEY)
    with closing(simulator), closing(payments.session):
        booking_store = MemoryBookingStore()
        bench = CancellationBench(booking_store, booking_store.ledger, payments)
        bench.book(chargeId="ch_1")
        bench.cancel(refundAmount=amount, currency=currency)
        for moment in (AN_HOUR_LATER, AN_HOUR_LATER + timedelta(hours=1), NEXT_WEEK):
            now[0] = moment
            bench.refunding.record_failure("r-17", "Runtime.ExitError", moment)
            refund = bench.refunding.refund("r-17", moment).refund
            assert (refund.progress.value, refund.reason) == (progress, reason)
        assert len(simulator.refunds) == (0 if progress == "refused" else 1)
        assert simulator.left_of(charge) >= 0


def _dies(*_: object) -> None:
    raise BaseException("died")  # noqa: TRY002 - what a process dies of is nobody's error
