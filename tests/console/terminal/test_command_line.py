"""The command itself: its help, its version, and how little it loads."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from console.main import app
from tests.console.conftest import Citas

ROOT = Path(__file__).parents[3]
HEAVY = ("aws_cdk", "boto3", "jsii", "ministack", "moto", "pydantic", "pytest", "time_machine")


@pytest.mark.parametrize("command", [[], ["run"], ["demo"]])
def test_every_command_has_help_with_examples(citas: Citas, command: list[str]) -> None:
    result = citas(*command, "--help")

    assert result.exit_code == 0
    assert f"citas {' '.join(command) or 'demo'}" in result.stdout


def commands(group: TyperGroup, *names: str) -> Iterator[tuple[str, ...]]:
    yield names
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, *names, name)
        else:
            yield *names, name


@pytest.mark.parametrize("width", ["60", "80", "200"])
def test_no_name_is_cut_in_any_commands_help(
    citas: Citas, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for names in commands(root):
        command: Any = root
        for name in names:
            command = command.commands[name]
        shown = citas(*names, "--help").stdout
        words = [word.strip("│,") for word in shown.split()]
        named = [name for it in command.params for name in (*it.opts, *it.secondary_opts)]
        expected = [name for name in named if name.startswith("--")] + list(getattr(command, "commands", ()))
        assert [name for name in expected if name not in words] == [], names
        assert "[/]" not in shown, names
        assert max(map(len, shown.splitlines())) <= int(width), names


def test_the_version_is_the_packages(citas: Citas) -> None:
    assert citas("--version").stdout == f"citas {version('citas')}\n"


def test_no_arguments_show_the_help(citas: Citas) -> None:
    assert "Usage: citas" in citas().output


def test_the_help_answers_without_loading_anything_heavy() -> None:
    code = f"import console.main, sys; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_the_demo_needs_neither_cdk_nor_moto() -> None:
    heavy = ("aws_cdk", "jsii", "moto", "hypothesis")
    code = (
        "import console.run.demo, console.run.local_stack, sys; "
        f"print([n for n in {heavy} if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_was_closed_from_outside_does_no_harm(closed: str) -> None:
    command = f"exec {sys.executable} -c 'from console.main import app; app()' run - {closed}"
    done = subprocess.run(
        ["/bin/sh", "-c", command], input="", capture_output=True, text=True, check=False, cwd=ROOT
    )

    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert re.fullmatch("" if "2>&-" in closed else "citas: standard input: no event in it.*\n", done.stderr)
