"""The HTTP clients of functions that run in this process.

botocore's requests to the emulator are answered in the calling thread, without a socket (a third of the
time), signed and checked as over HTTP. ``requests``' calls to WhatsApp go over HTTP; around them a
function's process can be made to die.
"""

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

import botocore.useragent
import requests
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from local.emulator.facade import Emulator

# These services' handlers never wait for anything, so they can be called from any thread.
_DIRECT = frozenset({"dynamodb", "events", "kms", "secretsmanager", "ssm", "states", "sts"})

_thread = threading.local()


class ProcessDiedError(BaseException):
    """The function's process ends here; not an ``Exception``, so that no handler of errors stops it."""


class _Raw:
    """A body that has been read."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_amount: object, **_options: object) -> Iterator[bytes]:
        yield self._body


class Wires:
    """Takes hold of both clients while a stack is up.

    Args:
        whatsapp_url: where WhatsApp's simulator listens.
        withheld: whether the simulator just closed a connection in place of never answering; asked once.
    """

    def __init__(self, emulator: Emulator, whatsapp_url: str, withheld: Callable[[], bool]) -> None:
        self._emulator = emulator
        self._whatsapp_url = whatsapp_url
        self._withheld = withheld
        self._send_aws: Any = URLLib3Session.send
        self._send_http: Any = requests.adapters.HTTPAdapter.send
        self._agent: Any = botocore.useragent
        self._sanitize: Any = self._agent.sanitize_user_agent_string_component

    def install(self) -> None:
        """From now on calls of threads inside :func:`direct` are ours."""
        send_aws, send_http = self._send_aws, self._send_http
        answer, endpoint = self._answer, self._emulator.endpoint_url + "/"
        whatsapp, withheld = self._whatsapp_url, self._withheld

        def aws(self: URLLib3Session, request: Any) -> Any:
            if getattr(_thread, "direct", False) and request.url.startswith(endpoint) and _callable(request):
                return answer(request)
            return send_aws(self, request)

        def http(self: Any, request: requests.PreparedRequest, *args: Any, **options: Any) -> Any:
            if not str(request.url).startswith(whatsapp):
                return send_http(self, request, *args, **options)
            dies = getattr(_thread, "dies", None)
            if dies == "before_request":
                raise ProcessDiedError
            try:
                response = send_http(self, request, *args, **options)
            except requests.ConnectionError as error:
                if withheld():
                    raise requests.ReadTimeout("the answer was withheld", request=request) from error
                raise
            if dies == "after_request":
                raise ProcessDiedError
            return response

        # Botocore cleans the same dozen words of its user agent for every request, letter by letter.
        self._agent.sanitize_user_agent_string_component = functools.cache(self._sanitize)
        _replace(URLLib3Session, aws)
        _replace(requests.adapters.HTTPAdapter, http)

    def remove(self) -> None:
        """As it was."""
        self._agent.sanitize_user_agent_string_component = self._sanitize
        _replace(URLLib3Session, self._send_aws)
        _replace(requests.adapters.HTTPAdapter, self._send_http)

    def _answer(self, request: Any) -> AWSResponse:
        body = request.body or b""
        headers = [(name, _text(value)) for name, value in request.headers.items()]
        if not any(name.lower() == "host" for name, _ in headers):
            headers.append(("host", request.url.split("/", 3)[2]))
        response = self._emulator.call(
            request.method, request.url, headers, body.encode() if isinstance(body, str) else body
        )
        return AWSResponse(request.url, response.status, _headers(response.headers), _Raw(response.body))


def _replace(client: Any, send: Any) -> None:
    client.send = send


def _headers(pairs: tuple[tuple[str, str], ...]) -> Any:
    return dict(pairs)


def _callable(request: Any) -> bool:
    authorization = _text(request.headers.get("Authorization", ""))
    scope = authorization.partition("Credential=")[2].split("/", 4)
    return len(scope) > 3 and scope[3] in _DIRECT


def _text(value: Any) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


@contextmanager
def direct(dies: Literal["before_request", "after_request"] | None = None) -> Iterator[None]:
    """This thread calls AWS without sockets; its process may die around its WhatsApp request."""
    _thread.direct, _thread.dies = True, dies
    try:
        yield
    finally:
        _thread.direct, _thread.dies = False, None
