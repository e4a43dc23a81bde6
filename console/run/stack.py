"""What the console needs of a stack: `local.stack.LocalStack` has it, and so has the tests' fake."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from console.run.simulators import InboundText, PaymentsSimulator, Simulator

if TYPE_CHECKING:
    from local.faults.plan import FaultPlan


class EventRefusedError(Exception):
    """The bus did not take an event; the text is the bus's reason."""


class Clock(Protocol):
    """Virtual time."""

    @property
    def idle(self) -> bool:
        """Whether nothing lies ahead but what comes again and again without end."""

    def now(self) -> datetime:
        """The virtual instant (UTC)."""

    def call_at(self, instant: datetime, fn: Callable[[], None], label: str) -> object:
        """Have ``fn`` called when virtual time reaches ``instant``."""


class BusEvent(Protocol):
    """An event that the bus took."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def event_id(self) -> str:
        """The bus's id for it."""

    @property
    def source(self) -> str:
        """Who says so."""

    @property
    def detail_type(self) -> str:
        """Its detail-type."""

    @property
    def detail(self) -> Any:
        """Its payload, decoded."""


class Execution(Protocol):
    """A run of a state machine."""

    @property
    def workflow(self) -> str:
        """The workflow's name."""

    @property
    def name(self) -> str:
        """The execution's name."""

    @property
    def status(self) -> str:
        """How it ended, or that it runs."""

    @property
    def started_at(self) -> datetime:
        """When it began (UTC)."""

    @property
    def stopped_at(self) -> datetime | None:
        """When it ended (UTC); None while it runs."""

    @property
    def arn(self) -> str:
        """The execution's ARN."""

    @property
    def error(self) -> str | None:
        """The error's name, if it failed."""

    @property
    def cause(self) -> str | None:
        """The error's text, if it failed."""

    @property
    def input(self) -> Any:
        """What it was started with, decoded."""

    @property
    def output(self) -> Any:
        """What it ended with, decoded; None if it did not end well."""

    @property
    def transitions(self) -> int:
        """States entered."""


class UndeliveredEvent(Protocol):
    """An event in a dead-letter queue."""

    @property
    def at(self) -> datetime:
        """When it came there (UTC)."""

    @property
    def event_id(self) -> str | None:
        """The bus's id for it."""

    @property
    def detail_type(self) -> str | None:
        """Its detail-type."""

    @property
    def kept(self) -> bool:
        """Whether a dead-letter queue holds it; if not, AWS would have dropped it."""

    @property
    def code(self) -> str:
        """The error's name."""

    @property
    def reason(self) -> str:
        """Why it was not delivered."""


class Invocation(Protocol):
    """An invocation of a Lambda function."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def function(self) -> str:
        """The function's name."""

    @property
    def step(self) -> str | None:
        """The step it was called for."""

    @property
    def execution(self) -> str | None:
        """The run that called it."""

    @property
    def status(self) -> str:
        """How it ended, or that it runs."""

    @property
    def error(self) -> str | None:
        """The error's name, if it failed."""

    @property
    def cold(self) -> bool:
        """Whether it met a new process."""

    @property
    def seconds(self) -> float:
        """What it cost this machine's processor."""


class Stack(Protocol):
    """A running stack."""

    @property
    def clock(self) -> Clock:
        """Its virtual time."""

    @property
    def simulator(self) -> Simulator:
        """Its WhatsApp."""

    @property
    def payments(self) -> PaymentsSimulator:
        """Its payments provider."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the template puts out: table names and the like."""

    @property
    def lambda_invocations(self) -> Sequence[Invocation]:
        """Every invocation, in order."""

    def publish(self, detail_type: str, detail: Any, source: str = ..., *, line: int | None = ...) -> str:
        """Put an event on the bus now; gives its id.

        Args:
            detail: JSON text.
            line: the line of the input it comes from, for the fault plan.

        Raises:
            EventRefusedError: the bus did not take it.
        """

    def receive(self, sender: str, text: str, *, line: int | None = None) -> None:
        """Let somebody write to the clinic's number, now.

        Args:
            sender: the number, with its country.
            line: the line of the input it comes from, for the fault plan.
        """

    def pay(self, charge_id: str, amount: int, currency: str, payment_intent: str | None) -> None:
        """Make a payment known; ``amount`` in the provider's smallest units, currency in small letters."""

    def run_until(self, instant: datetime) -> None:
        """Run everything up to and including ``instant``, and stand there."""

    def run_until_idle(self) -> None:
        """Run until nothing lies ahead but what comes again and again without end."""

    def client(self, service: str) -> Any:
        """A boto3 client with an operator's rights."""

    def items(self, output: str) -> list[dict[str, Any]]:
        """Every item, in DynamoDB's notation, of the table that an output names."""

    def executions(self) -> Sequence[Execution]:
        """Every run, in the order they were started."""

    def events_put(self) -> Sequence[BusEvent]:
        """Every event that the bus took, in order, whoever put it there."""

    def inbound_messages(self) -> Sequence[InboundText]:
        """What was posted to the webhook as written by somebody, in order; again if it was posted again."""

    def undelivered_events(self) -> Sequence[UndeliveredEvent]:
        """What no target took."""

    def unused_faults(self) -> Sequence[str]:
        """The rules of the fault plan that have never acted, by their places in its file."""

    def on_progress(self, callback: Callable[[], None]) -> None:
        """Have ``callback`` called now and then while time runs."""


@dataclass(frozen=True)
class StackRequest:
    """The stack a command asks for.

    Attributes:
        keeps_run_ledger: for a command that reads it.
        is_concurrent: what happens at one instant happens at one time, so that functions are throttled; in
            which order it does is the machine's.
        watches: the health check and the analytics fire at all their times.
    """

    start: datetime
    faults: "FaultPlan | None" = None
    keeps_run_ledger: bool = False
    is_concurrent: bool = False
    watches: bool = False


StackFactory = Callable[[StackRequest], AbstractContextManager[Stack]]
