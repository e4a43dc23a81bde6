"""A step function's process: a fresh import of its module, and a context for its calls."""

import importlib
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count, repeat
from types import ModuleType
from typing import Any

from clinic.contracts.environment import Env

_REQUESTS = count(1)


@dataclass(frozen=True)
class Context:
    """What Lambda tells a function about a call."""

    aws_request_id: str
    function_name: str = "appointment-reminders"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:appointment-reminders"
    milliseconds_left: Iterator[int] = field(default_factory=lambda: repeat(30_000))

    def get_remaining_time_in_millis(self) -> int:
        return next(self.milliseconds_left)


@contextmanager
def process(module: str) -> Iterator[ModuleType]:
    """A new process: a handler's package imported anew, and nothing of it left behind, its logger neither."""
    _forget(module)
    try:
        yield importlib.import_module(module)
    finally:
        _forget(module)


def _forget(module: str) -> None:
    package = module.split(".", maxsplit=1)[0]
    for name in [name for name in sys.modules if name.split(".", maxsplit=1)[0] == package]:
        del sys.modules[name]
    logging.Logger.manager.loggerDict.pop(os.environ[Env.SERVICE_NAME], None)


def invoke(function: ModuleType, step: str, payload: Any, execution: str = "execution-1") -> Any:
    """Call a step as a state does; the answer has been through JSON."""
    event = {"step": step, "execution": execution, "input": payload}
    answer = function.handler(json.loads(json.dumps(event)), Context(f"request-{next(_REQUESTS)}"))
    return json.loads(json.dumps(answer))
