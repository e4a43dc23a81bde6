import os
import signal
from contextlib import suppress

import pytest

from console.terminal.interrupts import interruptible
from tests.console.conftest import Citas, event
from tests.console.fake_stack import FakeStack
from tests.console.run.test_run_command import Events


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_ctrl_c_is_raised_and_the_former_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt), interruptible():
        press_ctrl_c()

    assert signal.getsignal(signal.SIGINT) is before


def test_a_ctrl_c_that_a_library_swallowed_is_remembered() -> None:
    with pytest.raises(KeyboardInterrupt), interruptible(), suppress(KeyboardInterrupt):
        press_ctrl_c()


def test_a_signal_that_comes_twice_at_once_is_one() -> None:
    def press_twice() -> None:
        try:
            press_ctrl_c()
        finally:
            press_ctrl_c()

    with pytest.raises(KeyboardInterrupt), interruptible():
        press_twice()


def test_a_ctrl_c_that_was_meant_is_no_interruption() -> None:
    with interruptible() as interrupts:
        with suppress(KeyboardInterrupt):
            press_ctrl_c()
        interrupts.settle()


def test_other_signals_can_do_what_ctrl_c_does() -> None:
    before = signal.getsignal(signal.SIGHUP)

    with pytest.raises(KeyboardInterrupt), interruptible(signal.SIGHUP):
        os.kill(os.getpid(), signal.SIGHUP)

    assert signal.getsignal(signal.SIGHUP) is before


def test_a_swallowed_ctrl_c_ends_the_run_at_its_next_step(citas: Citas, events: Events) -> None:
    class Swallowing(FakeStack):
        def start_run(self, event_id: str, detail: dict[str, object]) -> None:
            with suppress(KeyboardInterrupt):
                press_ctrl_c()
            super().start_run(event_id, detail)

    result = citas("run", events(event(), event("2026-11-24T15:00:00Z")), stack=Swallowing)

    assert result.exit_code == 130
    assert "0 of 2 events, 1 run, 0 messages sent" in result.stderr


def test_the_command_leaves_ctrl_c_as_it_was(citas: Citas, events: Events) -> None:
    before = signal.getsignal(signal.SIGINT)

    citas("run", events(event()))

    assert signal.getsignal(signal.SIGINT) is before
