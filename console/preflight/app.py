"""`citas preflight`, as it is typed; nothing that takes long to load."""

from typing import TYPE_CHECKING, Annotated

import typer

from console.terminal.help import Commands
from console.terminal.options import JsonFlag, on_a_stage

if TYPE_CHECKING:
    from console.operate.stage import StageChoice

looking = Commands()


@looking.command(
    help="What a deployment needs and a deployed stage still lacks, and what to do about it.\n\n"
    "Before the first deployment: Lambda's limit against what the functions reserve, names that an earlier "
    "attempt left, quotas. After it also: secrets that hold their placeholder, WhatsApp's number and token, "
    "the registered templates, the webhook's answer, who hears of alarms, the directory. Reads only; nothing "
    "is sent.",
    epilog="Examples:\n\ncitas preflight --stage prod\n\n"
    "citas preflight --stage prod --business-account 102290129340398\n\n"
    "Exit status: 0; 1 something has to be mended first; 2 bad usage; 3 the stage could not be asked.",
)
@on_a_stage
def preflight(
    *,
    business_account: Annotated[
        str | None,
        typer.Option(
            "--business-account",
            metavar="ID",
            help="The WhatsApp business account that the templates are registered with.",
        ),
    ] = None,
    unreserved: Annotated[
        bool,
        typer.Option(
            "--no-reserved-concurrency",
            help="The stage reserves none: it is deployed with [bold]-c reserved_concurrency=off[/].",
        ),
    ] = False,
    choice: "StageChoice",
    json: JsonFlag = False,
) -> None:
    """`citas preflight`."""
    from console.preflight.command import preflight_command

    raise typer.Exit(preflight_command(choice, business_account, reserves=not unreserved, as_json=json))
