"""The choices of `citas dev` and `citas clock` on the command line."""

from enum import StrEnum

DEFAULT_PORT = 4566  # LocalStack's, which tools know


class ClockKind(StrEnum):
    """Whose time a stack lives in."""

    REAL = "real"
    VIRTUAL = "virtual"


class ClockAction(StrEnum):
    """What `citas clock` can do."""

    SHOW = "show"
    JUMP = "jump"
    UNTIL = "until"
