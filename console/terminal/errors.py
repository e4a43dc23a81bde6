"""The errors a command ends with, each shown as one or a few plain lines, never as a traceback.

ConsoleError
├── InputError     a file or an option can't be used: exit status 2
├── OutputError    the result can't be written: exit status 2
├── StackError     the stack did not start, or broke while it ran: exit status 3
├── StageError     a deployed stage could not be asked: exit status 3
├── NotFoundError  nothing is called so there: exit status 4
└── RunInterruptedError  Ctrl-C, while a run was under way: exit status 130
"""

from collections.abc import Sequence


class ConsoleError(Exception):
    """A command can't go on; its text is for the person at the terminal."""


class InputError(ConsoleError):
    """An input can't be used. ``problems`` has one line for each thing to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class OutputError(ConsoleError):
    """The result can't be written where it was asked for."""


class StackError(ConsoleError):
    """The stack itself failed: neither the input nor the clinic's workflows are to blame."""


class StageError(ConsoleError):
    """A deployed stage could not be asked: it is not there, not reached, or refuses."""


class NotFoundError(ConsoleError):
    """Nothing there has the id or the name that was typed."""


class RunInterruptedError(ConsoleError):
    """The person pressed Ctrl-C; the text says how far the run had come."""
