"""The exit statuses of commands. Scripts rely on these numbers; `docs/run-format.md` lists them."""

import os
from enum import IntEnum
from types import FrameType


class ExitCode(IntEnum):
    """A command's exit status."""

    OK = 0
    AUDIT_FAILED = 1
    BAD_INPUT = 2
    STACK_FAILED = 3
    NOT_FOUND = 4
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


def end_interrupted(_number: int, _frame: FrameType | None) -> None:
    """What a signal does while nothing is open: it ends the process at once, with a word."""
    os.write(2, b"citas: interrupted\n")
    os._exit(ExitCode.INTERRUPTED)
