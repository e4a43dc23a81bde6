import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from console.docs.commands import page
from console.main import app
from tests.architecture import project
from tests.docs import documents

_MAKE = re.compile(r"\bmake ([a-z-]+)\b")
_TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
_GROUPS = [[name] for name, it in vars(get_command(app))["commands"].items() if isinstance(it, TyperGroup)]
_CITAS = re.compile(r"^(?:\$ )?(?:\.venv/bin/)?citas(?: .*)?$", re.MULTILINE)


def _commands(text: str) -> list[str]:
    """Every line of a fenced block, and every piece of inline code."""
    return [line.strip() for block in documents.fenced(text) for line in block.splitlines()] + documents.code(
        text
    )


def _citas_commands() -> list[tuple[str, str]]:
    found = {
        (project.name(path), command): None
        for path in documents.pages()
        for command in _commands(path.read_text())
        if _CITAS.match(command)
    }
    return list(found)


def test_every_make_target_in_the_docs_exists() -> None:
    targets = set(_TARGET.findall((project.ROOT / "Makefile").read_text()))
    named = {
        target
        for path in documents.pages()
        for command in _commands(path.read_text())
        for target in _MAKE.findall(command)
    }
    assert {"demo", "test"} <= named
    assert named <= targets


def test_the_readme_opens_with_the_two_commands() -> None:
    first = documents.fenced(documents.page("README.md"))[0]
    assert re.findall(r"^\$ (.+)$", first, re.MULTILINE)[:1] == ["make demo"]
    assert "make test" in documents.page("README.md").split("## ")[0]


def test_the_page_of_commands_is_made_of_them_as_they_are() -> None:
    is_current = documents.page("docs/commands.md") == page()
    assert is_current, "docs/commands.md is out of date: run `python -m console.docs.commands`"


def _tree(group: TyperGroup, *words: str) -> Iterator[tuple[str, Any]]:
    yield " ".join(words), group
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _tree(command, *words, name)
        else:
            yield " ".join((*words, name)), command


def test_every_command_and_every_option_stands_on_that_page() -> None:
    sections = re.split(r"^##+ ", documents.page("docs/commands.md"), flags=re.MULTILINE)
    texts = dict(section.split("\n", 1) for section in sections)
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for words, command in _tree(root, "citas"):
        text = texts[words]
        if "the-options-of-a-stage" in text:
            text += texts["The options of a stage"]
        for parameter in command.params:
            names = [name for name in (*parameter.opts, *parameter.secondary_opts) if name.startswith("-")]
            assert [name for name in names if f"`{name}`" not in text] == [], words


@pytest.mark.parametrize(("place", "command"), _citas_commands())
def test_every_citas_command_in_the_docs_exists(place: str, command: str) -> None:
    words = [word.strip("[]") for word in shlex.split(command.removeprefix("$ "), comments=True)[1:]]
    subcommand = [word for word in words[:1] if not word.startswith("-")]
    if subcommand in _GROUPS:
        subcommand += [word for word in words[1:2] if not word.startswith("-")]
    options = [word.split("=")[0] for word in words if word.startswith("--")]
    shown = CliRunner().invoke(app, [*subcommand, "--help"], env={"COLUMNS": "300", "NO_COLOR": "1"})
    assert shown.exit_code == 0, f"{place} names `citas {' '.join(subcommand)}`"
    assert [option for option in options if option not in shown.output] == [], place
