"""When the request never left, and when nobody knows."""

import socket
from collections.abc import Callable

import pytest
import requests
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection
from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError

from clinic.adapters.whatsapp import messenger as adapter
from clinic.adapters.whatsapp.messenger import WhatsAppMessenger
from clinic.domain.errors import (
    CitasError,
    ConfigurationError,
    MessageRefusedError,
    MessengerOutcomeUnknownError,
    MessengerUnavailableError,
)
from tests.adapters.conftest import PHONE_NUMBER_ID
from tests.fakes.machines.failing_transport import FailingTransport
from tests.fakes.messages.messages import PRIVATE, RECIPIENT, outbound
from tests.fakes.messages.whatsapp_stub import Answer, WhatsAppStub


def error_of(send: Callable[[], str]) -> CitasError:
    with pytest.raises(CitasError) as raised:
        send()
    text = str(raised.value)
    assert [private for private in (*PRIVATE, "token-1", "127.0.0.1") if private in text] == []
    assert raised.value.__cause__ is None
    return raised.value


def over(failure: Exception) -> CitasError:
    session = requests.Session()
    session.mount("https://", FailingTransport(failure))
    messenger = WhatsAppMessenger("https://whatsapp.test/v23.0", PHONE_NUMBER_ID, lambda: "token-1", session)
    return error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_refused_connection_never_left() -> None:
    messenger = WhatsAppMessenger(f"http://127.0.0.1:{free_port()}", PHONE_NUMBER_ID, lambda: "token-1")
    assert type(error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))) is MessengerUnavailableError


@pytest.mark.parametrize(
    "answer",
    [Answer(hang_up=True), Answer(cut_short=True), Answer(500, cut_short=True)],
    ids=["closed without an answer", "closed within the answer", "closed within an error"],
)
def test_a_connection_closed_after_the_request_leaves_it_unknown(
    answer: Answer, messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [answer]
    assert type(error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))) is MessengerOutcomeUnknownError
    assert len(whatsapp.received) == 1


def test_no_answer_in_time_leaves_it_unknown(
    messenger: WhatsAppMessenger, whatsapp: WhatsAppStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "TIME_OUTS_SECONDS", (1.0, 0.05))
    whatsapp.script = [Answer(silent=True)]
    assert type(error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))) is MessengerOutcomeUnknownError
    assert len(whatsapp.received) == 1


def test_time_outs_leave_a_function_of_thirty_seconds_room_to_record_the_outcome() -> None:
    assert sum(adapter.TIME_OUTS_SECONDS) <= 15


POOL = HTTPConnectionPool("whatsapp.test")


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (requests.ConnectTimeout(), MessengerUnavailableError),
        (
            requests.ConnectionError(
                MaxRetryError(
                    POOL, "/", NameResolutionError("whatsapp.test", HTTPConnection("x"), socket.gaierror())
                )
            ),
            MessengerUnavailableError,
        ),
        (requests.ReadTimeout(), MessengerOutcomeUnknownError),
        (requests.ConnectionError(ProtocolError("aborted")), MessengerOutcomeUnknownError),
        (requests.ConnectionError(), MessengerOutcomeUnknownError),
        (requests.exceptions.ChunkedEncodingError(), MessengerOutcomeUnknownError),
        (requests.exceptions.ContentDecodingError(), MessengerOutcomeUnknownError),
        (requests.exceptions.SSLError(), MessengerOutcomeUnknownError),
    ],
    ids=[
        "no connection in time",
        "no such host",
        "no answer in time",
        "connection aborted",
        "connection lost",
        "answer broken off",
        "answer unreadable",
        "TLS failure",
    ],
)
def test_only_what_surely_never_left_may_be_sent_again(failure: Exception, kind: type[CitasError]) -> None:
    assert type(over(failure)) is kind


def test_a_redirect_is_not_followed_with_the_token(
    messenger: WhatsAppMessenger, whatsapp: WhatsAppStub
) -> None:
    whatsapp.script = [Answer(307, "", headers={"Location": f"{whatsapp.url}/elsewhere"})]
    assert type(error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))) is MessageRefusedError
    assert len(whatsapp.received) == 1


@pytest.mark.parametrize(
    "url", ["graph.facebook.com/v23.0", "ftp://graph.facebook.com", "https://", "http://[::1"]
)
def test_an_address_that_is_none_is_a_fault_of_the_configuration(url: str) -> None:
    messenger = WhatsAppMessenger(url, PHONE_NUMBER_ID, lambda: "token-1")
    assert type(error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))) is ConfigurationError


@pytest.mark.parametrize("token", ["token\n", "token\r\nX-Other: 1"])
def test_a_token_that_fits_no_header_is_a_fault_of_the_configuration(
    token: str, whatsapp: WhatsAppStub
) -> None:
    messenger = WhatsAppMessenger(whatsapp.url, PHONE_NUMBER_ID, lambda: token)
    assert type(error_of(lambda: messenger.send(outbound(), RECIPIENT, 1))) is ConfigurationError
    assert whatsapp.received == []
