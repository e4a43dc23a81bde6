"""`citas dev` as a process of its own, on a free port, and the plain AWS command line."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

_BIN = Path(sys.executable).parent


class Output:
    """A process's lines, taken off its hands as they come: a full pipe would hold it up."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, args=(process.stdout,))
        self._thread.start()

    def next(self) -> dict[str, Any]:
        """The next line's object.

        Raises:
            EOFError: there is none any more.
        """
        line = self._lines.get(timeout=240)
        if not line:
            raise EOFError("`citas dev` ended")
        told: dict[str, Any] = json.loads(line)
        return told

    def _read(self, stream: IO[str]) -> None:
        while line := stream.readline():
            self._lines.put(line)
        self._lines.put("")


@dataclass(frozen=True)
class DevProcess:
    """One that is up. ``up`` is the line in which it said so."""

    process: subprocess.Popen[str]
    output: Output
    up: dict[str, Any]
    home: Path

    @property
    def port(self) -> int:
        return urlsplit(self.up["environment"]["AWS_ENDPOINT_URL"]).port or 0

    def until(self, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The next line of its output that is looked for.

        Raises:
            EOFError: it ended before.
        """
        while not is_it(told := self.output.next()):
            pass
        return told

    def aws(self, *arguments: str) -> Any:
        """What the AWS command line prints as JSON; None if it prints nothing."""
        done = self._run("aws", *arguments, "--output", "json")
        return json.loads(done.stdout) if done.stdout else None

    def clock(self, *arguments: str) -> dict[str, Any]:
        """What `citas clock` prints for programs."""
        done = self._run("citas", "clock", *arguments, "--port", str(self.port), "--json")
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def citas(self, *arguments: str) -> str:
        """What a command of `citas` prints that is given no credentials: it finds them by itself."""
        done = subprocess.run(
            [_BIN / "citas", *arguments],
            env=surroundings(self.home),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, f"citas {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """End it; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(timeout=240)

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Nothing of the caller's own account, and no HOME: an AWS command line asks for neither.
        environment = surroundings(self.home) | self.up["environment"]
        done = subprocess.run(
            [_BIN / program, *arguments],
            env=environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == 0, f"{program} {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done


def surroundings(home: Path) -> dict[str, str]:
    """All that a process gets of this one's environment."""
    return {
        "PATH": os.environ["PATH"],
        "XDG_RUNTIME_DIR": str(home),
        "TMPDIR": str(home),
        "PYTHONUTF8": "1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def start(home: Path, *options: str) -> subprocess.Popen[str]:
    """Start one in a folder of its own."""
    return subprocess.Popen(
        [_BIN / "citas", "dev", *options],
        env=surroundings(home),
        cwd=home,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def citas_dev(home: Path, *options: str) -> Iterator[DevProcess]:
    """One that is up, and is ended in any case."""
    with start(home, "--port", "0", "--json", *options) as process:
        try:
            output = Output(process)
            yield DevProcess(process, output, output.next(), home)
        finally:
            if process.poll() is None:
                process.kill()
