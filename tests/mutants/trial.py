"""Mutants against their tests, in copies of the tree: nothing of the project itself is ever written."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants.catalogue import Change

_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".cache", "node_modules", "cdk.out", "build", "*_cache", ".hypothesis", "*.egg-info"
)
_LINKED = ("node_modules", ".venv")
_BLAMED = re.compile(r"^(?:FAILED|ERROR) (\S+(?: .*?)??)(?: - .*)?$", re.MULTILINE)
_LONGEST_SECONDS = 900
_CAUGHT, _BROKEN_AT_IMPORT = 1, 2


class TrialError(Exception):
    """The tests can't be run; the message says why."""


class Outcome(StrEnum):
    """What became of a mutant."""

    CAUGHT = "caught"
    SURVIVED = "survived"
    ERROR = "error"


@dataclass(frozen=True)
class Verdict:
    """What the tests said: the one that failed first, or why there is no verdict."""

    outcome: Outcome
    by: str
    seconds: float


@dataclass
class Copy:
    """A copy of the tree to break, and the pytest that runs in it."""

    root: Path
    _warm: "subprocess.Popen[str] | None" = None
    _stamps: int = 0

    @classmethod
    def of(cls, project: Path, target: Path) -> "Copy":
        """Copy what the tests need of the project."""
        shutil.copytree(project, target, ignore=_LEFT_OUT)
        for name in _LINKED:
            if (project / name).exists():
                (target / name).symlink_to(project / name)
        return cls(target)

    @contextmanager
    def broken(self, change: Change) -> Iterator[None]:
        """With the mutant in it."""
        path = self.root / change.path
        sound = path.read_text(encoding="utf-8")
        try:
            self._write(path, change.text)
            yield
        finally:
            self._write(path, sound)

    def judge(self, tests: Sequence[str]) -> Verdict:
        """Run the tests until one fails."""
        begun = time.monotonic()
        code, said = self._pytest("-x", *tests)
        seconds = round(time.monotonic() - begun, 1)
        blamed = _BLAMED.findall(said)
        match code:
            case 0:
                return Verdict(Outcome.SURVIVED, "", seconds)
            case _ if code < 0:
                return Verdict(Outcome.CAUGHT, f"no end after {_LONGEST_SECONDS} s", seconds)
            case _ if code in {_CAUGHT, _BROKEN_AT_IMPORT}:
                return Verdict(Outcome.CAUGHT, blamed[0] if blamed else _last_line(said), seconds)
            case _:
                return Verdict(Outcome.ERROR, f"pytest ended with {code}: {_last_line(said)}", seconds)

    def red(self, tests: Sequence[str]) -> set[str]:
        """Run all of the tests; the files of those that fail, or what pytest said if it ran none."""
        code, said = self._pytest(*tests)
        files = {name.partition("::")[0] for name in _BLAMED.findall(said)}
        return files or (set() if code == 0 else {_last_line(said)})

    def stop(self) -> None:
        """End what runs in it."""
        if self._warm is not None:
            self._warm.terminate()
            self._warm.wait()

    def _pytest(self, *arguments: str) -> tuple[int, str]:
        warm = self._warm = self._warm or self._started()
        said = self.root.with_suffix(".txt")
        wanted = {
            "arguments": ["-q", "-p", "no:cacheprovider", *arguments],
            "said": str(said),
            "seconds": _LONGEST_SECONDS,
        }
        if warm.stdin is None or warm.stdout is None:
            raise TrialError("what runs pytest can't be asked")
        print(json.dumps(wanted), file=warm.stdin, flush=True)
        if not (answer := warm.stdout.readline()):
            raise TrialError("what runs pytest has ended")
        return int(answer), said.read_text(encoding="utf-8", errors="replace")

    def _started(self) -> "subprocess.Popen[str]":
        # The copy's packages come before the installed ones in the tests' own processes, too.
        environment = {**os.environ, "PYTHONPATH": str(self.root), "NO_COLOR": "1", "COLUMNS": "500"}
        return subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.warm"],
            cwd=self.root,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def _write(self, path: Path, text: str) -> None:
        """Each time with a date of its own: Python's kept bytecode is told from it in whole seconds."""
        path.write_text(text, encoding="utf-8")
        self._stamps += 1
        stamp = path.stat().st_mtime + 2 * self._stamps
        os.utime(path, (stamp, stamp))


class Copies:
    """As many copies as run at once, handed out one at a time."""

    def __init__(self, project: Path, number: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="mutants-", ignore_cleanup_errors=True)
        self._all = [Copy.of(project, Path(self._folder.name, str(n))) for n in range(number)]
        self._free = list(self._all)
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[Copy]:
        """A copy that nobody else has; there must be one."""
        with self._lock:
            copy = self._free.pop()
        try:
            yield copy
        finally:
            with self._lock:
                self._free.append(copy)

    def close(self) -> None:
        """End what runs, and remove the copies."""
        for copy in self._all:
            copy.stop()
        self._folder.cleanup()


def _last_line(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return lines[-1].strip() if lines else "pytest said nothing"
