"""Refunds to ask for, and a Stripe that answers what the test tells it to, over real HTTP."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from clinic.domain.errors import CitasError
from clinic.domain.money import Money
from clinic.services.appointments.refunding import Payments, RefundRequest
from local.simulators.http import Answer, HttpServer, Request

SECRET_KEY = "sk_test_made_up"
REFUND = {"id": "re_1", "amount": 50000, "currency": "mxn", "status": "succeeded", "metadata": {}}

PAID = {"id": "ch_1", "amount": 50000, "currency": "mxn"}


def pesos(amount: str) -> Money:
    return Money(Decimal(amount), "MXN")


def request_for(amount: str = "500.00", **changes: Any) -> RefundRequest:
    """A refund for reservation r-17, which was paid with charge ch_1."""
    whole = RefundRequest(
        reservation_id="r-17", charge_id="ch_1", money=pesos(amount), idempotency_key="refund#r-17"
    )
    return replace(whole, **changes)


@dataclass
class StripeStub:
    """Answers from the script, then accepts everything; None closes the connection without an answer.

    Whoever looks at a charge finds 500 pesos; that is kept apart, in ``looked_at``.
    """

    url: str
    script: list[Answer | None] = field(default_factory=list)
    received: list[Request] = field(default_factory=list)
    looked_at: list[Request] = field(default_factory=list)
    silent: bool = False


def answer(status: int, document: Any) -> Answer:
    return (
        Answer.of_json(status, document)
        if not isinstance(document, str)
        else Answer(status, document.encode())
    )


def error(status: int, **named: Any) -> Answer:
    """An answer in the form of Stripe's errors."""
    return answer(status, {"error": {"type": "invalid_request_error", "message": "a secret", **named}})


@contextmanager
def stripe_stub() -> Iterator[StripeStub]:
    """Run it for the length of a block."""
    closing = threading.Event()

    def reply(request: Request) -> Answer | None:
        if request.path.startswith(("/v1/charges/", "/v1/payment_intents/")):
            stub.looked_at.append(request)
            return answer(200, PAID)
        stub.received.append(request)
        if stub.silent:
            closing.wait()
        return stub.script.pop(0) if stub.script else answer(200, REFUND)

    server = HttpServer(reply)
    stub = StripeStub(f"{server.url}/v1")
    try:
        yield stub
    finally:
        closing.set()
        server.close()


def error_of(call: Callable[[], object]) -> CitasError:
    """The error of a call, which tells no key, no address and nothing of what Stripe wrote."""
    with pytest.raises(CitasError) as raised:
        call()
    text = str(raised.value)
    assert [hidden for hidden in (SECRET_KEY, "a secret", "127.0.0.1", "ch_1") if hidden in text] == []
    assert raised.value.__cause__ is None
    return raised.value


def refused(payments: Payments) -> CitasError:
    """The error of a refund."""
    return error_of(lambda: payments.refund(request_for()))
