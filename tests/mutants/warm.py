"""Runs pytest over and over, each time in a fork: what never changes is loaded once, not for each mutant.

Reads a JSON line for each run, ``{"arguments": […], "said": PATH, "seconds": LIMIT}``, has what pytest says
written to that path, and answers with a line that holds its exit code. A run that takes longer than its limit
is killed; its code is negative. Nothing of the project is loaded here: each fork reads it anew.
"""

import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence

import pytest

# Together most of what a test of the services loads; pytest's own plugins must not be among them.
_LOADED = (
    *("babel.dates", "boto3", "moto.dynamodb.models", "moto.dynamodb.responses", "moto.events.models"),
    *("phonenumbers", "pydantic", "pynamodb.models", "pynamodb.transactions", "requests", "responses"),
)


def main() -> None:
    """Answer until nobody asks any more."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    for name in _LOADED:
        importlib.import_module(name)
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            print(_run(asked["arguments"], asked["said"], asked["seconds"]), flush=True)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: Sequence[str], said: str, seconds: float) -> int:
    child = os.fork()
    if not child:
        _become_pytest(arguments, said)
    limit = threading.Timer(seconds, os.kill, (child, signal.SIGKILL))
    limit.start()
    try:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
    finally:
        limit.cancel()


def _become_pytest(arguments: Sequence[str], said: str) -> None:
    """Never returns: whatever happens, the fork must not go on as if it were its parent."""
    code = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        target = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(target, stream.fileno())
        os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())
        sys.argv = ["pytest", *arguments]
        code = int(pytest.main(list(arguments)))
        sys.stdout.flush()
    finally:
        os._exit(code)


if __name__ == "__main__":
    main()
