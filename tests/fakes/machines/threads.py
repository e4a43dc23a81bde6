"""Threads that a test did not start itself: it waits for their end."""

import threading
from collections.abc import Set as AbstractSet

_LONGEST_SECONDS = 240


def end_of_all_but(others: AbstractSet[threading.Thread]) -> None:
    """Wait until every thread besides ``others`` has ended, and those that it has started.

    A thread is listed before it runs, and can't be joined yet then; whoever starts it is alive meanwhile.

    Raises:
        AssertionError: one does not end.
    """
    while threads := set(threading.enumerate()) - others:
        for thread in threads:
            if thread.is_alive():
                thread.join(_LONGEST_SECONDS)
                assert not thread.is_alive(), f"{thread.name} does not end"
