"""Writes a file that was asked for: found unwritable before the work, and never left half written."""

import contextlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from console.terminal.errors import OutputError
from console.terminal.interrupts import interruptible
from console.terminal.screen import abandon_standard_output

STDOUT = "-"


class OutputFile:
    """Where a command's file goes. ``check`` before the work, ``write`` after it.

    A regular file is replaced in one step, so that a reader sees the old content or the new; a pipe or a
    device is written as it comes.

    Args:
        option: the option that names the file, for what is said about it.
    """

    def __init__(self, target: str, *, option: str = "--json") -> None:
        self._target = target
        self._option = option
        self._path = _place(Path(target)) if target != STDOUT else None

    @property
    def is_stdout(self) -> bool:
        """Whether standard output is taken by the result."""
        return self._path is None

    def check(self) -> None:
        """Find out now whether the result can be written later.

        Raises:
            OutputError: it can't be; the text names the file and says why.
        """
        if self._path is None:
            return
        if not self._target:
            raise OutputError(f"{self._option}: the file's name is empty")
        try:
            if self._path.is_dir():
                raise OutputError(f"{self._target}: is a directory")
            if self._is_special():
                return
            if self._path.exists() and not os.access(self._path, os.W_OK):
                raise OutputError(f"{self._target}: Permission denied")
            with tempfile.TemporaryFile(dir=self._path.parent):
                pass
        except OSError as error:
            raise OutputError(f"{self._target}: {error.strerror or error}") from None

    def write(self, text: str) -> None:
        """Write the whole result.

        Raises:
            OutputError: it could not be written (a full disk, say); a file that stood there is unharmed.
        """
        content = text.encode("utf-8", errors="backslashreplace")
        try:
            with interruptible():
                self._write(content)
        except BrokenPipeError:
            raise
        except OSError as error:
            name = self._target
            if self._path is None:
                abandon_standard_output()
                name = "standard output"
            raise OutputError(f"{name}: not written: {error.strerror or error}") from None

    def _write(self, content: bytes) -> None:
        if self._path is None:
            rest = memoryview(content)
            while rest:  # with PYTHONUNBUFFERED set, one call may write a part only
                rest = rest[sys.stdout.buffer.write(rest) :]
            sys.stdout.buffer.flush()
        elif self._is_special():
            self._path.write_bytes(content)
        else:
            self._replace(self._path, content)

    def _is_special(self) -> bool:
        return self._path is not None and _is_special(self._path)

    @staticmethod
    def _replace(path: Path, content: bytes) -> None:
        # What a run has made holds what patients were told: it is its owner's alone unless it was not before.
        mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o600
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(mode)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise


def _place(path: Path) -> Path:
    # A link stays a link: the file behind it is what is replaced. What /dev/fd/63 stands for has no path.
    return path if _is_special(path) else path.resolve()


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_dir() and not stat.S_ISREG(path.stat().st_mode)
