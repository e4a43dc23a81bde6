"""The command `citas`: what a person types, and nothing that takes long to load."""

import os
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.dev.app import dev_commands
from console.directory.commands import directory
from console.operate.commands import operating
from console.preflight.app import looking
from console.templates.commands import templates
from console.terminal.help import Commands
from console.terminal.interrupts import end_at_once
from console.terminal.options import JsonFlag, on_a_stage

if TYPE_CHECKING:
    from console.operate.stage import StageChoice

app = Commands(
    name="citas",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Citas: the right WhatsApp message to the right patient at the right time, once.\n\n"
        "[bold]run[/], [bold]demo[/], [bold]kpi[/] and [bold]dev[/] (with [bold]clock[/] and [bold]say[/]) "
        "stay on this machine: the template that is deployed to AWS, in a local stack whose time can be "
        "virtual, so days pass in seconds. WhatsApp is a simulator, and so are payments: nothing reaches "
        "anybody. [bold]templates[/] needs no stack. All others ask a deployed stage; only [bold]publish[/], "
        "[bold]retry[/], [bold]runs stop[/], [bold]runs drop[/], [bold]dlq drop[/], [bold]dlq redrive[/] and "
        "[bold]directory push[/] change something there."
    ),
    epilog="Begin with [bold]citas demo[/]. Exit status: 0 done, and all is well; 1 it is not: the audit "
    "does not hold, or something is to be mended; 2 bad usage or input; 3 the local stack failed, or a "
    "deployed one could not be asked; 4 nothing is called so; 130 interrupted; 141 nobody read the output to "
    "its end.",
)
app.add_typer(templates, name="templates")
app.add_typer(dev_commands)  # dev, clock, say
app.add_typer(operating)  # publish, slots, health, retry, analytics, runs, dlq
app.add_typer(directory, name="directory")  # pull, diff, push
app.add_typer(looking)  # preflight

JsonOption = Annotated[
    str | None,
    typer.Option(
        "--json",
        metavar="OUT.json",
        help="Write the whole result there as JSON; [bold]-[/] is standard output, which has nothing else "
        "then.",
    ),
]
FullOption = Annotated[bool, typer.Option("--full", help="Show the whole timeline, however long it is.")]


def _show_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"citas {version('citas')}")
        raise typer.Exit


def _open_closed_streams() -> None:
    """A stream that was closed by whoever started the command (``>&-``) is None, which nothing expects."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - stays open


@app.callback()
def citas(
    context: typer.Context,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """What holds for every command."""
    context.call_on_close(end_at_once())
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a character shows a question mark instead of ending the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@app.command(
    help=(
        "Put a file of events on the bus and show what comes of them.\n\n"
        "Prints what happened in virtual time (each event, each run, each message with its text), then an "
        "audit of the invariants. The exit status is 0 only if the audit holds; with --strict, only if no "
        "event failed either."
    ),
    epilog=(
        "Examples:\n\n"
        "citas run events.jsonl\n\n"
        "citas run events.jsonl --clinic clinic.json --until +9d --json out.json\n\n"
        "citas run events.jsonl --faults faults.json --json - | jq '.audit'\n\n"
        "The files' forms: docs/run-format.md, docs/clinic-file.md, docs/faults.md; see also examples/."
    ),
)
def run(
    context: typer.Context,
    *,
    events: Annotated[
        str,
        typer.Argument(
            metavar="EVENTS.jsonl",
            help='One event a line: {"at": "2026-11-23T15:00:00Z", "detail-type": "appointment/created", '
            '"detail": {…}}. [bold]-[/] is standard input.',
            show_default=False,
        ),
    ],
    clinic: Annotated[
        str | None,
        typer.Option(metavar="CLINIC.json", help="Clinics, profiles, services and their hours."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="ISO", help="When virtual time begins; default: the first event's [bold]at[/]."),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="ISO|+9d",
            help="When it ends, or how long after the start; default: when nothing is left to happen.",
        ),
    ] = None,
    faults: Annotated[
        str | None, typer.Option(metavar="FAULTS.json", help="What shall go wrong, and when.")
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Fail also if an event was refused or undelivered, or its run failed."),
    ] = False,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Fire the health check and the analytics as well, at all their times."),
    ] = False,
    json: JsonOption = None,
    full: FullOption = False,
) -> None:
    """Run the command `citas run`."""
    from console.run.command import RunArguments, run_command

    arguments = RunArguments(
        events=events,
        clinic=clinic,
        start=start,
        until=until,
        faults=faults,
        json=json,
        full=full,
        strict=strict,
        watch=watch,
    )
    raise typer.Exit(run_command(arguments, context.obj))


@app.command(
    help=(
        "Two days of an example clinic, in seconds.\n\n"
        "Slots are made; patients book, ask, move and cancel; a doctor approves in time and too late; money "
        "goes back. One event comes twice, one is broken, a process dies, WhatsApp and the payment provider "
        "have a bad moment. Each message is shown as it is sent, then what became of each, then the audit."
    ),
    epilog="Examples:\n\ncitas demo\n\ncitas demo --json demo.json",
)
def demo(context: typer.Context, *, json: JsonOption = None) -> None:
    """Run the command `citas demo`."""
    from console.run.demo import demo_command

    raise typer.Exit(demo_command(json, context.obj))


@app.command(
    help=(
        "A month of random appointments with everything that goes wrong in one, held against the KPIs.\n\n"
        "On the local stack: processes die before and after what they do, WhatsApp and the payment provider "
        "answer with errors or not at all, functions are throttled, events and webhooks come late, twice and "
        "out of order. Prints each KPI against its target, then the audit. The exit status is 0 only if all "
        "are met, and the audit holds."
    ),
    epilog=(
        "Examples:\n\ncitas kpi\n\ncitas kpi --appointments 100 --days 7 --seed 3\n\n"
        "What is counted: docs/kpi.md."
    ),
)
def kpi(
    context: typer.Context,
    *,
    appointments: Annotated[int, typer.Option(min=1, max=20_000, help="How many visits are booked.")] = 2000,
    days: Annotated[int, typer.Option(min=3, max=60, help="Within how many days all of it happens.")] = 30,
    seed: Annotated[int, typer.Option(help="Another seed, another month.")] = 1,
    json: JsonFlag = False,
) -> None:
    """Run the command `citas kpi`."""
    from console.kpi.command import kpi_command

    raise typer.Exit(kpi_command(appointments, days, seed, context.obj, as_json=json))


@app.command(
    help=(
        "What became of each message of a reservation, a request or a prescription, and why.\n\n"
        "Reads the result of a run, or a deployed stage. Shows ids, instants and reasons: no names, no "
        "numbers, no texts. Instants are on the clock of the subject's own zone."
    ),
    epilog=(
        "Examples:\n\n"
        "citas explain r-17 --stage prod\n\n"
        "citas explain prescription#p-1 --from out.json\n\n"
        "Exit status: 0; 2 bad usage or file; 3 the stage could not be asked; 4 nothing is called so there."
    ),
)
@on_a_stage
def explain(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="SUBJECT",
            help="[bold]r-17[/]: all that is called so; or [bold]reservation#r-17[/], [bold]request#q-1[/], "
            "[bold]prescription#p-1[/]; or a message's intent id.",
            show_default=False,
        ),
    ],
    *,
    result: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="OUT.json",
            help="A run's result; [bold]-[/] is standard input. Default: ask AWS.",
        ),
    ] = None,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas explain`."""
    from console.explain.command import explain_command

    raise typer.Exit(explain_command(subject, result, choice, as_json=json))
