"""I6: a refund is made once at most for each reservation, and never for more than was paid."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from clinic.adapters.payments.stripe import StripePayments
from clinic.domain.appointments.cancellations import RefundStatus
from clinic.domain.errors import (
    CitasError,
    PaymentsAccountError,
    PaymentsUnavailableError,
    RefundRefusedError,
)
from clinic.services.appointments.refunding import RefundReceipt, RefundRequest
from local.simulators.payments import Charge, PaymentsSimulator
from tests.fakes.examples import NOW
from tests.fakes.payments import SECRET_KEY, pesos, request_for

PAID = Charge("ch_1", 50000, "mxn", payment_intent="pi_1")


class LosesAnswers(HTTPAdapter):
    """A network that delivers every request and loses some of the answers."""

    def __init__(self, lost: list[bool]) -> None:
        super().__init__()
        self.lost = lost

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        response = super().send(*arguments, **named)
        if self.lost and self.lost.pop(0):
            raise requests.ReadTimeout
        return response


class Clinic:
    """A simulator with one charge, and the adapter."""

    def __init__(self) -> None:
        self.now = NOW
        self.simulator = PaymentsSimulator(now=lambda: self.now, secret_key=SECRET_KEY, charges=[PAID])
        self.payments = StripePayments(f"{self.simulator.url}/v1", lambda: SECRET_KEY)

    def losing(self, *lost: bool) -> StripePayments:
        session = requests.Session()
        session.mount("http://", LosesAnswers(list(lost)))
        return StripePayments(f"{self.simulator.url}/v1", lambda: SECRET_KEY, session)

    def close(self) -> None:
        self.payments.session.close()
        self.simulator.close()


@pytest.fixture
def clinic() -> Iterator[Clinic]:
    with closing(Clinic()) as clinic:
        yield clinic


def refusal(payments: StripePayments, request: RefundRequest) -> str:
    with pytest.raises(RefundRefusedError) as raised:
        payments.refund(request)
    return raised.value.code


def test_a_refund_is_made_and_found_again(clinic: Clinic) -> None:
    request = request_for("200.00")
    assert clinic.payments.refund_of(request) is None
    receipt = clinic.payments.refund(request)
    assert receipt == RefundReceipt(
        clinic.simulator.refunds[0].refund_id, RefundStatus.SUCCEEDED, pesos("200.00")
    )
    assert clinic.payments.refund_of(request) == receipt
    assert clinic.simulator.refunds[0].metadata == {"reservation_id": "r-17"}


def test_a_charge_is_looked_at_under_either_of_its_ids(clinic: Clinic) -> None:
    clinic.simulator.pay(Charge("ch_2", 8000, "usd", payment_intent="pi_2"))
    clinic.payments.refund(request_for("200.00"))
    for charge_id in ("ch_1", "pi_1"):
        assert clinic.payments.paid(request_for(charge_id=charge_id)) == pesos("500.00")
    for charge_id in ("ch_2", "pi_2"):
        assert str(clinic.payments.paid(request_for(charge_id=charge_id))) == "80.00 USD"
    for nobodys in ("ch_9", "pi_9", "ch_1/refunds"):
        with pytest.raises(RefundRefusedError) as raised:
            clinic.payments.paid(request_for(charge_id=nobodys))
        assert raised.value.code == "resource_missing"


def test_an_answer_that_was_lost_is_given_again(clinic: Clinic) -> None:
    payments = clinic.losing(True, True, False)
    for _ in range(2):
        with pytest.raises(PaymentsUnavailableError):
            payments.refund(request_for("200.00"))
    receipt = payments.refund(request_for("200.00"))
    assert [refund.refund_id for refund in clinic.simulator.refunds] == [receipt.refund_id]
    assert [call.replayed for call in clinic.simulator.calls] == [False, True, True]


def test_what_stripe_refuses_says_why(clinic: Clinic) -> None:
    payments = clinic.payments
    assert refusal(payments, request_for("500.01", idempotency_key="k-1")) == "amount_too_large"
    assert refusal(payments, request_for(charge_id="ch_9", idempotency_key="k-2")) == "resource_missing"
    assert refusal(payments, request_for("0", idempotency_key="k-3")) == "parameter_invalid_integer"
    payments.refund(request_for("500.00"))
    assert refusal(payments, request_for("499.99")) == "idempotency_error"
    assert refusal(payments, request_for("0.01", idempotency_key="k-4")) == "charge_already_refunded"
    assert len(clinic.simulator.refunds) == 1


def test_another_key_of_stripes_is_an_operators_matter(clinic: Clinic) -> None:
    payments = StripePayments(f"{clinic.simulator.url}/v1", lambda: "sk_test_other")
    with pytest.raises(PaymentsAccountError):
        payments.refund(request_for())


def test_after_a_day_the_refund_is_found_where_the_key_no_longer_helps(clinic: Clinic) -> None:
    with pytest.raises(PaymentsUnavailableError):
        clinic.losing(True).refund(request_for("200.00"))
    clinic.now = NOW + timedelta(hours=24)
    receipt = clinic.payments.refund_of(request_for("200.00"))
    assert receipt is not None
    assert receipt.refund_id == clinic.simulator.refunds[0].refund_id


def test_64_threads_make_one_refund(clinic: Clinic) -> None:
    def refund(_: int) -> str:
        return clinic.losing().refund(request_for("200.00")).refund_id

    with ThreadPoolExecutor(64) as threads:
        made = set(threads.map(refund, range(64)))
    assert made == {refund.refund_id for refund in clinic.simulator.refunds}
    assert len(made) == 1


reservations = st.sampled_from(["r-1", "r-2", "r-3"])
tries = st.lists(
    st.tuples(reservations, st.sampled_from(["100.00", "200.00", "500.00"]), st.booleans()), max_size=12
)


@given(tries)
def test_however_often_it_is_tried_nobody_is_refunded_twice_or_more_than_was_paid(
    tried: list[tuple[str, str, bool]],
) -> None:
    with closing(Clinic()) as clinic:
        told: dict[str, RefundReceipt] = {}
        for reservation_id, amount, lost in tried:
            request = request_for(
                amount, reservation_id=reservation_id, idempotency_key=f"refund#{reservation_id}"
            )
            try:
                receipt = clinic.losing(lost).refund(request)
            except CitasError:
                continue
            assert told.setdefault(reservation_id, receipt) == receipt
        made = Counter(refund.metadata["reservation_id"] for refund in clinic.simulator.refunds)
        assert set(made.values()) <= {1}
        assert set(told) <= set(made)
        assert clinic.simulator.left_of(PAID) >= 0
