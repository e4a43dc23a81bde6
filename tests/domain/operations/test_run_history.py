"""How long a run was busy, and how many transitions it made."""

import random
from datetime import timedelta

import pytest

from clinic.domain.operations.run_history import HistoryEvent, Work, work_done
from tests.fakes.examples import NOW
from tests.fakes.operations.runs import task_of


def history(*events: tuple[int, int, str, float]) -> list[HistoryEvent]:
    """Events of ids, the ids they follow from, kinds and seconds."""
    return [
        HistoryEvent(number, after, kind, NOW + timedelta(seconds=at)) for number, after, kind, at in events
    ]


def test_a_task_is_busy_from_when_it_was_asked_for_until_it_was_done() -> None:
    assert work_done(task_of(2.5)) == Work(timedelta(seconds=2.5), 1)


def test_waiting_is_not_being_busy() -> None:
    waited = history((1, 0, "WaitStateEntered", 0), (2, 1, "WaitStateExited", 86400))
    assert work_done(waited) == Work(timedelta(), 1)


RETRIED = history(
    (1, 0, "TaskStateEntered", 0),
    (2, 1, "TaskScheduled", 0),
    (3, 2, "TaskStarted", 0),
    (4, 3, "TaskFailed", 1),
    (5, 4, "TaskScheduled", 31),
    (6, 5, "TaskStarted", 31),
    (7, 6, "TaskSucceeded", 33),
    (8, 7, "TaskStateExited", 33),
)


def test_each_try_counts_and_the_pause_between_them_does_not() -> None:
    assert work_done(RETRIED) == Work(timedelta(seconds=3), 2, failed_tries=1)


@pytest.mark.parametrize("seed", range(5))
def test_a_history_may_be_read_in_any_order(seed: int) -> None:
    shuffled = random.Random(seed).sample(RETRIED, len(RETRIED))
    assert work_done(shuffled) == work_done(RETRIED)


def test_tasks_side_by_side_count_each() -> None:
    side_by_side = history(
        (1, 0, "MapStateEntered", 0),
        (2, 1, "TaskScheduled", 0),
        (3, 1, "TaskScheduled", 1),
        (4, 2, "TaskSucceeded", 10),
        (5, 3, "TaskTimedOut", 4),
    )
    assert work_done(side_by_side).busy == timedelta(seconds=13)


def test_a_history_that_does_not_say_what_follows_from_what_is_taken_in_turn() -> None:
    silent = history(
        (1, 0, "TaskScheduled", 0),
        (2, 0, "TaskSucceeded", 2),
        (3, 0, "TaskScheduled", 9),
        (4, 0, "TaskFailed", 10),
    )
    assert work_done(silent).busy == timedelta(seconds=3)


def test_an_end_whose_beginning_was_not_read_counts_nothing() -> None:
    assert work_done(history((7, 6, "TaskSucceeded", 33), (8, 7, "TaskStateExited", 33))) == Work(
        timedelta(), 0
    )
