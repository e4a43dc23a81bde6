"""Puts what functions print into the stack's log, line by line; what anyone else prints goes where it did."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

_sink = threading.local()


class _Stream:
    """A standard stream that looks at the thread that writes.

    Loggers keep the stream they were made with, for longer than a stack lives; so there is one per process.
    """

    def __init__(self, original: Callable[[], TextIO]) -> None:
        self._original = original
        self._rest = ""

    def write(self, text: str) -> int:
        take: Callable[[str], None] | None = getattr(_sink, "take", None)
        if take is None:
            return self._original().write(text)
        *lines, _sink.rest = (getattr(_sink, "rest", "") + text).split("\n")
        for line in lines:
            take(line)
        return len(text)

    def flush(self) -> None:
        if getattr(_sink, "take", None) is None:
            self._original().flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original(), name)


class Streams:
    """Puts the streams in place while a stack is up."""

    def __init__(self) -> None:
        self._stdout: TextIO = sys.stdout
        self._stderr: TextIO = sys.stderr
        self._out = _Stream(lambda: self._stdout)
        self._err = _Stream(lambda: self._stderr)

    def install(self) -> None:
        """From now on threads that lend themselves to :func:`captured` are heard."""
        if sys.stdout is not self._out:
            self._stdout, self._stderr = sys.stdout, sys.stderr
            sys.stdout, sys.stderr = self._out, self._err

    def remove(self) -> None:
        """Let everything be printed where it was."""
        if sys.stdout is self._out:
            sys.stdout, sys.stderr = self._stdout, self._stderr


streams = Streams()


@contextmanager
def captured(take: Callable[[str], None]) -> Iterator[None]:
    """Lines this thread prints go to ``take``."""
    streams.install()  # anew: whoever runs the stack may have put a stream of its own there meanwhile
    _sink.take, _sink.rest = take, ""
    try:
        yield
    finally:
        if _sink.rest:
            take(_sink.rest)
        _sink.take = None
