"""Serves MiniStack on a loopback port, and calls it without a socket from the thread that asks.

Every step of MiniStack's code runs under one lock, whichever way a request came: on its own event loop it
relies on never being interrupted between two awaits, and handlers call it from threads of their own.
"""

import asyncio
import contextvars
import functools
import threading
from collections.abc import Callable, Coroutine, Generator, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from hypercorn.asyncio import serve
from hypercorn.config import Config

from local.emulator.load import MiniStack, isolate, load

_REAL_SECONDS_TO_START = 30.0
_LONG = 365 * 86400

_turn = threading.RLock()


class EmulatorError(RuntimeError):
    """MiniStack did something this package cannot work with."""


@dataclass(frozen=True)
class Response:
    """An answer of MiniStack's."""

    status: int
    headers: tuple[tuple[str, str], ...]
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
    """MiniStack on a thread of its own, for the life of the process."""

    def __init__(self, ministack: MiniStack) -> None:
        self.ministack = ministack
        self._started = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="emulator")
        self._thread.start()
        if not self._started.wait(_REAL_SECONDS_TO_START):
            raise EmulatorError(f"MiniStack did not start on {ministack.endpoint_url}")

    def reset(self) -> None:
        """Forget every resource of the services a stack may use; others look for Docker when they reset."""
        with _turn:
            for service in self.ministack.services:
                if hasattr(service, "reset"):
                    service.reset()
            isolate(self.ministack.environ)

    def call(self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes) -> Response:
        """Answer one request in the calling thread. Only for services that never wait."""
        parts = urlsplit(url)
        answer = _Answer(body)
        coroutine = self.ministack.app.app(
            {
                "type": "http",
                "method": method,
                "scheme": "http",
                "path": unquote(parts.path) or "/",
                "raw_path": (parts.path or "/").encode("ascii"),
                "query_string": parts.query.encode("ascii"),
                "headers": [
                    (name.lower().encode("latin-1"), value.encode("utf-8")) for name, value in headers
                ],
                "client": ("127.0.0.1", 0),
            },
            answer.receive,
            answer.send,
        )
        # A context of its own: MiniStack pins the caller's identity in context variables.
        contextvars.copy_context().run(_finish, coroutine, url)
        return answer.response()

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
        else:
            await _InTurns(self.ministack.app.app(scope, receive, send))

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


class _Answer:
    """The two channels of an ASGI request that is there as a whole."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._status = 0
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []

    async def receive(self) -> dict[str, Any]:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = tuple(
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in message["headers"]
            )
        else:
            self._chunks.append(message.get("body", b""))

    def response(self) -> Response:
        return Response(self._status, self._headers, b"".join(self._chunks))


def _finish(coroutine: Coroutine[Any, Any, None], url: str) -> None:
    with _turn:
        try:
            coroutine.send(None)
        except StopIteration:
            return
    coroutine.close()
    raise EmulatorError(f"MiniStack waits while it answers {url}: this service must be called over HTTP")


@functools.cache
def server() -> Server:
    """The process's one MiniStack, started at the first call."""
    return Server(load())
