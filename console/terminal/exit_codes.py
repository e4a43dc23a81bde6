"""What a command's exit status means. Scripts rely on these numbers; `docs/run-format.md` lists them."""

from enum import IntEnum


class ExitCode(IntEnum):
    """A command's exit status."""

    OK = 0
    AUDIT_FAILED = 1
    BAD_INPUT = 2
    STACK_FAILED = 3
    NOT_FOUND = 4
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
