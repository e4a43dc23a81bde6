"""A stack as the console needs it: `local.stack.LocalStack` is one, and so is the tests' fake."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # `citas --help` is there sooner without
    from local.faults.plan import FaultPlan
    from local.functions import Invocation
    from local.records import BusEvent, Execution, UndeliveredEvent
    from local.simulators.payments import Call as PaymentsCall
    from local.simulators.payments import Refund
    from local.simulators.webhooks import InboundMessage, Webhook
    from local.simulators.whatsapp import Call, SentMessage


class EventRefusedError(Exception):
    """The bus did not take an event; the text is the bus's reason."""


class Clock(Protocol):
    """The virtual time of a stack."""

    @property
    def idle(self) -> bool:
        """Whether nothing lies ahead but what comes again and again without end."""

    def now(self) -> datetime:
        """The virtual instant (UTC)."""

    def call_at(self, instant: datetime, fn: Callable[[], None], label: str) -> object:
        """Have ``fn`` called when virtual time reaches ``instant``."""


class WhatsAppMemory(Protocol):
    """What the stack's WhatsApp remembers, each in order."""

    @property
    def webhooks(self) -> Sequence["Webhook"]:
        """Every body it posted, with what came of it."""

    @property
    def calls(self) -> Sequence["Call"]:
        """Every request, accepted or not."""

    @property
    def sent(self) -> Sequence["SentMessage"]:
        """Every message it accepted."""


class PaymentsMemory(Protocol):
    """What the stack's payments provider remembers, each in order."""

    @property
    def refunds(self) -> Sequence["Refund"]:
        """Every refund it took."""

    @property
    def calls(self) -> Sequence["PaymentsCall"]:
        """Every request, carried out or not."""


class Stack(Protocol):
    """A running stack."""

    @property
    def clock(self) -> Clock:
        """Its virtual time."""

    @property
    def simulator(self) -> WhatsAppMemory:
        """What its WhatsApp remembers."""

    @property
    def payments(self) -> PaymentsMemory:
        """What its payments provider remembers."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """What the template puts out: table names and the like."""

    @property
    def lambda_invocations(self) -> Sequence["Invocation"]:
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

    def executions(self) -> Sequence["Execution"]:
        """Every run, in the order they were started."""

    def events_put(self) -> Sequence["BusEvent"]:
        """Every event that the bus took, in order, whoever put it there."""

    def inbound_messages(self) -> Sequence["InboundMessage"]:
        """What was posted to the webhook as written by somebody, in order; again if it was posted again."""

    def undelivered_events(self) -> Sequence["UndeliveredEvent"]:
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
