"""The operator's commands, as they are typed; nothing that takes long to load."""

from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from console.terminal.help import Commands
from console.terminal.options import JsonFlag, on_a_stage

if TYPE_CHECKING:
    from console.operate.stage import StageChoice

_STATUS = "Exit status: 0; 2 bad usage or input; 3 the stage could not be asked"
RunStatusName: TypeAlias = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
YesOption = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
RunArgument = Annotated[
    str,
    typer.Argument(
        metavar="RUN", help="The run's name, its ARN, or how its name begins.", show_default=False
    ),
]
EventArgument = Annotated[
    str,
    typer.Argument(metavar="EVENT", help="The event's id, or how it begins.", show_default=False),
]

operating = Commands()
runs = Commands(name="runs", no_args_is_help=True, help="Runs of the workflows of a deployed stage.")
dlq = Commands(
    name="dlq",
    no_args_is_help=True,
    help="Events that reached no workflow, and ends of runs that the run ledger could not record: they wait "
    "in queues.",
)


@operating.command(
    help="Put an event on a deployed stage's bus.\n\n"
    "People may be written to: [bold]prod[/] asks first. Events and their fields: docs/events.md.",
    epilog=f"Example:\n\ncitas publish appointment/created detail.json --stage dev\n\n{_STATUS}.",
)
@on_a_stage
def publish(
    detail_type: Annotated[
        str, typer.Argument(metavar="DETAIL-TYPE", help="Such as appointment/created.", show_default=False)
    ],
    detail: Annotated[
        str,
        typer.Argument(
            metavar="DETAIL.json",
            help="The event's detail; [bold]-[/] is standard input.",
            show_default=False,
        ),
    ],
    *,
    choice: "StageChoice",
    yes: YesOption = False,
    json: JsonFlag = False,
) -> None:
    """`citas publish`."""
    from console.operate.publish import PublishArguments, publish_command

    raise typer.Exit(publish_command(PublishArguments(detail_type, detail, yes, json), choice))


@operating.command(
    help="A doctor's slots in the coming days, as a deployed stage holds them.",
    epilog=f"Example:\n\ncitas slots dra-rios --days 3 --stage prod\n\n{_STATUS}; 4 no such profile.",
)
@on_a_stage
def slots(
    profile_id: Annotated[
        str, typer.Argument(metavar="PROFILE", help="The doctor's profile id.", show_default=False)
    ],
    *,
    days: Annotated[int, typer.Option("--days", min=1, max=366, help="How many days ahead.")] = 7,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas slots`."""
    from console.operate.slots import slots_command

    raise typer.Exit(slots_command(choice, profile_id, days=days, as_json=json))


@operating.command(
    help="How a deployed stage is right now: its runs, failed runs that wait, messages that are overdue or "
    "held up, undelivered events.\n\n"
    "Looks and changes nothing; every five minutes the stage looks at itself, and mends what mends itself. A "
    "failed run waits until it is retried or dropped, or a later one about the same ids has ended well.",
    epilog="Exit status: 0 all is well; 1 something is wrong; 2 bad usage; 3 the stage could not be asked.",
)
@on_a_stage
def health(
    *,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas health`."""
    from console.operate.health import health_command

    raise typer.Exit(health_command(choice, as_json=json))


@operating.command(
    help="Let failed runs go on, each once.\n\n"
    "A run is redriven from where it failed, if Step Functions still can and its workflow is unchanged; else "
    "it is started again with its input. No message goes out twice: the ledger decides. Of the runs with an "
    "error that somebody has to mend (a token, a setting, the directory) one is tried first, and the others "
    "only if it does not fail again; what failed for good is left alone. Asks first.",
    epilog="Examples:\n\ncitas retry --dry-run\n\ncitas retry --error StoreUnavailableError --since 6h\n\n"
    "Exit status: 0; 1 a run could not be helped; 2 bad usage; 3 the stage could not be asked.",
)
@on_a_stage
def retry(
    *,
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="NAME", help="Only runs of this workflow.")
    ] = None,
    error: Annotated[
        str | None, typer.Option("--error", metavar="NAME", help="Only runs that failed with this error.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="24h|ISO", help="Only runs that failed since then.")
    ] = "24h",
    most: Annotated[int, typer.Option("--most", min=1, max=1000, help="At most so many at once.")] = 25,
    force: Annotated[
        bool, typer.Option("--force", help="Also what failed for good, and all at once: none is tried first.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    choice: "StageChoice",
    yes: YesOption = False,
    json: JsonFlag = False,
) -> None:
    """`citas retry`."""
    from console.operate.retry import RetryArguments, retry_command

    arguments = RetryArguments(workflow, error, since, most, force, dry_run, yes, json)
    raise typer.Exit(retry_command(choice, arguments))


@operating.command(
    help="What days of a deployed stage have come to: runs, errors, and the clinic's own figures.",
    epilog=f"Example:\n\ncitas analytics --since 30d --stage prod\n\n{_STATUS}.",
)
@on_a_stage
def analytics(
    *,
    since: Annotated[
        str, typer.Option("--since", metavar="7d|ISO", help="The UTC days since then, today included.")
    ] = "7d",
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas analytics`."""
    from console.operate.analytics import analytics_command

    raise typer.Exit(analytics_command(choice, since=since, as_json=json))


@runs.command(
    "list",
    help="The newest runs: which workflow, about what, how it went, and what it failed of.",
    epilog="Example:\n\ncitas runs list --status FAILED --since 7d --stage prod\n\n" + _STATUS + ".",
)
@on_a_stage
def list_runs(
    *,
    workflow: Annotated[
        str | None, typer.Option("--workflow", metavar="NAME", help="Only runs of this workflow.")
    ] = None,
    status: Annotated[RunStatusName | None, typer.Option("--status", help="Only runs that are so.")] = None,
    since: Annotated[
        str, typer.Option("--since", metavar="24h|ISO", help="Only runs that began since then.")
    ] = "24h",
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many.")] = 50,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas runs list`."""
    from console.operate.runs import list_command

    raise typer.Exit(
        list_command(choice, workflow=workflow, status=status, since=since, limit=limit, as_json=json)
    )


@runs.command(
    "show",
    help="One run: how it went, and the states it has been in. Ids only.",
    epilog=_STATUS + "; 4 there is no such run.",
)
@on_a_stage
def show_run(
    name: RunArgument,
    *,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas runs show`."""
    from console.operate.runs import show_command

    raise typer.Exit(show_command(choice, name, as_json=json))


@runs.command(
    "stop",
    help="Stop a run. It asks first.\n\n"
    "What it would have sent stays in the ledger, and the health check still sends it when it is due: only a "
    "cancellation, a move or the like ends a message.",
    epilog=f"{_STATUS}; 1 it had ended; 4 there is no such run.",
)
@on_a_stage
def stop_run(
    name: RunArgument,
    *,
    choice: "StageChoice",
    yes: YesOption = False,
    json: JsonFlag = False,
) -> None:
    """`citas runs stop`."""
    from console.operate.runs import stop_command

    raise typer.Exit(stop_command(choice, name, yes=yes, as_json=json))


@runs.command(
    "drop",
    help="Note that nobody will try a failed run again. It asks first.",
    epilog="Exit status: 0; 1 there is nothing to drop; 2 bad usage or input; 3 the stage could not be "
    "asked; 4 there is no such run.",
)
@on_a_stage
def drop_run(
    name: RunArgument,
    *,
    choice: "StageChoice",
    yes: YesOption = False,
    json: JsonFlag = False,
) -> None:
    """`citas runs drop`."""
    from console.operate.runs import drop_command

    raise typer.Exit(drop_command(choice, name, yes=yes, as_json=json))


@dlq.command(
    "list", help="What lies in the dead-letter queues, and why it was not delivered.", epilog=_STATUS + "."
)
@on_a_stage
def list_letters(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 50,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas dlq list`."""
    from console.operate.dlq import list_command

    raise typer.Exit(list_command(choice, limit=limit, as_json=json))


@dlq.command(
    "show",
    help="One event: why it was not delivered, and which fields it has.",
    epilog="Example:\n\ncitas dlq show 6f0c --stage prod\n\n" + _STATUS + "; 4 no event is called so.",
)
@on_a_stage
def show_letter(
    event: EventArgument,
    *,
    with_personal_data: Annotated[
        bool, typer.Option("--with-personal-data", help="Show the fields' values, a patient's among them.")
    ] = False,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas dlq show`."""
    from console.operate.dlq import show_command

    raise typer.Exit(show_command(choice, event, with_personal_data=with_personal_data, as_json=json))


@dlq.command(
    "drop",
    help="Take one event out of the queue for good. It asks first.",
    epilog=_STATUS + "; 4 no event is called so.",
)
@on_a_stage
def drop_letter(
    event: EventArgument,
    *,
    choice: "StageChoice",
    yes: YesOption = False,
    json: JsonFlag = False,
) -> None:
    """`citas dlq drop`."""
    from console.operate.dlq import drop_command

    raise typer.Exit(drop_command(choice, event, yes=yes, as_json=json))


@dlq.command(
    "redrive",
    help="Have what lies in the queues handled again. It asks first. Every workflow takes an event twice "
    "without harm.",
    epilog=_STATUS + ".",
)
@on_a_stage
def redrive_letters(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many.")] = 50,
    choice: "StageChoice",
    yes: YesOption = False,
    json: JsonFlag = False,
) -> None:
    """`citas dlq redrive`."""
    from console.operate.dlq import redrive_command

    raise typer.Exit(redrive_command(choice, limit=limit, yes=yes, as_json=json))


operating.add_typer(runs)
operating.add_typer(dlq)
