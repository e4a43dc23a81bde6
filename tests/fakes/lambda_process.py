"""A step function's process: a fresh import of its module, and a context for its calls."""

import importlib
import json
import logging
import os
import sys
from dataclasses import dataclass
from itertools import count
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


def cold_start(module: str) -> ModuleType:
    """Import a handler's module anew, as a new process would."""
    sys.modules.pop(module, None)
    logging.Logger.manager.loggerDict.pop(os.environ[Env.SERVICE_NAME], None)
    return importlib.import_module(module)


def invoke(function: ModuleType, step: str, payload: Any) -> Any:
    """Call a step as a state does; the answer has been through JSON."""
    event = {"step": step, "execution": "execution-1", "input": payload}
    answer = function.handler(json.loads(json.dumps(event)), Context(f"request-{next(_REQUESTS)}"))
    return json.loads(json.dumps(answer))
