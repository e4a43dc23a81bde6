"""Ends a command with the right exit status and a line a person can read, never with a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import typer
from rich.console import Console

from console.terminal.errors import (
    InputError,
    NotFoundError,
    OutputError,
    RunInterruptedError,
    StackError,
    StageError,
)
from console.terminal.exit_codes import ExitCode
from console.terminal.screen import abandon_standard_output

DEBUG = "CITAS_DEBUG"
_STATUSES = {
    OutputError: ExitCode.BAD_INPUT,
    StageError: ExitCode.STACK_FAILED,
    NotFoundError: ExitCode.NOT_FOUND,
}


@contextmanager
def guarded(errors: Console) -> Iterator[None]:
    """Turn what goes wrong inside into a line on ``errors`` and an exit status.

    With the environment variable ``CITAS_DEBUG`` set, the traceback is printed too.
    """
    try:
        yield
    except (KeyboardInterrupt, RunInterruptedError) as error:
        _say(errors, str(error) or "interrupted")
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except InputError as error:
        for problem in error.problems:
            _say(errors, problem)
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    except (OutputError, StageError, NotFoundError) as error:
        _say(errors, str(error))
        raise typer.Exit(_STATUSES[type(error)]) from None
    except StackError as error:
        _fault(errors, f"the local stack failed: {error}", error)
    except typer.Exit:
        raise
    except BrokenPipeError:
        abandon_standard_output()
        raise typer.Exit(ExitCode.OUTPUT_CLOSED) from None
    except OSError as error:  # a file's or the stack's has a name of its own by now
        abandon_standard_output()
        _say(errors, f"standard output: not written: {error.strerror or error}")
        raise typer.Exit(ExitCode.BAD_INPUT) from None
    except Exception as error:  # noqa: BLE001 - the last line of defence: an exit status, not a traceback
        _fault(errors, f"a fault in citas itself: {type(error).__name__}: {error}", error)


def _fault(errors: Console, text: str, error: Exception) -> NoReturn:
    _say(errors, text)
    if os.environ.get(DEBUG):
        errors.print_exception()
    else:
        _say(errors, f"({DEBUG}=1 shows where)")
    raise typer.Exit(ExitCode.STACK_FAILED) from error


def _say(errors: Console, text: str) -> None:
    with suppress(OSError):
        sys.stdout.flush()
    errors.print(f"citas: {text}", style="red", markup=False, soft_wrap=True)
