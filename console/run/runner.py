"""Drives a stack through a list of events and collects what came of it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from console.audit.evidence import Publication
from console.directory.rows import put_clinic
from console.inputs.clinic import ClinicFile
from console.inputs.events import InboundMessage, InputEvent, InputLine
from console.output.result import RunResult
from console.run.collect import collect
from console.run.payments import put_charges
from console.run.stack import EventRefusedError, Stack, StackFactory, StackRequest
from console.terminal.errors import ConsoleError, RunInterruptedError, StackError
from console.terminal.interrupts import interruptible
from console.terminal.progress import Snapshot
from console.terminal.tables import reservation_rows

if TYPE_CHECKING:
    from local.faults.plan import FaultPlan


@dataclass(frozen=True)
class Order:
    """What to run; ``until`` None: until nothing is left to happen; ``faults``: a `FaultPlan`.

    ``watches``: the health check and the analytics fire, too.
    """

    events: Sequence[InputLine]
    start: datetime
    until: datetime | None = None
    clinic: ClinicFile | None = None
    faults: "FaultPlan | None" = None
    watches: bool = False

    @property
    def due_messages(self) -> list[InboundMessage]:
        """What is written to the clinic's number before the run ends."""
        return [line for line in self.due_events if isinstance(line, InboundMessage)]

    @property
    def due_events(self) -> list[InputLine]:
        """The events and messages that happen before the run ends."""
        return [event for event in self.events if self.until is None or event.at <= self.until]


@dataclass(frozen=True)
class Outcome:
    """What a run left behind, the events as the bus took them, and the faults that never struck."""

    result: RunResult
    publications: Sequence[Publication]
    unused_faults: Sequence[str] = ()


_A_NIGHT = timedelta(hours=25)
# A run that is not told when to end waits so long for a visit; each night of it takes a moment.
_LONGEST_WAIT = timedelta(days=400)

Watcher = Callable[["Run"], None]


def perform(order: Order, open_stack: StackFactory, watch: Watcher) -> Outcome:
    """Run an order on a stack of its own; ``watch`` is called whenever something happened.

    Raises:
        RunInterruptedError: by Ctrl-C; the stack is gone.
        StackError: the stack did not start, or broke.
    """
    with (
        interruptible() as interrupts,
        as_stack_error(),
        open_stack(
            StackRequest(
                start=order.start,
                faults=order.faults,
                keeps_run_ledger=order.watches,
                watches=order.watches,
            )
        ) as stack,
    ):
        run = Run(stack, order)

        def step() -> None:
            interrupts.check()
            watch(run)

        try:
            run.prepare()
            stack.on_progress(step)
            step()
            run.go()
            step()
            charges = order.clinic.charges if order.clinic is not None else ()
            collected = collect(stack, run.publications, order.start, charges)
            return Outcome(collected.result, collected.publications, stack.unused_faults())
        except KeyboardInterrupt:
            raise RunInterruptedError(f"interrupted at {run.snapshot()}") from None


@contextmanager
def as_stack_error() -> Iterator[None]:
    """What breaks in here is the stack's fault, but for the console's own errors and a closed output."""
    try:
        yield
    except (ConsoleError, BrokenPipeError):
        raise
    except Exception as error:
        raise StackError(f"{type(error).__name__}: {error}") from error


class Run:
    """A run under way: the events go to the bus, and a watcher can see how far it has come."""

    def __init__(self, stack: Stack, order: Order) -> None:
        self.stack = stack
        self._lines = order.due_events
        self._order = order
        self.publications: list[Publication] = []

    def prepare(self) -> None:
        """Load the clinic's data, and have each event published and each message received at its instant."""
        if self._order.clinic is not None:
            put_clinic(self.stack, self._order.clinic)
            put_charges(self.stack, self._order.clinic.charges)
        for line in self._lines:
            happens: Callable[[], None] = (
                partial(self._receive, line)
                if isinstance(line, InboundMessage)
                else partial(self._publish, line)
            )
            self.stack.clock.call_at(line.at, happens, f"line {line.line}")

    def go(self) -> None:
        """Let time run to the end of the order."""
        if self._order.until is None:
            self.stack.run_until_idle()
            while (night := self._next_night()) is not None:
                self.stack.run_until(night)
                self.stack.run_until_idle()
        else:
            self.stack.run_until(self._order.until)

    def _next_night(self) -> datetime | None:
        """When the night is over that takes up the next parked visit, if that is not too far ahead."""
        now = self.stack.clock.now()
        waiting = [row.parked_until for row in reservation_rows(self.stack) if row.parked_until is not None]
        first = min(waiting, default=None)
        if first is None or not now - 2 * _A_NIGHT < first < now + _LONGEST_WAIT:
            return None
        return max(first, now) + _A_NIGHT

    def snapshot(self) -> Snapshot:
        """How far it has come."""
        return Snapshot(
            now=self.stack.clock.now(),
            events=len(self.publications),
            events_in_all=sum(isinstance(line, InputEvent) for line in self._lines),
            runs=len(self.stack.executions()),
            messages=len(self.stack.simulator.sent),
        )

    def _receive(self, message: InboundMessage) -> None:
        self.stack.receive(message.sender, message.text, line=message.line)

    def _publish(self, event: InputEvent) -> None:
        event_id, refusal = None, None
        try:
            event_id = self.stack.publish(
                event.detail_type,
                _detail_text(event.detail),
                source=event.source,
                line=event.line,
            )
        except EventRefusedError as error:
            refusal = str(error)
        self.publications.append(
            Publication(
                line=event.line,
                at=event.at,
                detail_type=event.detail_type,
                detail=event.detail,
                event_id=event_id,
                refusal=refusal,
                source=event.source,
                expected_by=event.at + self._lateness(event.line),
            )
        )

    def _lateness(self, line: int) -> timedelta:
        fault = self._order.faults.for_event(line) if self._order.faults is not None else None
        return fault.late if fault is not None else timedelta()


def _detail_text(detail: Any) -> str:
    """As publishers write it: in UTF-8, with the half of a character, which UTF-8 can't hold, escaped."""
    return json.dumps(detail, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8")
