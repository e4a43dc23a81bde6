"""The AWS and HTTP clients of functions that run in this process.

botocore's calls of the emulator are answered in the calling thread: without a socket and a signature, which
are half of what a call costs, but as the caller's role may. Parameters are checked and answers are read by
botocore as ever. ``requests``' calls to WhatsApp and payments are answered by the simulators in the same way:
a socket and a thread for each were a fifth of a run. Around them a function's process can be made to die.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from http import HTTPStatus
from http.client import responses
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import botocore.useragent
import requests
from botocore.client import BaseClient
from botocore.parsers import create_parser

from local.emulator.emulator import Emulator
from local.emulator.server import Caller, Response
from local.simulators import http as simulators

# Services that speak JSON and never wait for anything, so that any thread can call them.
_DIRECT = frozenset({"dynamodb", "events", "kms", "secretsmanager", "ssm", "states"})

# DynamoDB's operations whose answers hold items, numbers and texts, and no instants.
_ITEMS = frozenset(
    {
        *("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan"),
        *("TransactGetItems", "TransactWriteItems", "UpdateItem"),
    }
)
_BINARY = re.compile(rb'"BS?"\s*:')

_thread = threading.local()


class ProcessDiedError(BaseException):
    """The function's process ends here; not an ``Exception``, so that no handler of errors stops it."""


class _Http:
    """What botocore looks at of an HTTP response."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code


class Service(Protocol):
    """A simulator that functions call by HTTP."""

    @property
    def url(self) -> str:
        """Where it listens."""

    def answer(self, request: simulators.Request) -> simulators.Answer | None:
        """Answer a request; None: the connection is closed instead."""

    def take_withheld(self) -> bool:
        """Whether it just closed a connection in place of never answering; asked once."""


class ClientPatches:
    """Takes hold of both clients while a stack is up.

    Args:
        now: the virtual instant.
        services: the simulators of other services.
    """

    def __init__(self, emulator: Emulator, now: Callable[[], datetime], services: Sequence[Service]) -> None:
        self._emulator = emulator
        self._now = now
        self._services = tuple(services)
        self._client: Any = cast("Any", BaseClient)
        self._adapter: Any = requests.adapters.HTTPAdapter
        self._make_request = self._client._make_request  # noqa: SLF001 - botocore has no public place for this
        self._resolve_endpoint = self._client._resolve_endpoint_ruleset  # noqa: SLF001 - no public place
        self._send_http = self._adapter.send
        self._agent: Any = botocore.useragent.UserAgentString
        self._name_agent = self._agent.to_string

    def install(self) -> None:
        """From now on calls of threads inside :func:`direct` are ours."""
        make_request, resolve_endpoint, answer = self._make_request, self._resolve_endpoint, self._answer
        endpoint = self._emulator.endpoint_url

        def ours(client: Any) -> bool:
            direct = _is_direct() and client.meta.service_model.signing_name in _DIRECT
            return direct and bool(client.meta.endpoint_url.startswith(endpoint))

        def aws(self: Any, operation: Any, request: Any, context: Any) -> Any:
            if ours(self):
                return answer(self, operation, request)
            return make_request(self, operation, request, context)

        def resolve(self: Any, operation: Any, *args: Any, **options: Any) -> Any:
            if ours(self):
                return self.meta.endpoint_url, {}, {}
            return resolve_endpoint(self, operation, *args, **options)

        self._client._make_request = aws  # noqa: SLF001 - no public place
        # An endpoint that was given needs no rules, which botocore evaluates for every request.
        self._client._resolve_endpoint_ruleset = resolve  # noqa: SLF001 - no public place
        self._adapter.send = self._http()
        # Botocore puts its user agent together for every request, and nobody here reads it.
        name_agent = self._name_agent
        self._agent.to_string = lambda agent: "" if _is_direct() else name_agent(agent)

    def remove(self) -> None:
        """Give the clients back as they were."""
        self._client._make_request = self._make_request  # noqa: SLF001 - no public place
        self._client._resolve_endpoint_ruleset = self._resolve_endpoint  # noqa: SLF001 - no public place
        self._adapter.send = self._send_http
        self._agent.to_string = self._name_agent

    def _http(self) -> Callable[..., requests.Response]:
        """``HTTPAdapter.send`` around which a function's process can die."""
        send_http, services = self._send_http, self._services

        def http(
            self: Any, request: requests.PreparedRequest, *args: Any, **options: Any
        ) -> requests.Response:
            called = [service for service in services if str(request.url).startswith(f"{service.url}/")]
            if not called:
                return send_http(self, request, *args, **options)
            asked: Callable[[], str | None] | None = getattr(_thread, "dies", None)
            dies = asked() if asked is not None else None
            if dies == "before_request":
                raise ProcessDiedError
            if _is_direct():
                response = _answered(called[0], request)
            else:
                try:
                    response = send_http(self, request, *args, **options)
                except requests.ConnectionError as error:
                    if called[0].take_withheld():
                        raise requests.ReadTimeout("the answer was withheld", request=request) from error
                    raise
            if dies == "after_request":
                raise ProcessDiedError
            return response

        return http

    def _answer(self, client: Any, operation: Any, request: Any) -> tuple[_Http, Any]:
        """An operation's answer, read as botocore's endpoint reads it."""
        credentials = client._request_signer._credentials.get_frozen_credentials()  # noqa: SLF001 - no public place
        caller = Caller(credentials.access_key, credentials.token, f"{self._now():%Y%m%d}")
        body = request["body"]
        response = self._emulator.call(
            caller,
            operation.service_model.signing_name,
            request["headers"]["X-Amz-Target"],
            body.encode() if isinstance(body, str) else body,
        )
        parsed = _as_it_is(operation, response) or _parsed(client, operation, response)
        parsed.setdefault("ResponseMetadata", {})["RetryAttempts"] = 0
        return _Http(response.status), parsed


def _answered(service: Service, request: requests.PreparedRequest) -> requests.Response:
    """A simulator's answer as ``HTTPAdapter`` gives it.

    Raises:
        requests.ConnectionError: it closed the connection.
        requests.ReadTimeout: it never answers.
    """
    url, body = urlsplit(str(request.url)), request.body or b""
    answer = service.answer(
        simulators.Request(
            method=str(request.method),
            path=url.path,
            headers={name.lower(): str(value) for name, value in request.headers.items()},
            body=body.encode() if isinstance(body, str) else bytes(body),
            query=url.query,
        )
    )
    if answer is None:
        if service.take_withheld():
            raise requests.ReadTimeout("the answer was withheld", request=request)
        raise requests.ConnectionError("the connection was closed without an answer", request=request)
    response = requests.Response()
    response.status_code, response.reason = answer.status, responses.get(answer.status, "Unknown")
    response.headers.update({"Content-Type": answer.content_type, **dict(answer.headers)})
    response.encoding = requests.utils.get_encoding_from_headers(response.headers)
    response.url, response.request = str(request.url), request
    response._content = answer.body  # noqa: SLF001 - as its adapter does
    return response


def _as_it_is(operation: Any, response: Response) -> dict[str, Any] | None:
    """The answers of DynamoDB that botocore's parser would give as they are: items without binary values.

    It looks at ten possible members of each value of each item, which is a tenth of a run.
    """
    plain = response.status == HTTPStatus.OK and operation.name in _ITEMS
    if not plain or operation.service_model.service_name != "dynamodb" or _BINARY.search(response.body):
        return None
    answer: dict[str, Any] = json.loads(response.body)
    headers = {name.lower(): value for name, value in response.headers.items()}
    answer["ResponseMetadata"] = {"HTTPStatusCode": response.status, "HTTPHeaders": headers}
    if (request_id := headers.get("x-amzn-requestid")) is not None:
        answer["ResponseMetadata"]["RequestId"] = request_id
    return answer


def _parsed(client: Any, operation: Any, response: Response) -> dict[str, Any]:
    read = {
        "headers": {name.lower(): value for name, value in response.headers.items()},
        "status_code": response.status,
        "body": response.body,
        "context": {"operation_name": operation.name},
    }
    parser = _parser(operation.service_model.resolved_protocol)
    parsed: dict[str, Any] = parser.parse(read, operation.output_shape)
    if response.status >= HTTPStatus.MULTIPLE_CHOICES:
        client._endpoint._add_modeled_error_fields(read, parsed, operation, parser)  # noqa: SLF001 - no public place
    return parsed


@cache
def _parser(protocol: str) -> Any:
    return create_parser(protocol)


def _is_direct() -> bool:
    return bool(getattr(_thread, "direct", False))


@contextmanager
def direct(dies: Callable[[], str | None] | None = None) -> Iterator[None]:
    """This thread calls AWS without sockets.

    Its process may die around a request to a simulator: ``dies``, asked for each, says ``before_request``,
    ``after_request`` or None.
    """
    _thread.direct, _thread.dies = True, dies
    try:
        yield
    finally:
        _thread.direct, _thread.dies = False, None
