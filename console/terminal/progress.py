"""Shows on standard error that a run is alive: one changing line, or a line now and then in a file."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.status import Status

from console.terminal.text import count

_SECONDS_BETWEEN_UPDATES = 0.15
_SECONDS_BETWEEN_LINES = 5.0


@dataclass(frozen=True)
class Snapshot:
    """How far a run has come. ``now`` is virtual time."""

    now: datetime
    events: int
    events_in_all: int
    runs: int
    messages: int

    def __str__(self) -> str:
        return (
            f"{self.now:%Y-%m-%d %H:%M}Z  {self.events:,} of {count(self.events_in_all, 'event')}, "
            f"{count(self.runs, 'run')}, {count(self.messages, 'message')} sent"
        )


class Progress:
    """A context manager around a run; it looks only as often as it shows."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = Status("starting the local stack …", console=console) if console.is_terminal else None
        self._interval = _SECONDS_BETWEEN_UPDATES if self._status else _SECONDS_BETWEEN_LINES
        self._next = time.monotonic() + self._interval

    def __enter__(self) -> Self:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Take the line away: something else shows that the run is alive."""
        if self._status is not None:
            self._status.stop()

    def step(self, look: Callable[[], Snapshot]) -> None:
        """Something happened: show it if it is time to."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + self._interval
        if self._status is not None:
            self._status.update(str(look()))
        else:
            self._console.print(str(look()), soft_wrap=True)
