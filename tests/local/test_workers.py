"""Work that sleeps holds no thread and little memory, goes on where it began, and is ended with the clock."""

import contextvars
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

from local.clock import VirtualClock
from local.workers import UnwoundError, WrongThreadError

START = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
SLEEPERS = 1000
MOST_KIB = 64


def resident_kib() -> int:
    """What this process holds of the machine's memory."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4


def deep(levels: int, clock: VirtualClock) -> None:
    """Sleep for a day, as deep in calls as an interpreter of states is."""
    if levels:
        deep(levels - 1, clock)
    else:
        clock.sleep(86400)


def test_a_thousand_sleepers_hold_no_thread_and_less_than_64_kib_each() -> None:
    with VirtualClock(START) as clock:
        threads, before = threading.active_count(), resident_kib()
        for _ in range(SLEEPERS):
            clock.spawn(lambda: deep(40, clock))
        clock.run_until(START + timedelta(hours=1))
        assert clock.pending == SLEEPERS
        assert threading.active_count() == threads
        assert (resident_kib() - before) / SLEEPERS < MOST_KIB


def test_each_has_a_context_of_its_own() -> None:
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    seen: list[tuple[str, str]] = []

    def work(mine: str) -> None:
        before = name.get()
        name.set(mine)
        clock.sleep(60)
        seen.append((before, name.get()))

    with VirtualClock(START) as clock:
        name.set("the driver")
        for mine in ("one", "two"):
            clock.spawn(lambda mine=mine: work(mine))  # type: ignore[misc]  # bound now
        clock.run_until_idle()
        assert name.get() == "the driver"
    assert seen == [("nobody", "one"), ("nobody", "two")]


def test_what_sleeps_goes_on_in_the_thread_it_began_in_or_not_at_all() -> None:
    woken: list[int] = []

    def work() -> None:
        clock.sleep(60)
        woken.append(threading.get_ident())

    refused: list[BaseException] = []

    def drive() -> None:
        try:
            clock.run_until_idle()
        except WrongThreadError as error:
            refused.append(error)

    with VirtualClock(START) as clock:
        clock.spawn(work)
        clock.run_until(START + timedelta(seconds=1))
        other = threading.Thread(target=drive)
        other.start()
        other.join()
    assert (len(refused), woken) == (1, [])


def test_one_that_waits_for_an_event_that_never_comes_ends_with_the_clock() -> None:
    ended: list[str] = []

    def work() -> None:
        try:
            clock.event().wait()
        except UnwoundError as error:
            ended.append(type(error).__name__)
            raise

    with VirtualClock(START) as clock:
        clock.spawn(work)
        clock.run_until(START + timedelta(hours=1))
    assert ended == ["ClockClosedError"]
