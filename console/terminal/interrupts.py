"""Ctrl-C ends the process while nothing is open; while a stack is up it is raised.

Python raises ``KeyboardInterrupt`` wherever the main thread happens to be. Inside a library's native code,
as while modules are loaded, the exception can be lost; so it is remembered too.
"""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from console.terminal.exit_codes import end_interrupted

# Two signals so close are one: `timeout` sends each to the process and then to its group.
_SECONDS_OF_ONE = 1.0


def end_at_once() -> Callable[[], object]:
    """From now on Ctrl-C ends the process at once, with a word; the result puts back what was before."""
    return _handle_with(end_interrupted)


class Interrupts:
    """Knows whether somebody pressed Ctrl-C."""

    def __init__(self) -> None:
        self._asked = False
        self._asked_at = 0.0
        self._settled = False

    def check(self) -> None:
        """Raise ``KeyboardInterrupt`` if it was asked for and got lost."""
        if self._asked and not self._settled:
            raise KeyboardInterrupt

    def settle(self) -> None:
        """It came as it was meant to: everything is closed, and nothing was interrupted."""
        self._settled = True

    def ask(self, number: int, frame: FrameType | None) -> None:
        """The first Ctrl-C is raised, so that everything is closed; a later one does not wait for that."""
        now = time.monotonic()
        if self._asked:
            if now - self._asked_at >= _SECONDS_OF_ONE:
                end_interrupted(number, frame)
            return
        self._asked, self._asked_at = True, now
        raise KeyboardInterrupt


@contextmanager
def interruptible(*others: signal.Signals) -> Iterator[Interrupts]:
    """In here Ctrl-C raises ``KeyboardInterrupt``, and so do ``others``; the second one ends the process."""
    interrupts = Interrupts()
    restore = _handle_with(interrupts.ask, *others)
    try:
        yield interrupts
        interrupts.check()
    finally:
        restore()


def _handle_with(
    handler: Callable[[int, FrameType | None], None], *others: signal.Signals
) -> Callable[[], object]:
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, *others)}
    return lambda: [signal.signal(number, former) for number, former in before.items()]
