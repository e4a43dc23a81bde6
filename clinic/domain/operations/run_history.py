"""How long a run was busy, by its history: without Wait states and the pauses between tries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# A task is asked for once for each try, and each try ends in one of these ways.
_ASKED = frozenset({"TaskScheduled", "LambdaFunctionScheduled"})
_DONE = frozenset(
    f"{task}{ending}"
    for task in ("Task", "LambdaFunction")
    for ending in ("Succeeded", "Failed", "TimedOut", "StartFailed", "SubmitFailed")
)
_ENTERED = "StateEntered"


@dataclass(frozen=True)
class HistoryEvent:
    """One event of a run's history.

    Attributes:
        previous_id: the event it follows from; 0 where the history does not say.
        kind: Step Functions' type: ``TaskScheduled``, ``WaitStateEntered``.
    """

    id: int
    previous_id: int
    kind: str
    at: datetime


@dataclass(frozen=True)
class Work:
    """What a run did.

    Attributes:
        transitions: states entered and tries repeated, as AWS bills them.
        failed_tries: how many tries of a step did not succeed.
    """

    busy: timedelta
    transitions: int
    failed_tries: int = 0


def work_done(events: Iterable[HistoryEvent]) -> Work:
    """Add up a history, given in any order.

    Tries side by side (in a Map) count each. A try whose beginning or end is not in what was read counts
    nothing.
    """
    asked: dict[int, datetime] = {}  # tries under way, by the event that asked for them
    asked_by: dict[int, int] = {}
    busy, entered, tasks_entered, tries, failed = timedelta(), 0, 0, 0, 0
    for event in sorted(events, key=lambda event: event.id):
        entered += event.kind.endswith(_ENTERED)
        tasks_entered += event.kind == f"Task{_ENTERED}"
        if event.kind in _ASKED:
            tries += 1
            asked[event.id], asked_by[event.id] = event.at, event.id
            continue
        asking = asked_by.get(event.previous_id, 0)
        if event.kind not in _DONE:
            asked_by[event.id] = asking
            continue
        failed += not event.kind.endswith("Succeeded")
        if not event.previous_id:  # told in order, one try at a time
            asking = next(iter(asked), 0)
        if asking in asked:
            busy += event.at - asked.pop(asking)
    return Work(busy, entered + max(0, tries - tasks_entered), failed)
