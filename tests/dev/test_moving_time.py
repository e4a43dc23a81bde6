"""Moving the time of a `citas dev` over its socket, and what comes of it."""

import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.dev.control import ask
from tests.dev.conftest import Dev
from tests.dev.fake_dev_stack import START, FakeDevStack, Opener
from tests.dev.test_dev_command import book


class Asker:
    """Puts a question while `citas dev` lives, and lets it end when there is an answer."""

    def __init__(self, socket_file: Path, question: Mapping[str, Any]) -> None:
        self._thread = threading.Thread(target=lambda: self.answers.append(ask(socket_file, question)))
        self.answers: list[dict[str, Any]] = []

    def ask(self, _stack: FakeDevStack) -> None:
        self._thread.start()

    def wait(self, stack: FakeDevStack) -> None:
        self._thread.join(0.02)
        if self._thread.is_alive():
            stack.script.append(self.wait)


@pytest.fixture
def move(dev: Dev, runtime: Path) -> Any:
    """Books, puts a question, and gives the answer and the instant at which time then stood."""

    def put(question: Mapping[str, Any], clock: str = "virtual") -> tuple[dict[str, Any], Any]:
        asker = Asker(runtime / "dev-4566.sock", question)
        opener = Opener(book, asker.ask, asker.wait)
        assert dev("dev", "--clock", clock, opener=opener).exit_code == 0
        return asker.answers[0], opener.stack.clock.now()

    return put


def test_a_jump_lets_everything_happen_that_is_due_on_the_way(move: Any) -> None:
    answer, now = move({"ask": "jump", "seconds": 8.5 * 86400})

    assert answer == {
        "now": "2026-12-02T03:00:00Z",
        "clock": "virtual",
        "zone": "America/Mexico_City",
        "events": 0,
        "runs_ended": 0,
        "messages": 1,
    }
    assert now == START + timedelta(days=8.5)


def test_until_goes_to_an_instant(move: Any) -> None:
    answer, _ = move({"ask": "until", "at": "2026-12-02T14:00:00Z"})

    assert (answer["now"], answer["runs_ended"], answer["messages"]) == ("2026-12-02T14:00:00Z", 1, 2)


def test_show_moves_nothing(move: Any) -> None:
    answer, now = move({"ask": "show"})

    assert (answer["events"], answer["messages"], answer["runs_ended"]) == (1, 1, 0)
    assert now == START


@pytest.mark.parametrize(
    ("question", "clock", "said"),
    [
        ({"ask": "until", "at": "2026-11-23T14:00:00Z"}, "virtual", "time does not run backwards"),
        ({"ask": "jump", "seconds": -1}, "virtual", "time does not run backwards"),
        ({"ask": "jump", "seconds": 1}, "real", "its time is the machine's own"),
        ({"ask": "jump", "seconds": 200 * 366 * 86400}, "virtual", "after the year 2199"),
        ({"ask": "jump", "seconds": 9000 * 366 * 86400}, "virtual", "after the year 2199"),
    ],
)
def test_what_time_can_not_do_is_refused(move: Any, question: dict[str, Any], clock: str, said: str) -> None:
    answer, _ = move(question, clock)

    assert said in answer["refusal"]


def test_whoever_still_waits_when_it_is_ended_is_told_so(dev: Dev, runtime: Path) -> None:
    asker = Asker(runtime / "dev-4566.sock", {"ask": "jump", "seconds": 86400 * 9})

    def interrupt(_stack: FakeDevStack) -> None:
        raise KeyboardInterrupt

    def die_on_the_way(stack: FakeDevStack) -> None:
        stack.clock.call_at(START + timedelta(days=2), lambda: interrupt(stack))
        asker.ask(stack)

    opener = Opener(die_on_the_way, asker.wait)

    assert dev("dev", "--clock", "virtual", opener=opener).exit_code == 0
    asker.wait(opener.stack)
    assert asker.answers == [{"refusal": "`citas dev` was ended on the way"}]
