"""What the console needs of a stack: `local.stack.LocalStack` has it, and so has the tests' fake."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol


class EventRefusedError(Exception):
    """The bus did not take an event; the text is the bus's reason."""


class Clock(Protocol):
    """Virtual time."""

    @property
    def pending(self) -> int:
        """How many wake-ups lie ahead."""

    def now(self) -> datetime:
        """The virtual instant (UTC)."""

    def call_at(self, instant: datetime, fn: Callable[[], None], label: str) -> object:
        """Have ``fn`` called when virtual time reaches ``instant``."""


class SentMessage(Protocol):
    """A message that the WhatsApp simulator accepted."""

    @property
    def message_id(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def template(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, str]: ...
    @property
    def text(self) -> str: ...
    @property
    def intent_id(self) -> str | None: ...
    @property
    def at(self) -> datetime: ...


class Simulator(Protocol):
    """The WhatsApp simulator's memory."""

    @property
    def sent(self) -> Sequence[SentMessage]: ...


class Execution(Protocol):
    """A run of a state machine."""

    @property
    def workflow(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def started_at(self) -> datetime: ...
    @property
    def stopped_at(self) -> datetime | None: ...
    @property
    def error(self) -> str | None: ...
    @property
    def cause(self) -> str | None: ...
    @property
    def input(self) -> Any: ...
    @property
    def transitions(self) -> int: ...


class UndeliveredEvent(Protocol):
    """An event in a dead-letter queue."""

    @property
    def event_id(self) -> str | None: ...
    @property
    def detail_type(self) -> str | None: ...
    @property
    def reason(self) -> str: ...


class Invocation(Protocol):
    """An invocation of a Lambda function."""

    @property
    def at(self) -> datetime: ...
    @property
    def function(self) -> str: ...
    @property
    def step(self) -> str | None: ...
    @property
    def execution(self) -> str | None: ...
    @property
    def status(self) -> str: ...
    @property
    def error(self) -> str | None: ...
    @property
    def cold(self) -> bool: ...


class Stack(Protocol):
    """A running stack."""

    @property
    def clock(self) -> Clock: ...
    @property
    def simulator(self) -> Simulator: ...
    @property
    def outputs(self) -> Mapping[str, str]: ...
    @property
    def lambda_invocations(self) -> Sequence[Invocation]: ...
    def publish(self, detail_type: str, detail: Any, source: str = ...) -> str: ...
    def run_until(self, instant: datetime) -> None: ...
    def run_until_idle(self) -> None: ...
    def client(self, service: str) -> Any: ...
    def executions(self) -> Sequence[Execution]: ...
    def undelivered_events(self) -> Sequence[UndeliveredEvent]: ...
    def on_progress(self, callback: Callable[[], None]) -> None: ...


@dataclass(frozen=True)
class StackRequest:
    """The stack a command asks for."""

    start: datetime
    faults: Any = None
    templates: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


StackFactory = Callable[[StackRequest], AbstractContextManager[Stack]]
