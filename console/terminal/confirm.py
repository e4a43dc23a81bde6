"""Dangerous commands ask by this before they do anything."""

import sys

import typer

from console.terminal.errors import InputError
from console.terminal.text import printable


def require_consent(question: str, *, yes: bool) -> None:
    """Go on only if the operator agrees: by ``--yes``, or at the terminal.

    Raises:
        InputError: there is no terminal to ask at.
        typer.Exit: the answer was no; nothing was done.
    """
    if yes:
        return
    question = printable(question)
    if not sys.stdin.isatty():
        raise InputError([f"{question} Say --yes, there is no terminal to ask at."])
    if not typer.confirm(f"citas: {question}", err=True):
        typer.echo("citas: nothing was done", err=True)
        raise typer.Exit
