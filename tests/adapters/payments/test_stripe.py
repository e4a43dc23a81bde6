"""Refunds: what is asked of Stripe, and what each of its answers means."""

import re
from typing import Any
from urllib.parse import parse_qsl

import pytest

from clinic.adapters.payments.stripe import StripePayments, money_of, stripe_amount
from clinic.domain.appointments.cancellations import RefundStatus
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    PaymentsAccountError,
    PaymentsThrottledError,
    PaymentsUnavailableError,
    RefundRefusedError,
)
from clinic.domain.money import DECIMALS, Money
from clinic.services.appointments.refunding import RefundReceipt
from local.simulators.http import Answer
from tests.fakes.payments import (
    REFUND,
    SECRET_KEY,
    StripeStub,
    answer,
    error,
    error_of,
    pesos,
    refused,
    request_for,
)

# -- what is asked ------------------------------------------------------------------------------


def test_a_refund_is_asked_for_as_stripe_documents_it(payments: StripePayments, stripe: StripeStub) -> None:
    receipt = payments.refund(request_for("1234.50"))
    (received,) = stripe.received
    assert (received.method, received.path, received.query) == ("POST", "/v1/refunds", "")
    assert dict(parse_qsl(received.body.decode())) == {
        "charge": "ch_1",
        "amount": "123450",
        "metadata[reservation_id]": "r-17",
    }
    asked = {name: received.headers[name] for name in ("authorization", "idempotency-key", "stripe-version")}
    assert asked == {
        "authorization": f"Bearer {SECRET_KEY}",
        "idempotency-key": "refund#r-17",
        "stripe-version": "2025-04-30.basil",
    }
    assert received.headers["content-type"] == "application/x-www-form-urlencoded"
    assert receipt == RefundReceipt("re_1", RefundStatus.SUCCEEDED, pesos("500.00"))


def test_a_payment_intent_is_named_as_one(payments: StripePayments, stripe: StripeStub) -> None:
    payments.refund(request_for(charge_id="pi_1"))
    form = dict(parse_qsl(stripe.received[0].body.decode()))
    assert (form["payment_intent"], "charge" in form) == ("pi_1", False)


def test_each_request_has_a_connection_and_a_key_of_its_own(stripe: StripeStub) -> None:
    keys = iter(["sk_test_old", "sk_test_new"])
    payments = StripePayments(stripe.url, lambda: next(keys))
    for _ in range(2):
        payments.refund(request_for())
    sent = [(request.headers["authorization"], request.headers["connection"]) for request in stripe.received]
    assert sent == [("Bearer sk_test_old", "close"), ("Bearer sk_test_new", "close")]


def test_a_refused_key_is_tried_again_with_one_that_was_put_since(stripe: StripeStub) -> None:
    stripe.script = [error(401)]
    payments = StripePayments(stripe.url, lambda: "sk_test_old", secret_key_anew=lambda: "sk_test_new")
    assert payments.refund(request_for()).status is RefundStatus.SUCCEEDED
    asked = [(it.headers["authorization"], it.headers["idempotency-key"]) for it in stripe.received]
    assert asked == [("Bearer sk_test_old", "refund#r-17"), ("Bearer sk_test_new", "refund#r-17")]
    payments.session.close()


def test_no_other_credentials_take_the_keys_place(
    payments: StripePayments, stripe: StripeStub, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password other\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    payments.refund(request_for())
    assert stripe.received[0].headers["authorization"] == f"Bearer {SECRET_KEY}"


@pytest.mark.parametrize(
    ("units", "currency", "money"),
    [
        (50000, "mxn", "500.00 MXN"),
        (500, "jpy", "500 JPY"),
        (5120, "kwd", "5.120 KWD"),
        (500, "isk", "5 ISK"),
        (500, "ugx", "5 UGX"),
        (5, "mga", "5.00 MGA"),
    ],
)
def test_amounts_are_in_stripes_smallest_units(units: int, currency: str, money: str) -> None:
    assert str(money_of(units, currency)) == money
    assert stripe_amount(money_of(units, currency)) == units


@pytest.mark.parametrize("currency", sorted(set(DECIMALS) - {"MGA"}))
def test_no_amount_changes_on_the_way_to_stripe_and_back(currency: str) -> None:
    for units in (1, 99, 100, 123456789):
        money = Money.of_minor_units(units, currency)
        assert money_of(stripe_amount(money), currency.lower()) == money


def test_a_fraction_that_stripe_does_not_have_is_refused_before_it_is_asked_for(
    payments: StripePayments, stripe: StripeStub
) -> None:
    raised = error_of(lambda: payments.refund(request_for(money=Money.of_minor_units(150, "MGA"))))
    assert isinstance(raised, RefundRefusedError)
    assert (raised.code, stripe.received) == ("amount_not_representable", [])


# -- what is answered ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "meant"),
    [(status.value, status) for status in RefundStatus]
    + [(None, RefundStatus.PENDING), ("new", RefundStatus.PENDING), ({}, RefundStatus.PENDING)],
    ids=str,
)
def test_a_refund_that_was_accepted_says_how_far_it_is(
    status: object, meant: RefundStatus, payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [answer(200, {**REFUND, "status": status})]
    assert payments.refund(request_for()).status is meant


def test_the_receipt_says_what_stripe_says_was_refunded(payments: StripePayments, stripe: StripeStub) -> None:
    stripe.script = [answer(200, {**REFUND, "amount": 4200, "currency": "usd"})]
    assert str(payments.refund(request_for()).money) == "42.00 USD"


# Written out from Stripe's documentation of errors, as the specification.
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (error(400, code="charge_already_refunded"), "charge_already_refunded"),
        (error(400, code="charge_disputed"), "charge_disputed"),
        (error(404, code="resource_missing", param="charge"), "resource_missing"),
        (error(400, param="amount"), "amount_too_large"),
        (error(400, code="amount_too_small", param="amount"), "amount_too_small"),
        (error(400, code="parameter_invalid_integer", param="amount"), "parameter_invalid_integer"),
        (error(400, type="idempotency_error"), "idempotency_error"),
        (error(402, type="card_error", code="expired_or_canceled_card"), "expired_or_canceled_card"),
        (error(400, code="something_new"), "something_new"),
        (error(400), "invalid_request_error"),
        (error(404), "invalid_request_error"),
        (error(400, code="a code, with more"), "invalid_request_error"),
    ],
)
def test_what_stripe_will_not_refund_is_refused_with_its_code(
    reply: Answer, code: str, payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [reply]
    raised = refused(payments)
    assert isinstance(raised, RefundRefusedError)
    assert raised.code == code
    assert re.match(r"(chargeId|refundAmount)(, refundAmount)?: expected .+ \(Stripe answered", str(raised))
    assert str(raised).endswith(f"(Stripe answered HTTP {reply.status}, code {code})")
    assert "r-17" not in str(raised)  # whoever reports it names the reservation, once


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (
            error(404, code="resource_missing", param="charge"),
            "chargeId: expected the payment service's id of",
        ),
        (error(400, code="charge_disputed"), "chargeId: expected one of which something can be refunded"),
        (error(400, param="amount"), "refundAmount: expected no more than is left of what was paid"),
        (error(400, code="charge_already_refunded"), "refundAmount: expected no more than is left of"),
    ],
)
def test_a_refusal_names_the_events_field_and_what_would_be_accepted(
    reply: Answer, said: str, payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [reply]
    assert str(refused(payments)).startswith(said)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (error(401), PaymentsAccountError),
        (error(401, code="api_key_expired"), PaymentsAccountError),
        (error(403), PaymentsAccountError),
        (error(400, code="balance_insufficient"), PaymentsAccountError),
        (error(429), PaymentsThrottledError),
        (error(429, code="rate_limit"), PaymentsThrottledError),
        (error(429, code="lock_timeout"), PaymentsThrottledError),
        (error(409), PaymentsUnavailableError),
        (error(409, type="idempotency_error", code="idempotency_key_in_use"), PaymentsUnavailableError),
        (error(424), PaymentsUnavailableError),
        *((error(status, type="api_error"), PaymentsUnavailableError) for status in (500, 502, 503, 504)),
    ],
)
def test_what_is_wrong_with_the_account_or_passes_is_told_apart(
    reply: Answer, kind: type[CitasError], payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [reply]
    assert type(refused(payments)) is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, PaymentsAccountError),
        (403, PaymentsAccountError),
        (429, PaymentsThrottledError),
        (409, PaymentsUnavailableError),
        (500, PaymentsUnavailableError),
        (503, PaymentsUnavailableError),
        (302, ConfigurationError),
        (400, ConfigurationError),
        (404, ConfigurationError),
        (204, ConfigurationError),
    ],
)
@pytest.mark.parametrize(
    "body", ["", "<html>", {}, [], {"error": "a secret"}, {"error": {"code": 7}}], ids=str
)
def test_an_answer_that_is_not_stripes_is_judged_by_its_status(
    status: int, kind: type[CitasError], body: object, payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [answer(status, body)]
    assert type(refused(payments)) is kind


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        [],
        {},
        {**REFUND, "id": None},
        {**REFUND, "id": ""},
        {**REFUND, "amount": 500.0},
        {**REFUND, "amount": "50000"},
        {**REFUND, "amount": -1},
        {**REFUND, "currency": None},
        {**REFUND, "currency": "xyz"},
    ],
    ids=str,
)
def test_an_acceptance_that_cannot_be_read_is_asked_for_again(
    body: object, payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [answer(200, body)]
    assert type(refused(payments)) is PaymentsUnavailableError
    assert payments.refund(request_for()).refund_id == "re_1"
    first, second = stripe.received
    assert (first.body, first.headers) == (second.body, second.headers)


def test_a_redirect_is_not_followed_with_the_key(payments: StripePayments, stripe: StripeStub) -> None:
    stripe.script = [Answer(307, b"", headers=(("Location", f"{stripe.url}/elsewhere"),))]
    assert type(refused(payments)) is ConfigurationError
    assert len(stripe.received) == 1


# -- what came of it ----------------------------------------------------------------------------


def page(*refunds: dict[str, Any], more: bool = False) -> Answer:
    return answer(200, {"object": "list", "data": list(refunds), "has_more": more})


def found(refund_id: str, reservation_id: str | None, status: str = "succeeded") -> dict[str, Any]:
    metadata = {"reservation_id": reservation_id} if reservation_id else None
    return {**REFUND, "id": refund_id, "metadata": metadata, "status": status}


def test_what_came_of_a_refund_is_looked_up_by_charge_and_reservation(
    payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [page(found("re_3", None), found("re_2", "r-99"), found("re_1", "r-17", "pending"))]
    receipt = payments.refund_of(request_for())
    (received,) = stripe.received
    assert (received.method, received.path) == ("GET", "/v1/refunds")
    assert dict(parse_qsl(received.query)) == {"charge": "ch_1", "limit": "100"}
    assert "idempotency-key" not in received.headers
    assert receipt == RefundReceipt("re_1", RefundStatus.PENDING, pesos("500.00"))


@pytest.mark.parametrize(
    "refunds",
    [[], [found("re_1", "r-99")], [found("re_1", "r-17", "failed")]],
    ids=["none", "another's", "one that failed"],
)
def test_nothing_came_of_it_if_no_refund_of_the_reservation_stands(
    refunds: list[dict[str, Any]], payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [page(*refunds)]
    assert payments.refund_of(request_for()) is None


def test_every_page_is_looked_at(payments: StripePayments, stripe: StripeStub) -> None:
    stripe.script = [page(found("re_2", "r-99"), more=True), page(found("re_1", "r-17"))]
    receipt = payments.refund_of(request_for(charge_id="pi_1"))
    assert receipt is not None
    assert receipt.refund_id == "re_1"
    assert dict(parse_qsl(stripe.received[1].query)) == {
        "payment_intent": "pi_1",
        "limit": "100",
        "starting_after": "re_2",
    }


@pytest.mark.parametrize(
    "reply",
    [
        answer(200, {}),
        answer(200, {"data": 1, "has_more": False}),
        answer(200, {"data": ["x"], "has_more": False}),
        page({"status": "succeeded"}),
        answer(200, "<html>"),
        None,
        error(500),
    ],
)
def test_a_list_that_cannot_be_read_is_not_taken_for_an_empty_one(
    reply: Answer | None, payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [reply]
    assert type(error_of(lambda: payments.refund_of(request_for()))) is PaymentsUnavailableError
