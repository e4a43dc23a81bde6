"""`citas directory`, as it is typed; nothing that takes long to load."""

from typing import TYPE_CHECKING, Annotated

import typer

from console.terminal.help import Commands
from console.terminal.options import JsonFlag, on_a_stage

if TYPE_CHECKING:
    from console.operate.stage import StageChoice

FileArgument = Annotated[
    str,
    typer.Argument(
        metavar="CLINIC.json",
        help="Docs: docs/clinic-file.md; [bold]-[/] is standard input.",
        show_default=False,
    ),
]

directory = Commands(
    name="directory",
    no_args_is_help=True,
    help="Clinics, doctors, services and hours of a deployed stage.",
)


@directory.command(
    help="Write the stage's directory as a clinic file, as [bold]push[/] and [bold]citas run[/] read it.",
    epilog="Example:\n\ncitas directory pull clinic.json --stage prod\n\n"
    "Exit status: 0; 2 bad usage, or the file is there; 3 the stage could not be asked, or a row not read.",
)
@on_a_stage
def pull(
    target: Annotated[
        str, typer.Argument(metavar="CLINIC.json", help="Default: standard output.", show_default=False)
    ] = "-",
    *,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    choice: "StageChoice",
) -> None:
    """`citas directory pull`."""
    from console.directory.command import pull_command

    raise typer.Exit(pull_command(choice, target, force=force))


@directory.command(
    help="What a push of the file would change on the stage. Changes nothing.",
    epilog="Example:\n\ncitas directory diff clinic.json --stage prod\n\n"
    "Exit status: 0 nothing differs; 1 something does; 2 bad usage or file; 3 the stage could not be asked.",
)
@on_a_stage
def diff(file: FileArgument, *, choice: "StageChoice", json: JsonFlag = False) -> None:
    """`citas directory diff`."""
    from console.directory.command import diff_command

    raise typer.Exit(diff_command(choice, file, as_json=json))


@directory.command(
    help="Make the stage's directory the file's.\n\n"
    "Shows what differs and asks first. What is on the stage and not in the file stays, unless "
    "[bold]--prune[/]. A row that somebody else has changed meanwhile is not overwritten. Slots are made of "
    "it in the next night; the free ones of a doctor who is removed go at once.",
    epilog="Examples:\n\ncitas directory push clinic.json --stage prod --dry-run\n\n"
    "citas directory push clinic.json --stage prod --prune\n\n"
    "Exit status: 0; 2 bad usage or file, or a doctor with visits ahead would be removed; 3 the stage could "
    "not be asked, or somebody else was changing it.",
)
@on_a_stage
def push(
    file: FileArgument,
    *,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is not in the file.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    choice: "StageChoice",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    json: JsonFlag = False,
) -> None:
    """`citas directory push`."""
    from console.directory.command import PushArguments, push_command

    raise typer.Exit(push_command(choice, PushArguments(file, prune, dry_run, yes, json)))
