"""Loads MiniStack, once per process, under an environment of its own.

MiniStack reads its settings from the environment, partly when it is imported and partly later; the functions
that run in this process have environments of their own. So every MiniStack module gets an ``os`` whose
``environ`` is ours and does not change.
"""

import importlib
import importlib.metadata
import logging
import os
import socket
import sys
import threading
import types
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

VERSION = "1.5.33"
ACCOUNT = "000000000000"
REGION = "us-east-1"
HOST = "127.0.0.1"
OPERATOR_KEY = "test"
OPERATOR_SECRET = "test"  # noqa: S105 - MiniStack's own word for its root user

# Loaded at once, so that nothing is imported (and no thread of MiniStack's started) during a run.
_SERVICES = (
    "apigateway",
    "apigateway_v1",
    "cloudformation.provisioners",
    "cloudformation",
    "cloudwatch",
    "cloudwatch_logs",
    "dynamodb",
    "eventbridge",
    "iam",
    "kms",
    "lambda_durable",
    "lambda_svc",
    "s3",
    "scheduler",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
)


class EmulatorVersionError(ImportError):
    """Another MiniStack is installed than the one this package was written for."""


def check_version(installed: str) -> None:
    """Refuse any MiniStack but ours: this package replaces parts of its inside."""
    if installed != VERSION:
        raise EmulatorVersionError(
            f"local.emulator is written for ministack {VERSION}, but {installed} is installed: "
            "install what requirements.lock names, or check every seam in tests/local/emulator/test_seams.py"
        )


check_version(importlib.metadata.version("ministack"))


@dataclass(frozen=True)
class MiniStack:
    """MiniStack's modules, and the socket it is to listen on. ``Any``: it has no types."""

    app: Any
    apis: Any
    stepfunctions: Any
    eventbridge: Any
    lambdas: Any
    logs: Any
    dynamodb: Any
    sqs: Any
    iam: Any
    router: Any
    provisioners: Any
    formation: tuple[Any, Any, Any]
    services: tuple[Any, ...]
    execution_credentials: Any
    listener: socket.socket
    environ: dict[str, str]
    log: deque[logging.LogRecord]

    @property
    def endpoint_url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.listener.getsockname()[1]}"


class _Os(types.ModuleType):
    """``os`` with an environment of its own."""

    def __init__(self, environ: dict[str, str]) -> None:
        super().__init__("os")
        self.environ = environ

    def getenv(self, key: str, default: str | None = None) -> str | None:
        return self.environ.get(key, default)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


class _Log(logging.Handler):
    """Keeps the last warnings. They may quote an event, so they are never printed."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: deque[logging.LogRecord] = deque(maxlen=200)

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


class PortUnavailableError(OSError):
    """The port that was asked for can't be had; the text says which and why."""


# The process's one MiniStack, once there is one.
_loaded: list[MiniStack] = []


def load(port: int = 0) -> MiniStack:
    """The process's one MiniStack; the first call imports it and binds it to a loopback port.

    Args:
        port: 0: a free one.

    Raises:
        PortUnavailableError: somebody else listens there, or the process's MiniStack is on another already.
    """
    if not _loaded:
        _loaded.append(_load(port))
    elif port not in {0, _loaded[0].listener.getsockname()[1]}:
        raise PortUnavailableError(f"{HOST}:{port}: the local stack of this process has another port")
    return _loaded[0]


def _load(port: int) -> MiniStack:
    try:
        listener = socket.create_server((HOST, port), backlog=128)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise PortUnavailableError(f"{HOST}:{port}: {reason}") from error
    environ = _environment(listener.getsockname()[1])
    with _imported_under(environ):
        app = importlib.import_module("ministack.app")
        for name in _SERVICES:
            importlib.import_module(f"ministack.services.{name}")
        runtime = importlib.import_module("ministack.core.lambda_runtime")
        evaluator = importlib.import_module("ministack.core.iam_evaluator")
        router = importlib.import_module("ministack.core.router")
        inside = "ministack.services.cloudformation."
        handlers, stacks, engine = (
            importlib.import_module(f"{inside}{part}") for part in ("handlers", "stacks", "engine")
        )
    isolate(environ)
    service = {name: sys.modules[f"ministack.services.{name}"] for name in _SERVICES}
    return MiniStack(
        app=app,
        apis=service["apigateway"],
        stepfunctions=service["stepfunctions"],
        eventbridge=service["eventbridge"],
        lambdas=service["lambda_svc"],
        logs=service["cloudwatch_logs"],
        dynamodb=service["dynamodb"],
        sqs=service["sqs"],
        iam=evaluator,
        router=router,
        provisioners=service["cloudformation.provisioners"],
        formation=(handlers, stacks, engine),
        services=tuple(service.values()),
        execution_credentials=runtime.execution_credentials,
        listener=listener,
        environ=environ,
        log=_silence(),
    )


def isolate(environ: dict[str, str]) -> None:
    """Give every MiniStack module loaded so far its own ``os``."""
    own = _Os(environ)
    for name, module in list(sys.modules.items()):
        if name.startswith("ministack.") and getattr(module, "os", None) is os:
            module.__dict__["os"] = own


def _environment(port: int) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "TMPDIR": os.environ.get("TMPDIR", "/tmp"),  # noqa: S108 - where the system keeps its own
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "MINISTACK_HOST": HOST,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": OPERATOR_KEY,
        "AWS_SECRET_ACCESS_KEY": OPERATOR_SECRET,
        "LAMBDA_ACCOUNT_CONCURRENCY": "1000",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "0",
        "S3_PERSIST": "0",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }


@contextmanager
def _imported_under(environ: dict[str, str]) -> Iterator[None]:
    """Imports that see ``environ``, start no thread and leave logging alone."""
    before = dict(os.environ)
    start, configure = threading.Thread.start, logging.basicConfig

    def start_none(self: threading.Thread) -> None:
        """MiniStack's housekeeping runs in real time; a run must not depend on it."""

    def configure_nothing(**_options: object) -> None:
        """The root logger belongs to the program."""

    os.environ.clear()
    os.environ.update(environ)
    threading.Thread.start = start_none  # type: ignore[method-assign]  # given back below
    logging.basicConfig = configure_nothing
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]  # as it was
        logging.basicConfig = configure
        os.environ.clear()
        os.environ.update(before)


def _silence() -> deque[logging.LogRecord]:
    handler = _Log()
    loggers = {
        value
        for name, module in list(sys.modules.items())
        if name.startswith("ministack.")
        for value in vars(module).values()
        if isinstance(value, logging.Logger)
    }
    for logger in loggers:
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    return handler.records
