"""How the virtual clock's work runs: in greenlets one at a time, or in threads all of one instant together.

A greenlet that sleeps holds its frames and nothing else; a thread holds a stack of its own and a lock, and
its every wake-up is two switches of the machine's.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from greenlet import getcurrent, greenlet

_REAL_SECONDS_TO_END = 30.0


class UnwoundError(BaseException):
    """Ends work that waits: not an ``Exception``, so that no handler of errors mistakes it for one."""


class ClockClosedError(UnwoundError):
    """The clock was closed while work waited on it."""


class WrongThreadError(RuntimeError):
    """Work that waits was to go on in another thread than it began in."""


@dataclass(eq=False)
class Waiter:
    """Work that sleeps or waits; fires once. ``awaited``: its wake-ups that are not background."""

    fired: bool = False
    awaited: int = 0
    gate: threading.Event = field(default_factory=threading.Event, repr=False)
    worker: greenlet | None = field(default=None, repr=False)


class Workers(Protocol):
    """Runs what a clock starts. All but `wait` and `is_inside` are called by the clock's driver."""

    def start(self, work: Callable[[], None]) -> None:
        """Begin some work, which never raises."""

    def is_inside(self) -> bool:
        """Whether the caller is such work."""

    def wait(self, waiter: Waiter) -> None:
        """Let others go on until this waiter is resumed.

        Raises:
            ClockClosedError: the clock was closed meanwhile.
        """

    def resume(self, waiter: Waiter) -> None:
        """Let a waiter go on."""

    def until_quiet(self) -> None:
        """Return once all that goes on waits or has ended."""

    def close(self) -> None:
        """End all that waits."""


class Greenlets:
    """One at a time, in the driver's own thread."""

    def __init__(self) -> None:
        self._live: set[greenlet] = set()
        self._thread: int | None = None
        self._closed = False

    def start(self, work: Callable[[], None]) -> None:
        """As `Workers` says; returns once the work waits or has ended."""

        def run() -> None:
            try:
                if not self._closed:
                    work()
            finally:
                self._live.discard(worker)

        worker = greenlet(run, parent=self._driver())
        self._live.add(worker)
        worker.switch()

    def is_inside(self) -> bool:
        """As `Workers` says."""
        return getcurrent() in self._live

    def wait(self, waiter: Waiter) -> None:
        """As `Workers` says."""
        waiter.worker = getcurrent()
        if (driver := waiter.worker.parent) is not None:
            driver.switch()

    def resume(self, waiter: Waiter) -> None:
        """As `Workers` says; returns once it waits again or has ended."""
        self._driver()
        if waiter.worker is not None and waiter.worker in self._live:
            waiter.worker.switch()

    def until_quiet(self) -> None:
        """Nothing goes on while the driver does."""

    def close(self) -> None:
        """As `Workers` says; what began in another thread can't be ended from here, and is left."""
        self._closed = True
        if self._thread not in {None, threading.get_ident()}:
            return
        for worker in list(self._live):
            worker.throw(ClockClosedError)

    def _driver(self) -> greenlet:
        here = threading.get_ident()
        if self._live and self._thread != here:
            raise WrongThreadError("what sleeps can only go on in the thread that ran the clock before")
        self._thread = here
        return getcurrent()


class Threads:
    """All that is released of one instant at the same time, as Lambda does."""

    def __init__(self) -> None:
        self._quiet = threading.Condition()
        self._busy = 0
        self._closed = threading.Event()
        self._local = threading.local()
        self._threads: set[threading.Thread] = set()
        self._waiting: set[Waiter] = set()

    def start(self, work: Callable[[], None]) -> None:
        """As `Workers` says."""

        def run() -> None:
            self._local.inside = True
            try:
                work()
            finally:
                with self._quiet:
                    self._threads.discard(threading.current_thread())
                    self._rests()

        thread = threading.Thread(target=run, daemon=True, name="virtual-time")
        with self._quiet:
            self._busy += 1
            self._threads.add(thread)
        thread.start()

    def is_inside(self) -> bool:
        """As `Workers` says."""
        return bool(getattr(self._local, "inside", False))

    def wait(self, waiter: Waiter) -> None:
        """As `Workers` says."""
        with self._quiet:
            if self._closed.is_set():
                raise ClockClosedError
            self._waiting.add(waiter)
            self._rests()
        waiter.gate.wait()
        with self._quiet:
            if not self._closed.is_set():
                return
            self._busy += 1  # it still runs until it has unwound
        raise ClockClosedError

    def resume(self, waiter: Waiter) -> None:
        """As `Workers` says."""
        with self._quiet:
            self._busy += 1
            self._waiting.discard(waiter)
        waiter.gate.set()

    def until_quiet(self) -> None:
        """As `Workers` says."""
        with self._quiet:
            while self._busy:
                self._quiet.wait()

    def close(self) -> None:
        """As `Workers` says."""
        with self._quiet:
            self._closed.set()
            for waiter in self._waiting:
                waiter.gate.set()
        for thread in list(self._threads):
            if thread is not threading.current_thread() and thread.is_alive():
                thread.join(_REAL_SECONDS_TO_END)

    def _rests(self) -> None:
        self._busy -= 1
        if self._busy == 0:
            self._quiet.notify_all()
