"""The command `citas run`: reads its files, runs them, shows and writes what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console

from clinic.contracts.workflows import WORKFLOWS
from console.inputs.clinic import ClinicFile, read_clinic
from console.inputs.events import InputEvent, read_events, refuse_events_before
from console.inputs.faults import read_faults
from console.kpi.table import show_kpis
from console.output.output_file import OutputFile
from console.output.result import RunResult
from console.run.runner import Order, Watcher, perform
from console.run.stack import StackFactory
from console.show.report import show_audit, show_summary
from console.show.timeline import entries, show
from console.terminal.errors import InputError, OutputError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.instants import parse_instant, parse_until
from console.terminal.progress import Progress
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import count

DEFAULT_ZONE = "America/Mexico_City"


@dataclass(frozen=True)
class RunArguments:
    """The command's arguments and options as they were typed."""

    events: str
    clinic: str | None
    start: str | None
    until: str | None
    faults: str | None
    json: str | None
    full: bool
    strict: bool = False
    watch: bool = False


def run_command(arguments: RunArguments, open_stack: StackFactory | None) -> ExitCode:
    """Run the command; ``open_stack`` None: on the local stack."""
    errors = standard_error()
    with guarded(errors):
        order = _order(arguments)
        output = checked_output(arguments.json)
        _warn(order, errors)
        with Progress(errors) as progress:
            outcome = perform(order, open_stack or local_stack(), _follow(progress))
        for rule in outcome.unused_faults:
            errors.print(f"citas: {arguments.faults}: {rule} never acted", style="yellow", markup=False)
        screen = standard_output(quiet=output is not None and output.is_stdout)
        with written(outcome.result, output):
            zone = clinic_zone(order.clinic)
            happened = entries(outcome.result, outcome.publications, zone, order.due_messages)
            show(screen, happened, zone, full=arguments.full)
            show_summary(screen, outcome.result)
            if outcome.result.kpis is not None:
                show_kpis(screen, outcome.result.kpis)
            show_audit(screen, outcome.result)
        if arguments.strict and outcome.result.events_failed:
            failed = count(len(outcome.result.events_failed), "event")
            errors.print(f"citas: {failed} failed", style="red", markup=False)
            return ExitCode.AUDIT_FAILED
    return exit_code(outcome.result)


@contextmanager
def written(result: RunResult, output: OutputFile | None) -> Iterator[None]:
    """Write the result, then do what is inside, even if writing failed: the run is not lost with the disk.

    Raises:
        OutputError: at the end, if the result could not be written.
    """
    failure = None
    try:
        if output is not None:
            output.write(result.model_dump_json(indent=1) + "\n")
    except OutputError as error:
        failure = error
    yield
    if failure is not None:
        raise failure


def exit_code(result: RunResult) -> ExitCode:
    """0 only if the audit holds."""
    return ExitCode.OK if result.audit_holds else ExitCode.AUDIT_FAILED


def checked_output(target: str | None) -> OutputFile | None:
    """Where the result goes, known to be writable."""
    if target is None:
        return None
    output = OutputFile(target)
    output.check()
    return output


def clinic_zone(clinic: ClinicFile | None) -> str:
    """The zone in which a person reads the timeline: the first clinic's."""
    return clinic.clinics[0].time_zone if clinic is not None else DEFAULT_ZONE


def local_stack() -> StackFactory:
    """Opens the local stack."""
    from console.run.local_stack import open_local_stack

    return open_local_stack


def _order(arguments: RunArguments) -> Order:
    if [arguments.events, arguments.clinic, arguments.faults].count("-") > 1:
        raise InputError(["only one file can be standard input (-)"])
    events = read_events(arguments.events)
    start = _instant("--start", arguments.start, parse_instant) or events[0].at
    refuse_events_before(events, start, arguments.events)
    until = _instant("--until", arguments.until, lambda text: parse_until(text, start))
    if until is not None and until < start:
        raise InputError(["--until: lies before the start of the run"])
    return Order(
        events=events,
        start=start,
        until=until,
        clinic=read_clinic(arguments.clinic) if arguments.clinic is not None else None,
        faults=read_faults(arguments.faults) if arguments.faults is not None else None,
        watches=arguments.watch,
    )


def _instant(option: str, text: str | None, parse: Callable[[str], datetime]) -> datetime | None:
    try:
        return parse(text) if text is not None else None
    except ValueError as error:
        raise InputError([f"{option}: {text!r} {error}"]) from None


def _warn(order: Order, errors: Console) -> None:
    known = {detail_type for workflow in WORKFLOWS for detail_type in workflow.detail_types}
    events = [event for event in order.due_events if isinstance(event, InputEvent)]
    unknown = sorted({event.detail_type for event in events} - known)
    for detail_type in unknown:
        lines = [event.line for event in events if event.detail_type == detail_type]
        where = f"line {lines[0]}" + (f" and {count(len(lines) - 1, 'other')}" if lines[1:] else "")
        accepted = ", ".join(sorted(known))
        errors.print(
            f"citas: {where}: no workflow begins with {detail_type!r} (those that do: {accepted})",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
    left_out = len(order.events) - len(order.due_events)
    if left_out:
        errors.print(f"citas: {count(left_out, 'event')} after --until, not published", style="yellow")


def _follow(progress: Progress) -> Watcher:
    return lambda run: progress.step(run.snapshot)
