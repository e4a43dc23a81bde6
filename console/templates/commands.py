"""The commands `citas templates …`: what a person types, and nothing that takes long to load."""

from typing import Annotated

import typer

from clinic.domain.languages import DEFAULT_LANGUAGE
from console.terminal.help import Commands
from console.terminal.options import JsonFlag

Language = Annotated[str, typer.Option(metavar="TAG", help="Its language: es, en-US.")]

templates = Commands(
    no_args_is_help=True,
    help="The WhatsApp templates that Citas sends: listed, shown as a phone shows them, and in Meta's form.",
    epilog="Exit status: 0, or 2 for a template or parameter that there is not, or a file that can't be "
    "written.",
)


@templates.command(
    "list",
    help="Every template: its category, how long WhatsApp tries to deliver it, its parameters, and when "
    "it is sent.",
    epilog="Examples:\n\ncitas templates list\n\ncitas templates list --json | jq -r '.[].name'",
)
def list_(*, json: JsonFlag = False) -> None:
    """`citas templates list`."""
    from console.templates.show import list_command

    raise typer.Exit(list_command(as_json=json))


@templates.command(
    help="One message as a phone shows it. A parameter that is not set has its example.",
    epilog="Examples:\n\ncitas templates preview appointment_reminder_24h\n\n"
    "citas templates preview appointment_confirmed --set patient_name='Ana Ficticia'\n\n"
    "citas templates preview medication_reminder --language en",
)
def preview(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The template's name.", show_default=False)],
    *,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PARAMETER=VALUE", help="A parameter's value; may be given again."),
    ] = None,
    language: Language = DEFAULT_LANGUAGE,
    json: JsonFlag = False,
) -> None:
    """`citas templates preview`."""
    from console.templates.show import preview_command

    raise typer.Exit(preview_command(name, values or [], language, as_json=json))


@templates.command(
    help="The registration that Meta's template API takes (POST /{account}/message_templates), as JSON: an "
    "object for one template, a list for all of them.",
    epilog="Examples:\n\ncitas templates export appointment_confirmed\n\n"
    "citas templates export --out templates.json",
)
def export(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One template; default: all.", show_default=False)
    ] = None,
    *,
    out: Annotated[
        str, typer.Option(metavar="FILE", help="Where to write; [bold]-[/] is standard output.")
    ] = "-",
    language: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="One language, such as en; default: all, of one template Spanish."),
    ] = None,
) -> None:
    """`citas templates export`."""
    from console.templates.show import export_command

    raise typer.Exit(export_command(name, out, language))
