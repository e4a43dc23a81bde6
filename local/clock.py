"""The virtual clock: time stands still while anything runs and jumps to the next wake-up when nothing does.

Python's clocks (``time.time``, ``datetime.now``) are frozen at the virtual instant for the whole process;
``time.monotonic`` stays real, so sockets and event loops keep working. Work is what the clock started
(:meth:`VirtualClock.spawn`); it runs until it sleeps or waits (`local.workers`). One driver thread calls
:meth:`VirtualClock.run_until`; it releases wake-ups in one global order, (instant, sequence), one at a time
in its own thread, or with ``concurrent=True`` all of the same instant together in threads.

Wake-ups that come again and again without end (a schedule's, and what waits because of one) are *background*:
they come in the same order, but nobody waits for them: the clock is idle when nothing else lies ahead.
"""

import heapq
import itertools
import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import time_machine

from local.workers import ClockClosedError, Greenlets, Threads, UnwoundError, Waiter, Workers


def machine_time() -> datetime:
    """The machine's own time in UTC, which a virtual clock hides from everything else; to the millisecond.

    AWS writes most instants so, and what happens at one instant should read as one.
    """
    if time_machine.escape_hatch.is_travelling():
        now = datetime.fromtimestamp(time_machine.escape_hatch.time.time(), UTC)
    else:
        now = datetime.now(UTC)  # noqa: TID251 - what a stack's time begins with, or follows
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


class ClockError(RuntimeError):
    """The clock was used in a way it does not allow."""


@dataclass(order=True)
class _Wakeup:
    instant: datetime
    sequence: int
    target: "Waiter | Task | Callable[[], None]" = field(compare=False)
    label: str = field(compare=False, default="")
    background: bool = field(compare=False, default=False)

    @property
    def stale(self) -> bool:
        return isinstance(self.target, Waiter) and self.target.fired


class Task:
    """Work that the clock starts in its order."""

    def __init__(self, clock: "VirtualClock", work: Callable[[], object]) -> None:
        self._clock = clock
        self._work = work
        self._done = ClockEvent(clock)

    def join(self) -> None:
        """Wait until it is done, handing the token over meanwhile."""
        self._done.wait()

    def _run(self) -> None:
        self._clock._run(self._work, self._done.set)  # noqa: SLF001 - the two are one mechanism


class ClockEvent:
    """What ``threading.Event`` is, in virtual time."""

    def __init__(self, clock: "VirtualClock") -> None:
        self._clock = clock
        self._set = False
        self._waiters: list[Waiter] = []

    def is_set(self) -> bool:
        """Whether it was set."""
        return self._set

    def set(self) -> None:
        """Wake those who wait, at the present instant and in their order."""
        with self._clock._lock:  # noqa: SLF001 - the two are one mechanism
            self._set = True
            waiters, self._waiters = self._waiters, []
            for waiter in waiters:
                self._clock._push(self._clock.now(), waiter)  # noqa: SLF001 - the two are one mechanism

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set or ``timeout`` virtual seconds have passed; whether it is set."""
        waiter = Waiter()
        with self._clock._lock:  # noqa: SLF001 - the two are one mechanism
            if self._set:
                return True
            self._waiters.append(waiter)
            if timeout is not None:
                self._clock._push(self._clock.now() + timedelta(seconds=timeout), waiter)  # noqa: SLF001 - the two are one mechanism
        self._clock._wait(waiter)  # noqa: SLF001 - the two are one mechanism
        return self._set


class VirtualClock:
    """Frozen time with a queue of wake-ups. Use as a context manager; one at a time in a process.

    Args:
        start: the first instant, aware.
        concurrent: release all wake-ups of one instant together instead of one at a time.
    """

    def __init__(self, start: datetime, *, concurrent: bool = False) -> None:
        if start.tzinfo is None:
            raise ClockError(f"the clock's start must say its zone: {start.isoformat()}")
        self._now = start.astimezone(UTC)
        self._concurrent = concurrent
        self._workers: Workers = Threads() if concurrent else Greenlets()
        self._lock = threading.RLock()
        self._asked = threading.Condition(self._lock)
        self._heap: list[_Wakeup] = []
        self._sequence = itertools.count()
        self._awaited = 0  # wake-ups ahead that are not background
        self._driver: int | None = None
        self._closed = False
        self._failure: BaseException | None = None
        self._sleeping: dict[str, set[Waiter]] = defaultdict(set)
        self._travel: time_machine.travel | None = None
        self._traveller: time_machine.Traveller | None = None
        self.on_step: Callable[[], None] | None = None

    def __enter__(self) -> Self:
        # Text, not a datetime: time-machine would set the process's TZ to a datetime's zone.
        self._travel = time_machine.travel(self._now.isoformat(), tick=False)
        self._traveller = self._travel.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def now(self) -> datetime:
        """The virtual instant, in UTC."""
        return self._now

    @property
    def pending(self) -> int:
        """How many wake-ups lie ahead."""
        with self._lock:
            return sum(not wakeup.stale for wakeup in self._heap)

    @property
    def idle(self) -> bool:
        """Whether nothing lies ahead but the background."""
        with self._lock:
            return self._awaited == 0

    # -- what work does -------------------------------------------------------------------------

    def sleep(self, seconds: float, *, owner: str = "", background: bool = False) -> None:
        """Let ``seconds`` of virtual time pass for the caller, which the clock must have started.

        ``owner`` names what sleeps, for :meth:`wake`; for a ``background`` sleep nobody waits.
        """
        if seconds <= 0:
            return
        waiter = Waiter()
        with self._lock:
            self._push(self._now + timedelta(seconds=seconds), waiter, owner, background=background)
            if owner:
                self._sleeping[owner].add(waiter)
        try:
            self._wait(waiter)
        finally:
            if owner:
                with self._lock:
                    self._sleeping[owner].discard(waiter)
                    if not self._sleeping[owner]:
                        del self._sleeping[owner]

    def wake(self, owner: str) -> None:
        """Wake everything that sleeps for ``owner`` now instead of at its instant."""
        with self._lock:
            for waiter in self._sleeping.get(owner, ()):
                self._push(self._now, waiter, owner)

    def spawn(self, work: Callable[[], object], label: str = "") -> Task:
        """Run ``work``, which may sleep; its start is a wake-up at the present instant."""
        task = Task(self, work)
        with self._lock:
            self._push(self._now, task, label)
        return task

    def event(self) -> ClockEvent:
        """A ``threading.Event`` in virtual time."""
        return ClockEvent(self)

    # -- what the driver does -------------------------------------------------------------------

    def call_at(
        self, instant: datetime, call: Callable[[], None], label: str = "", *, background: bool = False
    ) -> None:
        """Run ``call`` in the driver's thread at ``instant``; an error in it ends ``run_until``."""
        if instant.tzinfo is None:
            raise ClockError(f"an instant must say its zone: {instant.isoformat()}")
        with self._lock:
            if instant < self._now:
                raise ClockError(f"{instant.isoformat()} is past: it is {self._now.isoformat()}")
            self._push(instant.astimezone(UTC), call, label, background=background)

    def run_until(self, instant: datetime) -> None:
        """Run everything up to and including ``instant``, and stand there."""
        if instant.tzinfo is None:
            raise ClockError(f"an instant must say its zone: {instant.isoformat()}")
        if instant < self._now:
            raise ClockError(f"time does not run backwards: it is {self._now.isoformat()}")
        self._drive(instant.astimezone(UTC))
        with self._lock:
            self._move_to(instant.astimezone(UTC))

    def run_until_idle(self) -> None:
        """Run until nothing lies ahead but the background, and stand at the last wake-up's instant."""
        self._drive(None)

    def wait_for_wakeup(self, seconds: float) -> bool:
        """Let real time pass until something is due at the present instant, which others may ask for.

        Args:
            seconds: how long at most.

        Returns:
            Whether something is due; :meth:`run_until` the present instant runs it.
        """
        with self._lock:
            return self._asked.wait_for(self._is_something_due, seconds)

    def close(self) -> None:
        """End what still runs or sleeps, and give the process its own time back."""
        with self._lock:
            self._closed = True
            self._heap.clear()
            self._awaited = 0
        self._workers.close()
        if self._travel is not None:
            self._travel.stop()
            self._travel = None

    # -- inside ---------------------------------------------------------------------------------

    def _push(
        self,
        instant: datetime,
        target: "Waiter | Task | Callable[[], None]",
        label: str = "",
        *,
        background: bool = False,
    ) -> None:
        if self._closed:
            raise ClockClosedError
        if isinstance(target, Waiter):
            if target.fired:
                return
            target.awaited += not background
        self._awaited += not background
        heapq.heappush(self._heap, _Wakeup(instant, next(self._sequence), target, label, background))
        self._asked.notify()

    def _is_something_due(self) -> bool:
        while self._heap and self._heap[0].stale:
            heapq.heappop(self._heap)
        return bool(self._heap) and self._heap[0].instant <= self._now

    def _wait(self, waiter: Waiter) -> None:
        if not self._workers.is_inside():
            raise ClockError("only work the clock started may wait in virtual time")
        self._workers.wait(waiter)

    def _run(self, work: Callable[[], object], done: Callable[[], None]) -> None:
        try:
            work()
        except UnwoundError:
            pass
        except BaseException as error:  # noqa: BLE001 - surfaces in the driver
            self._failure = self._failure or error
        finally:
            with self._lock:
                if not self._closed:
                    done()

    def _drive(self, limit: datetime | None) -> None:
        if self._driver is not None:
            raise ClockError("the clock is running already: a callback must not run it")
        self._driver = threading.get_ident()
        try:
            while batch := self._next_batch(limit):
                if self.on_step is not None:
                    self.on_step()
                for wakeup in batch:
                    self._release(wakeup)
        finally:
            self._driver = None

    def _next_batch(self, limit: datetime | None) -> list[_Wakeup]:
        self._workers.until_quiet()
        with self._lock:
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            if limit is None and self._awaited == 0:
                return []
            first = self._pop_due(limit)
            if first is None:
                return []
            self._move_to(first.instant)
            batch = [first]
            while self._concurrent and (more := self._pop_due(first.instant)):
                batch.append(more)
            return batch

    def _pop_due(self, limit: datetime | None) -> _Wakeup | None:
        while self._heap and (self._heap[0].stale or limit is None or self._heap[0].instant <= limit):
            wakeup = heapq.heappop(self._heap)
            if wakeup.stale:
                continue
            if isinstance(wakeup.target, Waiter):
                wakeup.target.fired = True
                self._awaited -= wakeup.target.awaited
            else:
                self._awaited -= not wakeup.background
            return wakeup
        return None

    def _release(self, wakeup: _Wakeup) -> None:
        if isinstance(wakeup.target, Waiter):
            self._workers.resume(wakeup.target)
        elif isinstance(wakeup.target, Task):
            self._workers.start(wakeup.target._run)  # noqa: SLF001 - the two are one mechanism
        else:
            wakeup.target()

    def _move_to(self, instant: datetime) -> None:
        if instant > self._now:
            if self._traveller is not None:
                self._traveller.shift(instant - self._now)
            self._now = instant
