"""The command `citas dev`: the local stack for as long as it is wanted, at a port that is known."""

import itertools
import signal
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from clinic.domain.instants import to_text
from console.dev.choices import ClockKind
from console.dev.control import Control, Reading, Wish, listening
from console.dev.dev_stack import DevStack, DevStackRequest, OpenDevStack
from console.dev.printer import ForPeople, ForPrograms, Printer
from console.dev.socket_path import own_environment_file, own_socket_file
from console.directory.rows import put_clinic
from console.inputs.clinic import ClinicFile, read_clinic
from console.inputs.faults import read_faults
from console.run.command import clinic_zone
from console.run.payments import put_charges
from console.run.runner import as_stack_error
from console.show.activity import ActivityReader
from console.terminal.errors import InputError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.instants import LAST_YEAR
from console.terminal.interrupts import Interrupts, interruptible
from console.terminal.progress import Progress
from console.terminal.screen import standard_error, standard_output

if TYPE_CHECKING:
    from rich.console import Console

# How long real time may pass before the stack's own follows.
TICK_SECONDS = 0.1
# What started no run, as an event that no rule takes, is told after so many ticks.
_TICKS_BETWEEN_LOOKS = 5
_ENDING = (signal.SIGTERM, signal.SIGHUP)
_OPEN = "--open: every user and program of this machine may read and change everything in the stack"
_NO_LINES = "events: there are no lines of an EVENTS.jsonl here, so these rules never act"
_FIXED = "its time is the machine's own (`citas dev --clock virtual` has one that can be moved)"


@dataclass(frozen=True)
class DevArguments:
    """The command's options as they were typed."""

    port: int
    clinic: str | None
    clock: ClockKind
    json: bool
    is_open: bool
    faults: str | None = None
    watches: bool = True


def dev_command(arguments: DevArguments, open_stack: OpenDevStack | None) -> ExitCode:
    """Keep a stack until somebody ends it; ``open_stack`` None: the local stack."""
    errors = standard_error()
    with guarded(errors):
        clinic, request = _inputs(arguments)
        zone = clinic_zone(clinic)
        _warn(arguments, request, errors)
        printer: Printer = ForPrograms() if arguments.json else ForPeople(standard_output(), zone)
        with interruptible(*_ENDING) as interrupts, as_stack_error(), ExitStack() as resources:
            with Progress(errors):
                stack = resources.enter_context((open_stack or _local_stack())(request))
                if clinic is not None:
                    put_clinic(stack, clinic)
                    put_charges(stack, clinic.charges)
            path = resources.enter_context(own_socket_file(_port(stack)))
            resources.enter_context(own_environment_file(_port(stack), stack.environment))
            life = _Life(stack, arguments.clock, zone, printer, interrupts)
            resources.enter_context(listening(path, life.control))
            resources.callback(life.control.close)
            life.go_on()
            for rule in stack.unused_faults():
                errors.print(f"citas: {arguments.faults}: {rule} never acted", style="yellow", markup=False)
    return ExitCode.OK


def _inputs(arguments: DevArguments) -> tuple[ClinicFile | None, DevStackRequest]:
    if arguments.clinic == arguments.faults == "-":
        raise InputError(["only one file can be standard input (-)"])
    clinic = read_clinic(arguments.clinic) if arguments.clinic is not None else None
    faults = read_faults(arguments.faults) if arguments.faults is not None else None
    return clinic, DevStackRequest(arguments.port, arguments.is_open, arguments.watches, faults)


def _warn(arguments: DevArguments, request: DevStackRequest, errors: "Console") -> None:
    if request.is_open:
        errors.print(f"citas: {_OPEN}", style="bold red")
    if request.faults is not None and request.faults.events:
        errors.print(f"citas: {arguments.faults}: {_NO_LINES}", style="yellow", markup=False, soft_wrap=True)


class _Life:
    """The time between a stack's coming up and somebody's ending it."""

    def __init__(
        self, stack: DevStack, clock: ClockKind, zone: str, printer: Printer, interrupts: Interrupts
    ) -> None:
        self._stack = stack
        self._clock = clock
        self._zone = zone
        self._printer = printer
        self._interrupts = interrupts
        self._reader = ActivityReader(stack, runs=True)
        self.control = Control(self._read, _FIXED if clock is ClockKind.REAL else None)

    def go_on(self) -> None:
        """Follow the machine's time, or what was wished, until Ctrl-C."""
        try:
            self._stack.on_progress(self._tell)
            self._printer.up(self._stack, self._clock)
            for tick in itertools.count():
                is_due = self._stack.wait_for_wakeup(TICK_SECONDS)
                self._follow()
                while (wish := self.control.next_wish()) is not None:
                    self._fulfil(wish)
                if is_due or tick % _TICKS_BETWEEN_LOOKS == 0:
                    self._tell()
        except KeyboardInterrupt:
            self._interrupts.settle()
            self._printer.down(self._stack.clock.now())

    def _follow(self) -> None:
        """Run what is due by now."""
        now = self._stack.clock.now()
        self._stack.run_until(max(now, self._stack.machine_time()) if self._clock is ClockKind.REAL else now)

    def _fulfil(self, wish: Wish) -> None:
        before = self._read()
        now = self._stack.clock.now()
        try:
            until = wish.until(now)
        except OverflowError:
            until = now.replace(year=LAST_YEAR + 1)
        if until < now:
            wish.answer({"refusal": f"time does not run backwards: it is {to_text(now)}"})
        elif until.year > LAST_YEAR:
            wish.answer({"refusal": f"that is after the year {LAST_YEAR}"})
        else:
            self._stack.run_until(until)
            self._tell()
            wish.answer(asdict(self._read().since(before)))

    def _tell(self) -> None:
        self._interrupts.check()
        self._printer.show(self._reader.read())

    def _read(self) -> Reading:
        stack = self._stack
        return Reading(
            now=to_text(stack.clock.now()),
            clock=self._clock,
            zone=self._zone,
            events=len(stack.events_put()),
            runs_ended=sum(run.stopped_at is not None for run in stack.executions()),
            messages=len(stack.simulator.sent),
        )


def _port(stack: DevStack) -> int:
    return urlsplit(stack.environment["AWS_ENDPOINT_URL"]).port or 0


def _local_stack() -> OpenDevStack:
    from console.run.local_stack import open_dev_stack

    return open_dev_stack
