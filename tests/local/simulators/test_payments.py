"""The payments simulator refuses what Stripe refuses, and answers a key once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from local.simulators.payments import KEY_IS_KEPT, Charge, PaymentsSimulator
from tests.local.sample import START

KEY = "sk_test_made_up"
PAID = Charge("ch_1", 50000, "mxn", payment_intent="pi_1")
OTHER = Charge("ch_2", 1000, "usd")


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[PaymentsSimulator]:
    simulator = PaymentsSimulator(now=clock, secret_key=KEY, charges=[PAID, OTHER])
    yield simulator
    simulator.close()


def post(simulator: PaymentsSimulator, key: str | None = None, **form: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {KEY}"} | ({"Idempotency-Key": key} if key else {})
    with requests.Session() as session:
        return session.post(f"{simulator.url}/v1/refunds", headers=headers, data=form, timeout=120)


def listed(simulator: PaymentsSimulator, **query: Any) -> requests.Response:
    with requests.Session() as session:
        return session.get(
            f"{simulator.url}/v1/refunds",
            headers={"Authorization": f"Bearer {KEY}"},
            params=query,
            timeout=120,
        )


def error_of(answer: requests.Response) -> tuple[int, str, str | None, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["type"], error.get("code"), error.get("param")


INVALID = "invalid_request_error"


def test_a_refund_is_made_in_the_charges_currency(simulator: PaymentsSimulator) -> None:
    answer = post(simulator, charge="ch_1", amount="20000", **{"metadata[reservation_id]": "r-17"})
    (refund,) = simulator.refunds
    assert answer.status_code == 200
    assert answer.json() == {
        "id": refund.refund_id,
        "object": "refund",
        "amount": 20000,
        "charge": "ch_1",
        "created": int(START.timestamp()),
        "currency": "mxn",
        "metadata": {"reservation_id": "r-17"},
        "payment_intent": "pi_1",
        "reason": None,
        "status": "succeeded",
    }
    assert refund.refund_id.startswith("re_")
    assert simulator.left_of(PAID) == 30000


def test_without_an_amount_all_that_is_left_is_refunded(simulator: PaymentsSimulator) -> None:
    post(simulator, payment_intent="pi_1", amount="1")
    assert post(simulator, payment_intent="pi_1").json()["amount"] == 49999


def test_a_charge_is_refunded_in_parts_and_never_beyond_what_was_paid(simulator: PaymentsSimulator) -> None:
    assert post(simulator, charge="ch_1", amount="30000").status_code == 200
    assert error_of(post(simulator, charge="ch_1", amount="20001")) == (400, INVALID, None, "amount")
    assert post(simulator, charge="ch_1", amount="20000").status_code == 200
    assert error_of(post(simulator, charge="ch_1", amount="1")) == (
        400,
        INVALID,
        "charge_already_refunded",
        None,
    )
    assert simulator.left_of(PAID) == 0


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"charge": "ch_9"}, (404, INVALID, "resource_missing", "charge")),
        ({"payment_intent": "pi_9"}, (404, INVALID, "resource_missing", "payment_intent")),
        ({"charge": "ch_1", "amount": "50001"}, (400, INVALID, None, "amount")),
        ({}, (400, INVALID, "parameter_missing", "charge")),
        ({"charge": ""}, (400, INVALID, "parameter_missing", "charge")),
        ({"charge": "ch_1", "payment_intent": "pi_1"}, (400, INVALID, "parameter_missing", "charge")),
        ({"charge": "ch_1", "currency": "mxn"}, (400, INVALID, "parameter_unknown", "currency")),
        ({"charge": "ch_1", "metadata[a]": "x" * 501}, (400, INVALID, None, None)),
        *(
            ({"charge": "ch_1", "amount": amount}, (400, INVALID, "parameter_invalid_integer", "amount"))
            for amount in ("0", "-1", "1.5", "1e3", "", "x", "²")
        ),
    ],
    ids=str,
)
def test_what_stripe_refuses_is_refused(
    simulator: PaymentsSimulator, form: dict[str, str], refused: tuple[Any, ...]
) -> None:
    assert error_of(post(simulator, **form)) == refused
    assert simulator.refunds == []


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer other", f"Basic {KEY}", KEY])
def test_another_key_is_not_let_in(simulator: PaymentsSimulator, authorization: str) -> None:
    answer = requests.post(
        f"{simulator.url}/v1/refunds",
        headers={"Authorization": authorization},
        data={"charge": "ch_1"},
        timeout=120,
    )
    assert error_of(answer)[:2] == (401, INVALID)
    assert simulator.refunds == []


def test_another_address_and_another_form_are_refused(simulator: PaymentsSimulator) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    elsewhere = requests.post(f"{simulator.url}/v2/refunds", headers=headers, timeout=120)
    in_json = requests.post(
        f"{simulator.url}/v1/refunds", headers=headers, json={"charge": "ch_1"}, timeout=120
    )
    assert (elsewhere.status_code, in_json.status_code) == (404, 400)
    assert simulator.refunds == []


def test_a_key_answers_the_same_request_with_the_same_refund(simulator: PaymentsSimulator) -> None:
    first, second = (post(simulator, "k-1", charge="ch_1", amount="20000") for _ in range(2))
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert len(simulator.refunds) == 1
    assert [(call.status, call.idempotency_key, call.replayed) for call in simulator.calls] == [
        (200, "k-1", False),
        (200, "k-1", True),
    ]


def test_without_a_key_the_same_request_refunds_twice(simulator: PaymentsSimulator) -> None:
    for _ in range(2):
        post(simulator, charge="ch_1", amount="20000")
    assert len(simulator.refunds) == 2


@pytest.mark.parametrize(
    "form",
    [{"charge": "ch_1", "amount": "1"}, {"charge": "ch_2", "amount": "20000"}, {"charge": "ch_1"}],
    ids=str,
)
def test_a_key_is_refused_for_another_request(simulator: PaymentsSimulator, form: dict[str, str]) -> None:
    post(simulator, "k-1", charge="ch_1", amount="20000")
    assert error_of(post(simulator, "k-1", **form))[:2] == (400, "idempotency_error")
    assert len(simulator.refunds) == 1


def test_a_refusal_is_kept_with_its_key(simulator: PaymentsSimulator) -> None:
    assert post(simulator, "k-1", charge="ch_9").status_code == 404
    simulator.pay(Charge("ch_9", 100, "mxn"))
    replayed = post(simulator, "k-1", charge="ch_9")
    assert (replayed.status_code, replayed.headers["Idempotent-Replayed"]) == (404, "true")
    assert post(simulator, "k-2", charge="ch_9").status_code == 200


def test_what_breaks_the_form_is_not_kept_with_its_key(simulator: PaymentsSimulator) -> None:
    assert post(simulator, "k-1", charge="ch_1", amount="0").status_code == 400
    assert post(simulator, "k-1", charge="ch_1", amount="1").status_code == 200


def test_a_key_is_forgotten_after_a_day(simulator: PaymentsSimulator, clock: Clock) -> None:
    post(simulator, "k-1", charge="ch_1", amount="20000")
    clock.now = START + KEY_IS_KEPT - timedelta(seconds=1)
    post(simulator, "k-1", charge="ch_1", amount="20000")
    assert len(simulator.refunds) == 1
    clock.now = START + KEY_IS_KEPT
    post(simulator, "k-1", charge="ch_1", amount="20000")
    assert len(simulator.refunds) == 2


def test_a_key_too_long_is_refused(simulator: PaymentsSimulator) -> None:
    assert post(simulator, "k" * 256, charge="ch_1").status_code == 400
    assert post(simulator, "k" * 255, charge="ch_1").status_code == 200


def test_many_at_once_with_one_key_are_one_refund(simulator: PaymentsSimulator) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda _: post(simulator, "k-1", charge="ch_1", amount="10000"), range(16))
        )
    assert {answer.json()["id"] for answer in answers} == {simulator.refunds[0].refund_id}
    assert len(simulator.refunds) == 1


def test_many_at_once_with_keys_of_their_own_never_refund_more_than_was_paid(
    simulator: PaymentsSimulator,
) -> None:
    with ThreadPoolExecutor(16) as threads:
        answers = list(
            threads.map(lambda n: post(simulator, f"k-{n}", charge="ch_1", amount="10000"), range(16))
        )
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [400] * 11
    assert simulator.left_of(PAID) == 0


def test_a_charges_refunds_are_listed_newest_first_in_pages(simulator: PaymentsSimulator) -> None:
    for amount in (1, 2, 3):
        post(simulator, charge="ch_1", amount=str(amount))
    post(simulator, charge="ch_2", amount="4")
    first = listed(simulator, charge="ch_1", limit=2).json()
    rest = listed(simulator, payment_intent="pi_1", limit=2, starting_after=first["data"][-1]["id"]).json()
    assert [refund["amount"] for refund in first["data"] + rest["data"]] == [3, 2, 1]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert len(listed(simulator).json()["data"]) == 4
    assert error_of(listed(simulator, charge="ch_9"))[2] == "resource_missing"
    assert error_of(listed(simulator, charge="ch_1", starting_after="re_9"))[2] == "resource_missing"
