"""`citas clock`: what it asks of a `citas dev`, and how it tells the answer."""

import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from console.dev.control import Control, Reading, listening
from console.dev.socket_path import own_socket_file
from tests.dev.conftest import Dev

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)
READING = Reading("2026-11-23T15:00:00Z", "virtual", "America/Mexico_City", 1, 0, 2)
ANSWER = {
    "now": "2026-12-02T14:00:00Z",
    "clock": "virtual",
    "zone": "America/Mexico_City",
    "events": 0,
    "runs_ended": 1,
    "messages": 2,
}


class Driver:
    """Grants every wish with the same answer; ``wishes`` are the instants that were asked for."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        self.control = Control(lambda: READING, None)
        self.wishes: list[datetime] = []
        self._answer = answer
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._drive)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        self._done.set()
        self._thread.join()

    def _drive(self) -> None:
        while not self._done.wait(0.01):
            if (wish := self.control.next_wish()) is not None:
                self.wishes.append(wish.until(NOW))
                wish.answer(self._answer)


@pytest.fixture
def driver(runtime: Path) -> Iterator[Driver]:
    driver = Driver(ANSWER)
    driver.start()
    with own_socket_file(4566) as path, listening(path, driver.control):
        yield driver
    driver.end()


def test_a_jump_is_a_length_of_time(dev: Dev, driver: Driver) -> None:
    result = dev("clock", "jump", "1d12h")

    assert result.exit_code == 0
    assert driver.wishes == [datetime(2026, 11, 25, 3, tzinfo=UTC)]
    assert result.stdout == (
        "Wednesday 2026-12-02 08:00:00 America/Mexico_City  (2026-12-02T14:00:00Z, virtual time)\n"
        "on the way: 0 events, 1 run ended, 2 messages sent\n"
    )


def test_until_is_an_instant_in_any_zone(dev: Dev, driver: Driver) -> None:
    assert dev("clock", "until", "2026-12-02T08:00:00-06:00").exit_code == 0
    assert driver.wishes == [datetime(2026, 12, 2, 14, tzinfo=UTC)]


def test_without_more_words_it_shows_the_time(dev: Dev, driver: Driver) -> None:
    result = dev("clock")

    assert "2026-11-23T15:00:00Z, virtual time" in result.stdout
    assert "so far: 1 event, 0 runs ended, 2 messages sent" in result.stdout
    assert driver.wishes == []


def test_a_program_gets_the_answer_as_it_is(dev: Dev, driver: Driver) -> None:
    result = dev("clock", "jump", "23h", "--json")

    assert result.stdout == (
        '{"now": "2026-12-02T14:00:00Z", "clock": "virtual", "zone": "America/Mexico_City", '
        '"events": 0, "runs_ended": 1, "messages": 2}\n'
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["jump"], "jump needs a length of time"),
        (["jump", "soon"], "jump: 'soon' must be a length of time like 23h"),
        (["jump", "9000000h"], "within centuries"),
        (["until"], "until needs an instant"),
        (["until", "23h"], "until: '23h' must be an ISO 8601 instant"),
        (["show", "23h"], "show takes no time"),
        (["show"], "no `citas dev` of yours answers at port 4566"),
    ],
)
def test_a_question_that_can_not_be_put_says_why(dev: Dev, arguments: list[str], said: str) -> None:
    result = dev("clock", *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_socket_that_was_left_behind_answers_nothing(dev: Dev, runtime: Path) -> None:
    runtime.mkdir(mode=0o700)
    (runtime / "dev-4566.sock").touch()
    (runtime / "dev-4600.sock").touch()

    result = dev("clock")

    assert result.exit_code == 2
    assert "answers at port 4566 (there may be at 4600: --port)" in result.stderr


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"jump\n",
        b"[]\n",
        b'{"ask": "stop"}\n',
        b'{"ask": "jump", "seconds": "1"}\n',
        b'{"ask": "jump", "seconds": 1e300}\n',
        b'{"ask": "until", "at": "tomorrow"}\n',
        b"\xff\n",
    ],
)
def test_what_is_no_question_is_refused(line: bytes) -> None:
    answer = Control(lambda: READING, None).answer(line)

    assert str(answer["refusal"]).startswith("not understood: ")
