"""The commands `citas dev`, `citas clock` and `citas say`: what a person types."""

from typing import Annotated

import typer

from console.dev.choices import DEFAULT_PORT, ClockAction, ClockKind
from console.terminal.help import Commands

dev_commands = Commands()


@dev_commands.command(
    help=(
        "Keep the local stack running until Ctrl-C, for other programs to use.\n\n"
        "All of AWS is at one port of this machine alone: the AWS command line, boto3 and the CDK work "
        "against it. Each event, run and message is printed as it happens, and so is what people write; an "
        "event that no rule wants, and a run that failed, are marked. What functions log is in their log "
        "groups. Every schedule fires at its times, as on AWS. Everything is in memory, "
        "and gone in the end."
    ),
    epilog=(
        "Examples:\n\n"
        "citas dev\n\n"
        "citas dev --clinic clinic.json --clock virtual\n\n"
        "citas dev --faults faults.json\n\n"
        "citas dev --port 0 --json | jq .\n\n"
        "Exit status: 0 ended by Ctrl-C or SIGTERM, 2 bad usage or input, or a port that can't be had, 3 the "
        "local stack failed, 130 interrupted before it was up. More: docs/dev.md, docs/faults.md."
    ),
)
def dev(
    context: typer.Context,
    *,
    port: Annotated[
        int, typer.Option(min=0, max=65535, metavar="PORT", help="Where AWS clients find it; 0: a free one.")
    ] = DEFAULT_PORT,
    clinic: Annotated[
        str | None,
        typer.Option(metavar="CLINIC.json", help="Clinics, profiles, services and their hours."),
    ] = None,
    clock: Annotated[
        ClockKind,
        typer.Option(
            help="The machine's own time, or one that stands still until [bold]citas clock[/] moves it.",
        ),
    ] = ClockKind.REAL,
    faults: Annotated[
        str | None, typer.Option(metavar="FAULTS.json", help="What shall go wrong, and when.")
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch/--no-watch",
            help="Fire the health check every five minutes; or only where a message may leave again, so "
            "that a jump of weeks is quick.",
        ),
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
    is_open: Annotated[
        bool,
        typer.Option(
            "--open", help="Let every user of this machine in, with the key and the secret [bold]test[/]."
        ),
    ] = False,
) -> None:
    """Run the command `citas dev`."""
    from console.dev.command import DevArguments, dev_command

    arguments = DevArguments(
        port=port, clinic=clinic, clock=clock, json=json, is_open=is_open, faults=faults, watches=watch
    )
    raise typer.Exit(dev_command(arguments, context.obj))


@dev_commands.command(
    help=(
        "Show the time of a running [bold]citas dev[/], or let it pass.\n\n"
        "jump goes on by a length of time, until to an instant; both answer when everything has happened "
        "that was due on the way. Only virtual time can be moved, and only forwards."
    ),
    epilog=(
        "Examples:\n\n"
        "citas clock show\n\n"
        "citas clock jump 23h\n\n"
        "citas clock until 2026-12-02T14:00:00Z\n\n"
        "Exit status: 0 done, 2 bad usage, or no [bold]citas dev[/] of yours answers."
    ),
)
def clock(
    action: Annotated[
        ClockAction, typer.Argument(metavar="[show|jump|until]", help="What to do with it.")
    ] = ClockAction.SHOW,
    when: Annotated[
        str | None, typer.Argument(metavar="[23h|9d|ISO]", help="How far, or until when.", show_default=False)
    ] = None,
    *,
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="PORT", help="The port of the [bold]citas dev[/].")
    ] = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
) -> None:
    """`citas clock`."""
    from console.dev.clock import clock_command

    raise typer.Exit(clock_command(action, when, port, json_output=json))


@dev_commands.command(
    help=(
        "Write to the clinic's number, as a patient or a doctor would, on a running [bold]citas dev[/].\n\n"
        "The text reaches the webhook signed, as Meta sends it; [bold]citas dev[/] prints it."
    ),
    epilog=(
        "Examples:\n\n"
        "citas say +525500000101 BAJA\n\n"
        'citas say +525500000101 "ALTA citas"\n\n'
        "Exit status: 0 the webhook has taken it, 2 bad usage, 3 no [bold]citas dev[/] of yours answers."
    ),
)
def say(
    sender: Annotated[
        str, typer.Argument(metavar="FROM", help="Whose number, with + and country code.", show_default=False)
    ],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What they write.", show_default=False)],
    *,
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="PORT", help="The port of the [bold]citas dev[/].")
    ] = DEFAULT_PORT,
) -> None:
    """Run the command `citas say`."""
    from console.dev.say import say_command

    raise typer.Exit(say_command(sender, text, port))
