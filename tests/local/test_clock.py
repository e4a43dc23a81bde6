"""The virtual clock, by itself."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local.clock import ClockError, VirtualClock, machine_time
from local.workers import UnwoundError

START = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)


@pytest.fixture(name="clock")
def clock_fixture() -> Iterator[VirtualClock]:
    with VirtualClock(START) as clock:
        yield clock


def test_time_stands_still_until_it_is_run(clock: VirtualClock) -> None:
    assert datetime.now(UTC) == START  # noqa: TID251 - the frozen clock is what is tested
    assert clock.now() == START
    clock.run_until(START + timedelta(days=9))
    assert datetime.now(UTC) == START + timedelta(days=9)  # noqa: TID251 - what is patched
    assert time.time() == (START + timedelta(days=9)).timestamp()  # noqa: TID251 - what is patched


def test_real_time_returns_when_the_clock_is_closed() -> None:
    before = time.time()  # noqa: TID251 - what is patched
    with VirtualClock(datetime(2040, 1, 1, tzinfo=UTC)):
        pass
    assert before <= time.time() < before + 60  # noqa: TID251 - what is patched


def test_sleepers_wake_exactly_at_their_instant(clock: VirtualClock) -> None:
    woken: list[datetime] = []

    def work() -> None:
        clock.sleep(0.000001)
        woken.append(clock.now())
        clock.sleep(8 * 86400 + 0.5)
        woken.append(clock.now())

    clock.spawn(work)
    clock.run_until_idle()
    first = START + timedelta(microseconds=1)
    assert woken == [first, first + timedelta(days=8, milliseconds=500)]
    assert clock.now() == woken[-1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(
    sleeps=st.lists(
        st.lists(st.integers(min_value=0, max_value=3), min_size=1, max_size=4), min_size=1, max_size=6
    )
)
def test_wakeups_come_in_one_global_order_and_one_at_a_time(sleeps: list[list[int]]) -> None:
    def run() -> list[tuple[datetime, int]]:
        seen: list[tuple[datetime, int]] = []
        running = 0

        def work(number: int, naps: list[int]) -> None:
            nonlocal running
            for nap in naps:
                clock.sleep(nap)
                running += 1
                assert running == 1, "two wake-ups ran at once"
                seen.append((clock.now(), number))
                running -= 1

        with VirtualClock(START) as clock:
            for number, naps in enumerate(sleeps):
                clock.spawn(lambda number=number, naps=naps: work(number, naps))  # type: ignore[misc]  # bound now
            clock.run_until_idle()
        return seen

    first = run()
    assert [instant for instant, _ in first] == sorted(instant for instant, _ in first)
    assert first == run(), "the same work in the same order, each time"
    assert len(first) == sum(map(len, sleeps))


def test_callbacks_run_at_their_instant_in_the_drivers_thread(clock: VirtualClock) -> None:
    calls: list[tuple[datetime, int]] = []
    clock.call_at(START + timedelta(hours=2), lambda: calls.append((clock.now(), threading.get_ident())))
    clock.call_at(START + timedelta(hours=1), lambda: calls.append((clock.now(), threading.get_ident())))
    clock.run_until(START + timedelta(hours=1))
    assert len(calls) == 1
    clock.run_until(START + timedelta(hours=3))
    here = threading.get_ident()
    assert calls == [(START + timedelta(hours=1), here), (START + timedelta(hours=2), here)]
    assert clock.now() == START + timedelta(hours=3)


def test_an_error_in_a_callback_surfaces_where_the_clock_is_run(clock: VirtualClock) -> None:
    def fail() -> None:
        raise LookupError("in the callback")

    clock.call_at(START + timedelta(minutes=1), fail)
    with pytest.raises(LookupError, match="in the callback"):
        clock.run_until_idle()
    clock.run_until(START + timedelta(minutes=2))


def test_an_error_in_a_thread_surfaces_where_the_clock_is_run(clock: VirtualClock) -> None:
    def fail() -> None:
        clock.sleep(1)
        raise LookupError("in the thread")

    clock.spawn(fail)
    with pytest.raises(LookupError, match="in the thread"):
        clock.run_until_idle()


def test_an_interrupt_in_a_callback_ends_every_sleeper() -> None:
    unwound: list[str] = []

    def work() -> None:
        try:
            clock.sleep(86400)
        except UnwoundError as error:
            unwound.append(type(error).__name__)
            raise

    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), VirtualClock(START) as clock:  # noqa: PT012 - closing is the test
        for _ in range(20):
            clock.spawn(work)
        clock.call_at(START + timedelta(hours=1), interrupt)
        clock.run_until_idle()
    assert unwound == ["ClockClosedError"] * 20
    assert not [thread for thread in threading.enumerate() if thread.name == "virtual-time"]


def test_a_parent_that_joins_lets_time_pass_for_its_children(clock: VirtualClock) -> None:
    seen: list[str] = []

    def child(hours: int) -> None:
        clock.sleep(hours * 3600)
        seen.append(f"child {hours} at {clock.now():%H:%M}")

    def parent() -> None:
        tasks = [clock.spawn(lambda: child(2)), clock.spawn(lambda: child(1))]
        for task in tasks:
            task.join()
        seen.append(f"parent at {clock.now():%H:%M}")

    clock.spawn(parent)
    clock.run_until_idle()
    assert seen == ["child 1 at 16:00", "child 2 at 17:00", "parent at 17:00"]


def test_an_event_wakes_its_waiter_and_a_timeout_that_was_not_needed_moves_no_time(
    clock: VirtualClock,
) -> None:
    event = clock.event()
    answers: list[tuple[bool, datetime]] = []
    clock.spawn(lambda: answers.append((event.wait(timeout=99999), clock.now())))
    clock.call_at(START + timedelta(seconds=5), event.set)
    clock.run_until_idle()
    assert answers == [(True, START + timedelta(seconds=5))]
    assert clock.now() == START + timedelta(seconds=5)


def test_an_event_nobody_sets_times_out_in_virtual_time(clock: VirtualClock) -> None:
    event = clock.event()
    answers: list[tuple[bool, datetime]] = []
    clock.spawn(lambda: answers.append((event.wait(timeout=30), clock.now())))
    clock.run_until_idle()
    assert answers == [(False, START + timedelta(seconds=30))]


def test_a_sleeper_can_be_woken_early_by_its_owners_name(clock: VirtualClock) -> None:
    woken: list[datetime] = []

    def work() -> None:
        clock.sleep(9 * 86400, owner="execution-1")
        woken.append(clock.now())

    clock.spawn(work)
    clock.call_at(START + timedelta(hours=1), lambda: clock.wake("execution-1"))
    clock.run_until_idle()
    assert woken == [START + timedelta(hours=1)]
    assert clock.now() == START + timedelta(hours=1)


def test_concurrent_release_lets_all_of_one_instant_run_together() -> None:
    together = threading.Barrier(5, timeout=120)

    def work() -> None:
        clock.sleep(60)
        together.wait()  # passes only if all five run at once

    with VirtualClock(START, concurrent=True) as clock:
        for _ in range(5):
            clock.spawn(work)
        clock.run_until_idle()
        assert clock.now() == START + timedelta(minutes=1)


def test_nobody_waits_for_the_background_but_it_comes_in_its_order(clock: VirtualClock) -> None:
    seen: list[str] = []

    def tick() -> None:
        seen.append(f"tick at {clock.now():%H:%M}")
        clock.call_at(clock.now() + timedelta(hours=1), tick, background=True)

    def work() -> None:
        clock.sleep(5400, background=True)
        seen.append(f"background at {clock.now():%H:%M}")
        clock.sleep(3600)
        seen.append(f"work at {clock.now():%H:%M}")
        clock.sleep(1800, background=True)
        seen.append("never")

    tick()
    clock.spawn(work)
    clock.call_at(START + timedelta(hours=2), lambda: None)
    clock.run_until_idle()
    assert seen == [
        "tick at 15:00",
        "tick at 16:00",
        "background at 16:30",
        "tick at 17:00",
        "work at 17:30",
    ]
    assert clock.now() == START + timedelta(hours=2, minutes=30)
    assert clock.pending == 2


def test_a_background_sleeper_that_is_woken_runs_before_the_clock_is_idle(clock: VirtualClock) -> None:
    woken: list[datetime] = []

    def work() -> None:
        clock.sleep(9 * 86400, owner="execution-1", background=True)
        woken.append(clock.now())

    clock.spawn(work)
    clock.call_at(START + timedelta(hours=1), lambda: clock.wake("execution-1"))
    clock.run_until_idle()
    assert woken == [START + timedelta(hours=1)]
    assert clock.pending == 0


def test_misuse_is_refused(clock: VirtualClock) -> None:
    with pytest.raises(ClockError, match="only work the clock started"):
        clock.sleep(1)
    with pytest.raises(ClockError, match="is past"):
        clock.call_at(START - timedelta(seconds=1), lambda: None)
    with pytest.raises(ClockError, match="backwards"):
        clock.run_until(START - timedelta(seconds=1))
    with pytest.raises(ClockError, match="zone"):
        clock.run_until(datetime(2026, 11, 24))  # noqa: DTZ001 - naive on purpose
    clock.call_at(START, clock.run_until_idle)
    with pytest.raises(ClockError, match="running already"):
        clock.run_until_idle()


def test_whoever_waits_in_real_time_goes_on_when_others_ask_for_something(clock: VirtualClock) -> None:
    done: list[str] = []
    asker = threading.Thread(target=lambda: clock.spawn(lambda: done.append("asked")))
    asker.start()

    assert clock.wait_for_wakeup(60)
    clock.run_until(clock.now())
    asker.join()

    assert (done, clock.now()) == (["asked"], START)


def test_what_lies_ahead_is_not_due_yet(clock: VirtualClock) -> None:
    clock.call_at(START + timedelta(seconds=1), lambda: None)

    assert not clock.wait_for_wakeup(0)
    clock.run_until(START + timedelta(seconds=1))
    assert not clock.wait_for_wakeup(0)


def test_the_machines_own_time_goes_on_behind_the_clock(clock: VirtualClock) -> None:
    assert time.time() == START.timestamp()  # noqa: TID251 - frozen, as everything else sees it
    first, second = machine_time(), machine_time()
    clock.close()
    assert START < first <= second <= machine_time()
