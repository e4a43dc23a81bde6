"""One process environment at a time: a function's own while it runs, the program's otherwise."""

import os
import threading
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager


class Environments:
    """Lends ``os.environ`` to functions; invocations of the same function may share it."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._holder: str | None = None
        self._holders = 0
        self._program: MutableMapping[bytes, bytes] | None = None

    @contextmanager
    def lend(self, name: str, variables: MutableMapping[bytes, bytes]) -> Iterator[None]:
        """Make ``os.environ`` the function's, and nothing else, for the body; see :func:`encoded`."""
        self._take(name, variables)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, name: str, variables: MutableMapping[bytes, bytes]) -> None:
        with self._free:
            while self._holder not in (None, name):
                self._free.wait()
            if self._holder is None:
                # The mapping inside os.environ is exchanged whole: setting forty variables one by one, four
                # thousand times over, costs more than what the functions do.
                self._program = os.environ._data  # type: ignore[attr-defined]  # noqa: SLF001 - no public place
                os.environ._data = variables  # type: ignore[attr-defined]  # noqa: SLF001 - no public place
            self._holder = name
            self._holders += 1

    def _give_back(self) -> None:
        with self._free:
            self._holders -= 1
            if self._holders == 0:
                os.environ._data = self._program  # type: ignore[attr-defined]  # noqa: SLF001 - no public place
                self._holder = self._program = None
                self._free.notify_all()


def encoded(variables: dict[str, str]) -> MutableMapping[bytes, bytes]:
    """Variables in the form ``os.environ`` keeps them."""
    return {os.fsencode(name): os.fsencode(value) for name, value in variables.items()}
