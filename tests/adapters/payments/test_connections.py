"""Refunds when there is no answer, or no way to ask."""

import socket

import pytest
import requests

from clinic.adapters.payments import stripe as adapter
from clinic.adapters.payments.stripe import StripePayments
from clinic.domain.errors import ConfigurationError, PaymentsUnavailableError
from tests.fakes.machines.failing_transport import FailingTransport
from tests.fakes.payments import SECRET_KEY, StripeStub, refused


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_refused_connection_may_be_tried_again() -> None:
    payments = StripePayments(f"http://127.0.0.1:{free_port()}/v1", lambda: SECRET_KEY)
    assert type(refused(payments)) is PaymentsUnavailableError


def test_a_connection_closed_after_the_request_may_be_tried_again(
    payments: StripePayments, stripe: StripeStub
) -> None:
    stripe.script = [None]
    assert type(refused(payments)) is PaymentsUnavailableError
    assert len(stripe.received) == 1


def test_no_answer_in_time_may_be_tried_again(
    payments: StripePayments, stripe: StripeStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "TIME_OUTS_SECONDS", (1.0, 0.05))
    stripe.silent = True
    assert type(refused(payments)) is PaymentsUnavailableError
    assert len(stripe.received) == 1


@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectTimeout("ch_1"),
        requests.ReadTimeout("ch_1"),
        requests.ConnectionError("ch_1"),
        requests.exceptions.ChunkedEncodingError("ch_1"),
        requests.exceptions.SSLError("ch_1"),
    ],
    ids=lambda failure: type(failure).__name__,
)
def test_every_failure_of_the_network_may_be_tried_again(failure: Exception) -> None:
    session = requests.Session()
    session.mount("https://", FailingTransport(failure))
    payments = StripePayments("https://stripe.test/v1", lambda: SECRET_KEY, session)
    assert type(refused(payments)) is PaymentsUnavailableError


def test_time_outs_leave_a_function_of_thirty_seconds_room_to_record_the_outcome() -> None:
    assert sum(adapter.TIME_OUTS_SECONDS) <= 20


@pytest.mark.parametrize("url", ["api.stripe.com/v1", "ftp://api.stripe.com", "https://", "http://[::1"])
def test_an_address_that_is_none_is_a_fault_of_the_configuration(url: str) -> None:
    assert type(refused(StripePayments(url, lambda: SECRET_KEY))) is ConfigurationError


@pytest.mark.parametrize("key", [f"{SECRET_KEY}\n", f"{SECRET_KEY}\r\nX-Other: 1"])
def test_a_key_that_fits_no_header_is_a_fault_of_the_configuration(key: str, stripe: StripeStub) -> None:
    assert type(refused(StripePayments(stripe.url, lambda: key))) is ConfigurationError
    assert stripe.received == []
