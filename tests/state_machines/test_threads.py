"""The bench waits for runs whose threads come and go as they like."""

import threading
from typing import Any

import pytest

from tests.fakes.machines.threads import end_of_all_but


class SlowStarter(threading.Thread):
    """One that the operating system is slow to start: not before somebody has looked at it."""

    looked_at = threading.Event()

    def is_alive(self) -> bool:
        self.looked_at.set()
        return super().is_alive()

    def join(self, timeout: float | None = None) -> None:
        self.looked_at.set()
        super().join(timeout)


def test_a_thread_that_is_listed_and_has_not_started_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_listed, done = threading.Event(), []
    # No public way to hold a start up; Python 3.13 has another name for it.
    name = "_start_joinable_thread" if hasattr(threading, "_start_joinable_thread") else "_start_new_thread"
    start = getattr(threading, name)

    def start_late(*arguments: Any, **options: Any) -> Any:
        if isinstance(arguments[0].__self__, SlowStarter):
            is_listed.set()
            assert SlowStarter.looked_at.wait(120)
        return start(*arguments, **options)

    monkeypatch.setattr(threading, name, start_late)
    starter = threading.Thread(target=lambda: SlowStarter(target=lambda: done.append("ran")).start())
    starter.start()
    assert is_listed.wait(120)
    others = {thread for thread in threading.enumerate() if not isinstance(thread, SlowStarter)}
    end_of_all_but(others)
    assert done == ["ran"]
    starter.join()
