"""The two streams a command writes to."""

import os
import sys

from rich.console import Console

# A file or a pipe has no width of its own.
_WIDTH_OF_A_FILE = 100


def standard_output(*, quiet: bool = False) -> Console:
    """For what a command is asked for; ``quiet`` when a result file takes the stream."""
    return _console(Console(file=sys.stdout, highlight=False, quiet=quiet))


def standard_error() -> Console:
    """For progress, warnings and errors."""
    return _console(Console(stderr=True, highlight=False))


def _console(console: Console) -> Console:
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _WIDTH_OF_A_FILE
    return console
