"""The commands `citas templates list|preview|export`."""

import difflib
import json
import re
from collections.abc import Iterable
from typing import Any

from rich.box import ROUNDED
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

from clinic.adapters.whatsapp.registration import export, export_catalogue
from clinic.domain.languages import DEFAULT_LANGUAGE, language_of
from clinic.templates.catalogue import CATALOGUE, TIME_TO_LIVE, Template
from clinic.templates.template import LONGEST_TEXT
from console.output.output_file import OutputFile
from console.templates.usage import USED_FOR
from console.terminal.errors import InputError
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_error, standard_output
from console.terminal.text import printable

_STDOUT = "-"
# A bubble takes about four fifths of a phone's width.
_BUBBLE_WIDTH = 52
_COLUMNS = (
    *map(Column, ("Template", "Language", "Category", "Kept")),
    Column("Parameters", is_prose=True),
    Column("Sent", is_prose=True),
)
# What Meta lets into no parameter.
_FORBIDDEN = re.compile(r"[\n\r\t]| {5,}")


def list_command(*, as_json: bool) -> ExitCode:
    """Every template, as a table or as a list of objects."""
    with guarded(standard_error()):
        if as_json:
            _write_json([_facts(template) for template in CATALOGUE.values()], OutputFile(_STDOUT))
        else:
            show_records(standard_output(), _COLUMNS, [_row(template) for template in CATALOGUE.values()])
    return ExitCode.OK


def preview_command(name: str, settings: Iterable[str], language: str, *, as_json: bool) -> ExitCode:
    """One message with its values, as a phone shows it or as an object.

    Args:
        settings: ``parameter=value``, as typed.
        language: as typed.
    """
    with guarded(standard_error()):
        template = _template(name, language)
        values = template.examples | _values(template, settings)
        text = template.render(values)
        if len(text) > LONGEST_TEXT:
            raise InputError(
                [f"{template.name}: {len(text):,} characters, where WhatsApp takes {LONGEST_TEXT:,}"]
            )
        if as_json:
            facts = {"name": template.name, "language": template.language, "parameters": values, "text": text}
            _write_json(facts, OutputFile(_STDOUT))
        else:
            standard_output().print(_bubble(template, text))
    return ExitCode.OK


def export_command(name: str | None, target: str, language: str | None) -> ExitCode:
    """Meta's form of one template or of all, in one language or in all, to a file or to standard output."""
    with guarded(standard_error()):
        output = OutputFile(target, option="--out")
        output.check()
        code = _language(language) if language is not None else None
        if name is not None:
            _write_json(export(_template(name, code or DEFAULT_LANGUAGE)), output)
        else:
            _write_json([it for it in export_catalogue() if code in {None, it["language"]}], output)
    return ExitCode.OK


def _write_json(document: Any, output: OutputFile) -> None:
    output.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _facts(template: Template) -> dict[str, Any]:
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.value,
        "parameters": list(template.parameters),
        "ttl_seconds": template.ttl_seconds,
        "used_for": USED_FOR.get(template.name, ""),
    }


def _row(template: Template) -> Row:
    return Row(
        (
            template.name,
            template.language,
            template.category.value.lower(),
            _span(template.ttl_seconds),
            ", ".join(template.parameters),
            USED_FOR.get(template.name, ""),
        )
    )


def _span(seconds: int) -> str:
    """A time to live: ``12 h``, ``30 min``."""
    return f"{seconds // 3600} h" if seconds % 3600 == 0 else f"{seconds / 60:g} min"


def _language(tag: str) -> str:
    """The language that a tag asks for.

    Raises:
        InputError: messages are not written in it.
    """
    try:
        return language_of(tag)
    except ValueError as error:
        raise InputError([f"--language: {error}"]) from None


def _template(name: str, language: str) -> Template:
    """The template of that name in a language.

    Raises:
        InputError: there is none.
    """
    code = _language(language)
    if (name, code) in CATALOGUE:
        return CATALOGUE[name, code]
    near = difflib.get_close_matches(name, TIME_TO_LIVE, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; citas templates list shows those there are"
    raise InputError([f"{name!r} is no template{hint}"])


def _values(template: Template, settings: Iterable[str]) -> dict[str, str]:
    """The values that were set.

    Raises:
        InputError: one is not of the template, or Meta would not let it through.
    """
    values, problems = {}, []
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            problems.append(f"--set {setting!r}: expected parameter=value")
        elif name not in template.parameters:
            there = ", ".join(template.parameters)
            problems.append(f"--set {name}: {template.name} has no such parameter (it has {there})")
        elif not value.strip():
            problems.append(f"--set {name}: is blank; WhatsApp wants a text")
        elif _FORBIDDEN.search(value):
            problems.append(
                f"--set {name}: WhatsApp takes no line break, no tab and no more than four spaces in a row"
            )
        values[name] = value
    if problems:
        raise InputError(problems)
    return values


def _bubble(template: Template, text: str) -> Padding:
    """The text in a bubble, as a message that has come."""
    lines = "\n".join(printable(line) for line in text.split("\n"))
    panel = Panel(
        Text(lines),
        box=ROUNDED,
        width=_BUBBLE_WIDTH,
        title=template.name,
        title_align="left",
        border_style="green",
    )
    return Padding(panel, (1, 0, 1, 2), expand=False)
