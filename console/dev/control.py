"""How `citas clock` speaks to a running `citas dev`: one line of JSON each way over a local socket.

A question is ``{"ask": "show"}``, ``{"ask": "jump", "seconds": 82800}`` or ``{"ask": "until", "at": …}``; the
answer is a ``Reading``, or ``{"refusal": …}``.
"""

import json
import queue
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self
from weakref import WeakSet

from console.terminal.instants import parse_instant

_LONGEST_LINE = 1000
_SECONDS_TO_SEND = 5.0


class NobodyAnswersError(Exception):
    """There is a socket, but no `citas dev` behind it any more."""


@dataclass(frozen=True)
class Reading:
    """What the clock shows.

    Attributes:
        now: ISO 8601, UTC.
        clock: ``real`` or ``virtual``.
        events, runs_ended, messages: how many there have been since the question, or since the start.
    """

    now: str
    clock: str
    zone: str
    events: int
    runs_ended: int
    messages: int

    def since(self, before: Self) -> Self:
        """With what has come since then alone."""
        return replace(
            self,
            events=self.events - before.events,
            runs_ended=self.runs_ended - before.runs_ended,
            messages=self.messages - before.messages,
        )


@dataclass(eq=False)
class Wish:
    """That time shall go on to an instant; answered by whoever drives the clock."""

    until: Callable[[datetime], datetime]
    _answered: threading.Event = field(default_factory=threading.Event)
    _answer: Mapping[str, Any] = field(default_factory=dict)

    def answer(self, answer: Mapping[str, Any]) -> None:
        """Let whoever asked go on; the first answer counts."""
        if not self._answered.is_set():
            self._answer = answer
            self._answered.set()

    def wait(self) -> Mapping[str, Any]:
        """The answer, when there is one."""
        self._answered.wait()
        return self._answer


class Control:
    """The listening side.

    Args:
        read: what the clock shows now.
        fixed: why time can't be moved; None if it can.
    """

    def __init__(self, read: Callable[[], Reading], fixed: str | None) -> None:
        self._read = read
        self._fixed = fixed
        self._wishes: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self._made: WeakSet[Wish] = WeakSet()

    def next_wish(self) -> Wish | None:
        """A wish that nobody has answered yet."""
        try:
            return self._wishes.get_nowait()
        except queue.Empty:
            return None

    def close(self) -> None:
        """Let go whoever still waits."""
        for wish in list(self._made):
            wish.answer({"refusal": "`citas dev` was ended on the way"})

    def answer(self, line: bytes) -> Mapping[str, Any]:
        """The answer to a question; for a wish, when it is fulfilled."""
        try:
            asked = json.loads(line)
            what = asked["ask"]
            if what == "show":
                return asdict(self._read())
            if self._fixed is not None:
                return {"refusal": self._fixed}
            wish = _wish(what, asked)
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            return {"refusal": f"not understood: {error}"}
        self._made.add(wish)
        self._wishes.put(wish)
        return wish.wait()


def _wish(what: str, asked: Mapping[str, Any]) -> Wish:
    if what == "jump":
        length = timedelta(seconds=asked["seconds"])
        return Wish(lambda now: now + length)
    if what == "until":
        instant = parse_instant(asked["at"])
        return Wish(lambda _now: instant)
    raise ValueError(f"ask: {what!r}; accepted: show, jump, until")


@contextmanager
def listening(path: Path, control: Control) -> Iterator[None]:
    """Answer at a socket, each caller in a thread of its own."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            answer = control.answer(self.rfile.readline(_LONGEST_LINE))
            self.wfile.write(json.dumps(answer).encode() + b"\n")

    class Server(socketserver.ThreadingUnixStreamServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A caller that went away is no fault of ours."""

    server = Server(str(path), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="clock control")
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(path: Path, question: Mapping[str, Any]) -> dict[str, Any]:
    """Put a question and wait for the answer, however long time takes to pass.

    Raises:
        NobodyAnswersError: nobody listens at the socket, or it ended before it answered.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(_SECONDS_TO_SEND)
            connection.connect(str(path))
            connection.sendall(json.dumps(question).encode() + b"\n")
            connection.settimeout(None)
            with connection.makefile("rb") as incoming:
                answer: dict[str, Any] = json.loads(incoming.readline())
                return answer
    except (OSError, ValueError) as error:
        raise NobodyAnswersError(str(error)) from error
