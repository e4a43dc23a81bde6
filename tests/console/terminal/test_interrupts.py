import os
import signal
import subprocess
import sys
import tomllib
from contextlib import suppress
from pathlib import Path

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


PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"
# Presses Ctrl-C when a module is looked for, or at the process's end, and then begins as `citas` does.
BEGINS = """
import atexit, os, signal, sys
moment, module, function, *arguments = sys.argv[1:]
press = lambda: os.kill(os.getpid(), signal.SIGINT)
class Pressing:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            press()
sys.meta_path.insert(0, Pressing())
if moment == "the end":
    atexit.register(press)
sys.argv = ["citas", *arguments]
begin = getattr(__import__(module, fromlist=[function]), function)
sys.exit(begin())
"""


@pytest.mark.parametrize(
    ("moment", "arguments"),
    [
        ("console.main", ["--version"]),
        ("typer", ["demo"]),
        ("rich.table", ["slots", "--help"]),
        ("console.operate.health", ["health"]),
        ("boto3", ["dlq", "list"]),
        ("the end", ["--version"]),
    ],
)
def test_ctrl_c_ends_a_command_with_a_word_whatever_it_is_just_loading(
    moment: str, arguments: list[str]
) -> None:
    script = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]["scripts"]["citas"]
    begins = [sys.executable, "-c", BEGINS, moment, *script.split(":"), *arguments]

    done = subprocess.run(begins, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (130, "citas: interrupted\n")
