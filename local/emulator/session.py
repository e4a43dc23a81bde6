"""The running stack lends this to the replaced parts of MiniStack. One stack runs in a process at a time."""

import contextvars
import random
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.clock import VirtualClock


class NoSessionError(RuntimeError):
    """MiniStack was asked to run something while no stack is up."""


@dataclass(frozen=True)
class FunctionCall:
    """One invocation that got its concurrency slot.

    Attributes:
        config: the function's configuration as Lambda's API shows it.
        event: the payload, decoded.
    """

    config: dict[str, Any]
    event: Any
    request_id: str


@dataclass(frozen=True)
class FunctionAnswer:
    """What Lambda answers: the payload, and whether it is an error's description.

    Attributes:
        log: what the function wrote, by line.
        log_stream: the log stream of its process.
    """

    payload: Any
    failed: bool
    log: tuple[str, ...] = ()
    log_stream: str = ""


@dataclass(frozen=True)
class HttpExchange:
    """A request to an HTTP API, and the status it was answered with."""

    at: datetime
    method: str
    path: str
    body: bytes
    status: int


@dataclass(frozen=True)
class Undelivered:
    """An event that a target did not take.

    Attributes:
        kept: whether a dead-letter queue holds it; if not, AWS would have dropped it.
    """

    at: datetime
    rule: str
    target: str
    code: str
    message: str
    event: str
    kept: bool


@dataclass(frozen=True)
class Accepted:
    """An event that the bus took; ``detail`` is JSON text."""

    at: datetime
    event_id: str
    source: str
    detail_type: str
    detail: str


@dataclass(frozen=True)
class Delivery:
    """How the bus treats an event: late by ``delay``, and so many times."""

    delay: timedelta = timedelta(0)
    times: int = 1


# How the events are treated that the present context puts on the bus.
delivery: contextvars.ContextVar[Delivery] = contextvars.ContextVar("delivery", default=Delivery())  # noqa: B039 - frozen


@dataclass
class Session:
    """One stack's clock, functions and records.

    Attributes:
        scheduled: the ARNs of runs that a schedule started.
        variables: by a run's ARN the context of its states, with the variables as they are.
        polls: by an event source mapping when it looks at its queue next; None: it does not.
        tells_of_runs: whether the changes of runs' statuses are put on the default bus.
        keeps_logs: whether what functions write goes to their log groups.
        exchanged: told of every request to an HTTP API.
    """

    clock: VirtualClock
    invoke: Callable[[FunctionCall], FunctionAnswer]
    enforce_iam: bool = True
    seed: int = 0
    tells_of_runs: bool = True
    keeps_logs: bool = False
    exchanged: Callable[[HttpExchange], None] | None = None
    transitions: Counter[str] = field(default_factory=Counter)
    accepted: list[Accepted] = field(default_factory=list)
    undelivered: list[Undelivered] = field(default_factory=list)
    throttled: Callable[[str, Any], None] | None = None
    progress: Callable[[], None] | None = None
    allowed: dict[tuple[str, str, str], bool] = field(default_factory=dict)
    principals: dict[tuple[str, str], Any] = field(default_factory=dict)
    scheduled: set[str] = field(default_factory=set)
    variables: dict[str, Any] = field(default_factory=dict)
    polls: dict[str, datetime | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def forget_permissions(self) -> None:
        """Who may do what is looked up anew."""
        self.allowed.clear()
        self.principals.clear()

    def new_id(self) -> str:
        """A UUID that comes out the same in the same run."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


_current: list[Session] = []


def attach(session: Session) -> None:
    """Make ``session`` the one the replaced parts use."""
    if _current:
        raise NoSessionError("a local stack is running in this process already")
    _current.append(session)


def detach() -> None:
    """There is no session any more."""
    _current.clear()


def current() -> Session:
    """The running stack's session."""
    if not _current:
        raise NoSessionError("no local stack is running")
    return _current[0]


def repeatable(original: Callable[[], str]) -> Callable[[], str]:
    """MiniStack's maker of ids, replaced by the running stack's."""
    return lambda: _current[0].new_id() if _current else original()


def running() -> bool:
    """Whether a stack is up."""
    return bool(_current)
