"""Watches a stack through a month: whether the slots are right each day, and how long runs are at work."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from clinic.domain.instants import from_text, to_sortable_text
from console.kpi.month_hours import FIRST_DAY, Doctor, Place
from console.run.stack import Stack, StackFactory, StackRequest

if TYPE_CHECKING:  # `citas --help` is there sooner without
    from local.functions import Invocation

# All nights are over by then, and no night has begun.
_LOOKS_AT = timedelta(hours=12)
_HORIZON_DAYS = 30


@dataclass
class SlotCheck:
    """Slots as they should be, held against those that are there.

    Attributes:
        expected: how many should be there.
        wrong: how many of them are missing or misshapen, and how many are too many.
    """

    expected: int = 0
    wrong: int = 0


@dataclass
class MonthWatch:
    """What was seen of a stack.

    Attributes:
        at_work: of each run, by name: seconds of the machine's processor for its steps, and the pauses
            between their tries.
    """

    doctors: tuple[Doctor, ...]
    days: int
    slots: SlotCheck = field(default_factory=SlotCheck)
    at_work: dict[str, float] = field(default_factory=dict)

    def watching(self, open_stack: StackFactory) -> StackFactory:
        """The same stacks, watched; with steps of one instant at one time, so that some are throttled."""
        return partial(self._watched, open_stack)

    @contextmanager
    def _watched(self, open_stack: StackFactory, request: StackRequest) -> Iterator[Stack]:
        with open_stack(replace(request, is_concurrent=True)) as stack:
            for number in range(self.days):
                at = request.start.replace(hour=0) + timedelta(days=number) + _LOOKS_AT
                stack.clock.call_at(at, partial(self.look, stack, number), f"slots of day {number}")
            yield stack
            self.at_work = times_at_work(stack.lambda_invocations)

    def look(self, stack: Stack, day: int) -> None:
        """Hold the slots of the thirty days from tomorrow on against the hours."""
        expected = dict(_expected(self.doctors, day))
        first, last = FIRST_DAY + timedelta(days=day + 1), FIRST_DAY + timedelta(days=day + _HORIZON_DAYS)
        zones = {doctor.profile_id: ZoneInfo(doctor.zone) for doctor in self.doctors}
        seen: dict[str, tuple[str, ...]] = {}
        for item in stack.items("SlotsTable"):
            if "start" not in item:
                continue  # a day's sheet
            start = from_text(item["start"]["S"])
            if first <= start.astimezone(zones[item["profile_id"]["S"]]).date() <= last:
                columns = [item["start"]["S"], item["end"]["S"], item["buffer_until"]["S"]]
                seen[item["slot_id"]["S"]] = (*columns, item["capacity"]["N"])
        self.slots.expected += len(expected)
        self.slots.wrong += sum(seen.get(slot_id) != shape for slot_id, shape in expected.items())
        self.slots.wrong += len(seen.keys() - expected.keys())


def times_at_work(invocations: Sequence["Invocation"]) -> dict[str, float]:
    """How long each run was at work, by its name, in seconds."""
    of_run: dict[str, list[Invocation]] = defaultdict(list)
    for invocation in invocations:
        if invocation.execution is not None:
            of_run[invocation.execution].append(invocation)
    return {name: _at_work(steps) for name, steps in of_run.items()}


def _at_work(steps: Sequence["Invocation"]) -> float:
    seconds, failed_at = 0.0, dict[str | None, datetime]()
    for step in steps:
        seconds += step.seconds
        since = failed_at.pop(step.step, None)
        if since is not None:
            seconds += (step.at - since).total_seconds()
        if step.status != "succeeded":
            failed_at[step.step] = step.at
    return seconds


def _expected(doctors: Sequence[Doctor], day: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    for doctor in doctors:
        for number in range(day + 1, day + 1 + _HORIZON_DAYS):
            for start in doctor.starts(FIRST_DAY + timedelta(days=number)):
                end = start + timedelta(minutes=doctor.minutes)
                free_again = end + timedelta(minutes=doctor.rest)
                shape = (*map(to_sortable_text, (start, end, free_again)), str(doctor.places))
                yield Place(doctor, start).slot_id, shape
