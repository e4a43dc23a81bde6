"""Where a running `citas dev` is reached: socket and credentials, in a folder only its owner can enter."""

import os
import shlex
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from console.terminal.errors import InputError

# What a path of a socket may have in bytes on any system.
_LONGEST_PATH = 100


def socket_file(port: int) -> Path | None:
    """The socket of the `citas dev` at a port; None if there is none of this user's."""
    found = (folder / _name(port) for folder in _folders() if _is_ours(folder))
    return next((path for path in found if path.exists()), None)


def ports() -> list[int]:
    """The ports at which this user's `citas dev` have left a socket."""
    files = [path for folder in _folders() if _is_ours(folder) for path in folder.glob(_name("*"))]
    return sorted({int(path.stem.rpartition("-")[2]) for path in files})


@contextmanager
def own_socket_file(port: int) -> Iterator[Path]:
    """A path for the socket of whoever holds the port; afterwards neither it nor an empty folder is left.

    Raises:
        InputError: there is no folder for it that is this user's alone.
    """
    with _own_file(_name(port)) as path:
        yield path


@contextmanager
def own_environment_file(port: int, variables: Mapping[str, str]) -> Iterator[Path]:
    """A file for a shell to read: what makes AWS' tools find whoever holds the port. Afterwards it is gone.

    Raises:
        InputError: there is no folder for it that is this user's alone.
    """
    with _own_file(_environment_name(port)) as path:
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.writelines(lines)
        yield path


def environment_of(port: int) -> dict[str, str]:
    """What makes AWS' tools find this user's `citas dev` at a port; empty if there is none."""
    for folder in filter(_is_ours, _folders()):
        with suppress(OSError):
            words = shlex.split((folder / _environment_name(port)).read_text())
            return dict(word.split("=", 1) for word in words if "=" in word)
    return {}


@contextmanager
def _own_file(name: str) -> Iterator[Path]:
    folder = _folder()
    path = folder / name
    path.unlink(missing_ok=True)  # of one that was killed: the port is ours now
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)
        with suppress(OSError):
            folder.rmdir()


def _environment_name(port: int) -> str:
    return f"dev-{port}.env"


def _name(port: int | str) -> str:
    return f"dev-{port}.sock"


def _folders() -> list[Path]:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    own = [Path(runtime) / "citas"] if runtime else []
    return [*own, Path(tempfile.gettempdir()) / f"citas-{os.getuid()}"]


def _folder() -> Path:
    for folder in _folders():
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        if _is_ours(folder) and len(os.fsencode(folder / _name(65535))) <= _LONGEST_PATH:
            return folder
    tried = ", ".join(map(str, _folders()))
    raise InputError([f"no folder for the clock's socket that is this user's alone (tried: {tried})"])


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder, no link, of this user's, that nobody else can enter."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
