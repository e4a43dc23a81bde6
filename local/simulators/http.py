"""A small HTTP/1.1 server on a loopback port: a thread a connection, kept alive."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.client import responses
from typing import Any, BinaryIO

_MAX_HEADER = 65536


@dataclass(frozen=True)
class Request:
    """A request; header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    query: str = ""


@dataclass(frozen=True)
class Answer:
    """What to answer."""

    status: int
    body: bytes
    content_type: str = "application/json; charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of_json(cls, status: int, document: Any, headers: tuple[tuple[str, str], ...] = ()) -> "Answer":
        """An answer in JSON."""
        return cls(status, json.dumps(document).encode(), headers=headers)


class HttpServer:
    """Answers every request with ``answer``; where that gives None, it closes the connection instead.

    Attributes:
        url: where it listens.
    """

    def __init__(self, answer: Callable[[Request], Answer | None]) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = "http://{}:{}".format(*self._listener.getsockname())
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, daemon=True, name="simulator").start()

    def close(self) -> None:
        """Stop listening and close every connection."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True, name="simulator").start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as incoming:
                while (request := _read(incoming)) is not None:
                    answer = self._answer(request)
                    if answer is None:
                        return
                    is_last = request.headers.get("connection", "").lower() == "close"
                    connection.sendall(_written(answer, is_last=is_last))
                    if is_last:
                        return
        except OSError:
            return
        finally:
            with self._lock:
                self._connections.discard(connection)


def _read(incoming: BinaryIO) -> Request | None:
    line = incoming.readline(_MAX_HEADER)
    if not line.strip():
        return None
    method, _, rest = line.decode("latin-1").partition(" ")
    headers: dict[str, str] = {}
    while (field := incoming.readline(_MAX_HEADER)).strip():
        name, _, value = field.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    length = int(headers.get("content-length", "0"))
    path, _, query = rest.split(" ", 1)[0].partition("?")
    return Request(method, path, headers, incoming.read(length) if length else b"", query)


def _written(answer: Answer, *, is_last: bool) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
    )
    fields = (*answer.headers, ("Connection", "close")) if is_last else answer.headers
    more = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{head}{more}\r\n".encode("latin-1") + answer.body
