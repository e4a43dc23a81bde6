"""The two streams a command writes to. No text is markup unless its print says so: ids come from outside."""

import os
import sys
from contextlib import suppress

from rich.console import Console

from console.terminal.exit_codes import ExitCode

# A file or a pipe has no width of its own.
_WIDTH_OF_A_FILE = 100


class _Screen(Console):
    """Ends with a status of its own when nobody reads on; rich ends with 1, as a failed audit does."""

    def on_broken_pipe(self) -> None:
        """Whoever read the output is gone: end, and keep Python from writing what is left."""
        abandon_standard_output()
        raise SystemExit(ExitCode.OUTPUT_CLOSED)


def abandon_standard_output() -> None:
    """It can't be written: what Python still holds for it goes nowhere, or it would complain at the exit."""
    with suppress(OSError):  # a test's stream is no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def standard_output(*, quiet: bool = False) -> Console:
    """For what a command is asked for; ``quiet`` when a result file takes the stream."""
    return _console(_Screen(file=sys.stdout, highlight=False, markup=False, quiet=quiet))


def standard_error() -> Console:
    """For progress, warnings and errors."""
    return _console(Console(stderr=True, highlight=False, markup=False))


def _console(console: Console) -> Console:
    # Some terminals and build servers set COLUMNS=0; rich would then print nothing at all.
    if console.width < 1 or (not console.is_terminal and "COLUMNS" not in os.environ):
        console.width = _WIDTH_OF_A_FILE
    return console
