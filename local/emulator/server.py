"""Serves MiniStack on a loopback port, and calls it without a socket from the thread that asks.

Every step of MiniStack's code runs under one lock, whichever way a request came: on its own event loop it
relies on never being interrupted between two awaits, and handlers call it from threads of their own.
"""

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine, Generator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.emulator import session
from local.emulator.gate import OPEN, Credentials, refusal
from local.emulator.load import HOST, OPERATOR_KEY, REGION, MiniStack, isolate

_REAL_SECONDS_TO_START = 240.0
_LONG = 365 * 86400

_turn = threading.RLock()


class EmulatorError(RuntimeError):
    """MiniStack did something this package cannot work with."""


@dataclass(frozen=True)
class Caller:
    """Who calls: an access key, its session token and the date of its signatures."""

    access_key: str
    token: str | None
    date: str


@dataclass(frozen=True)
class Response:
    """An answer of MiniStack's."""

    status: int
    headers: dict[str, str]
    body: bytes


class _InTurns:
    """Awaits a coroutine, each of its steps under the lock."""

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, None]:
        step: Callable[[], Any] = functools.partial(self._coroutine.send, None)
        while True:
            try:
                with _turn:
                    waits_for = step()
            except StopIteration:
                return
            try:
                value = yield waits_for
            except BaseException as error:  # noqa: BLE001 - handed to the coroutine, as `await` does
                step = functools.partial(self._coroutine.throw, error)
            else:
                step = functools.partial(self._coroutine.send, value)


class Server:
    """MiniStack on a thread of its own, for the life of the process.

    Attributes:
        operator: whom it lets in over the port, but for the functions' roles.
    """

    def __init__(self, ministack: MiniStack) -> None:
        self.ministack = ministack
        self.operator = OPEN
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="emulator")
        self._thread.start()
        if not self._started.wait(_REAL_SECONDS_TO_START):
            raise EmulatorError(f"MiniStack did not start on {ministack.endpoint_url}")

    def let_in(self, operator: Credentials) -> None:
        """Take these credentials, and no others, for the operator's."""
        self.operator = operator
        self.ministack.environ["AWS_ACCESS_KEY_ID"] = operator.key

    def reset(self) -> None:
        """Forget every resource of the services a stack may use; others look for Docker when they reset."""
        with _turn:
            for service in self.ministack.services:
                if hasattr(service, "reset"):
                    service.reset()
            isolate(self.ministack.environ)

    @property
    def turn(self) -> AbstractContextManager[Any]:
        """The lock that every step of MiniStack's code is run under."""
        return _turn

    def call(self, caller: Caller, service: str, target: str, body: bytes) -> Response:
        """Answer one operation in the calling thread, as its caller may have it.

        Only for services that never wait. The signature is not checked (the caller is vouched for); the
        policies of the caller's role are.
        """
        headers = {
            "host": self.ministack.endpoint_url.removeprefix("http://"),
            "content-type": "application/x-amz-json-1.0",
            "content-length": str(len(body)),
            "x-amz-target": target,
            "authorization": (
                f"AWS4-HMAC-SHA256 Credential={caller.access_key}/{caller.date}/{REGION}/{service}"
                "/aws4_request, SignedHeaders=host, Signature=unchecked"
            ),
        }
        if caller.token:
            headers["x-amz-security-token"] = caller.token
        # A context of its own: MiniStack pins the caller's identity in context variables.
        return contextvars.copy_context().run(self._perform, caller, headers, body)

    def act(self, work: Callable[[], None]) -> None:
        """Have MiniStack do something by itself, in the calling thread, that no request asked for."""

        def in_turn() -> None:
            self.become(OPERATOR_KEY)
            with _turn:
                work()

        contextvars.copy_context().run(in_turn)

    def become(self, access_key: str) -> None:
        """Let MiniStack take the present context for that of a caller with this key."""
        app = self.ministack.app
        app.set_request_account_id(access_key)
        app.set_request_region(REGION)
        app.set_request_client_ip(HOST)

    def _perform(self, caller: Caller, headers: dict[str, str], body: bytes) -> Response:
        app = self.ministack.app
        self.become(caller.access_key)
        request_id = session.current().new_id()
        coroutine = app._dispatch_service_request("POST", "/", headers, body, {}, request_id)
        with _turn:
            try:
                coroutine.send(None)
            except StopIteration as finished:
                return Response(*finished.value)
        coroutine.close()
        raise EmulatorError(f"MiniStack waits in {headers['x-amz-target']}: it must be called over HTTP")

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        config = Config()
        config.bind = [f"fd://{self.ministack.listener.fileno()}"]
        config.accesslog = None
        config.errorlog = None
        config.keep_alive_timeout = _LONG
        config.graceful_timeout = 0
        never = asyncio.Event()
        await serve(self._app, config, shutdown_trigger=never.wait)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close"})
        elif (why := refusal(self.ministack, scope, self.operator)) is not None:
            plain = [(b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 403, "headers": plain})
            await send({"type": "http.response.body", "body": f"{why}\n".encode()})
        else:
            await _InTurns(self.ministack.app.app(scope, receive, send))
            if session.running():
                session.current().forget_permissions()

    async def _lifespan(self, receive: Any, send: Any) -> None:
        """In place of MiniStack's own, which starts schedulers, listeners and clean-ups in real time."""
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.ministack.app._MAIN_LOOP = asyncio.get_running_loop()
                await send({"type": "lifespan.startup.complete"})
                self._started.set()
            else:
                await send({"type": "lifespan.shutdown.complete"})
                return
