"""Stand-ins for ``time``, ``threading`` and thread pools that spend virtual time."""

import contextvars
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from types import ModuleType, TracebackType
from typing import Any, Self

from local.clock import ClockEvent, Task
from local.emulator import session

# The pause before an execution's first state, for the sake of clients that poll.
_START_PAUSE = 0.15


class Time(ModuleType):
    """``time`` whose ``sleep`` is ours."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        super().__init__("time")
        self._sleep = sleep

    def sleep(self, seconds: float) -> None:
        """Virtual time passes, but for the pause before an execution's first state."""
        if seconds != _START_PAUSE:
            self._sleep(seconds)

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


class Thread:
    """A thread that starts at a wake-up of the clock's."""

    def __init__(
        self,
        target: Callable[..., object],
        args: Iterable[Any] = (),
        *,
        daemon: bool | None = None,
        name: str | None = None,
        after_join: Callable[[], None] | None = None,
    ) -> None:
        del daemon, name
        self._target = target
        self._args = tuple(args)
        self._after_join = after_join
        self._task: Task | None = None

    def start(self) -> None:
        """Ask the clock to start it at the present instant."""
        self._task = session.current().clock.spawn(lambda: self._target(*self._args))

    def join(self) -> None:
        """Wait for it in virtual time."""
        if self._task is not None:
            self._task.join()
        if self._after_join is not None:
            self._after_join()


class Threading(ModuleType):
    """``threading`` whose threads and events live in virtual time; its members stand in for classes."""

    def __init__(self, after_join: Callable[[], None]) -> None:
        super().__init__("threading")
        self._after_join = after_join

    def Thread(self, target: Callable[..., object], args: Iterable[Any] = (), **options: Any) -> Thread:  # noqa: N802 - threading's name
        """A thread of the clock's."""
        return Thread(target, args, after_join=self._after_join, **options)

    def Event(self) -> ClockEvent:  # noqa: N802 - threading's name
        """An event of the clock's."""
        return session.current().clock.event()

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)


class _Future:
    def __init__(self, pool: "Pool") -> None:
        self.pool = pool


class Pool:
    """A thread pool: one worker runs in the caller's own thread, more are the clock's."""

    def __init__(self, max_workers: int) -> None:
        self._max_workers = max(1, int(max_workers))
        self._queue: deque[Callable[[], object]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def submit(self, work: Callable[..., object], *args: Any) -> _Future:
        """Run it now if there is one worker, else when the pool is waited for."""
        if self._max_workers == 1:
            work(*args)
        else:
            self._queue.append(lambda: work(*args))
        return _Future(self)

    def finish(self) -> None:
        """Run what was submitted; the caller hands its token over meanwhile."""
        workers = [
            session.current().clock.spawn(lambda: contextvars.copy_context().run(self._work))
            for _ in range(min(self._max_workers, len(self._queue)))
        ]
        for worker in workers:
            worker.join()

    def _work(self) -> None:
        while self._queue:
            self._queue.popleft()()


def wait(futures: list[_Future], after: Callable[[], None]) -> None:
    """Wait for all futures of one pool."""
    if futures:
        futures[0].pool.finish()
    after()
