"""Functions that a queue feeds, and nobody waits for: one rule, one queue and one Lambda function each."""

from dataclasses import dataclass

from clinic.contracts.events.operations import SOURCE, ExecutionStatusChange


@dataclass(frozen=True)
class Listener:
    """A function that is told of events on the account's default bus, through a queue of its own.

    Attributes:
        name: the function's, the rule's and the queue's name, and with underscores the handler's module.
        title: what a person calls it.
        dead_letters: the name of the queue for what it could not handle.
        source, detail_type: which events.
        concurrency: how many batches it may handle at once (the function's reserved concurrency and the
            mapping's maximum, which AWS lets be no lower than two).
        batch_size: how many events one call takes at most.
        window_seconds: how long SQS waits for a batch to fill.
        attempts: how often an event is handed over until it is a dead letter.
    """

    name: str
    title: str
    dead_letters: str
    source: str
    detail_type: str
    concurrency: int
    batch_size: int
    window_seconds: int
    attempts: int

    @property
    def module(self) -> str:
        """The Python module that holds its handler."""
        return f"lambdas.{self.name.replace('-', '_')}"

    @property
    def handler(self) -> str:
        """The function's handler string."""
        return f"{self.module}.handler"


# Step Functions says whenever a run's status changes. Ten events ask twenty questions at most: at four a
# second five of the function's thirty seconds. An outage of half an hour costs ten tries.
RUN_LEDGER = Listener(
    name="run-ledger",
    title="Run Ledger",
    dead_letters="unrecorded-runs",
    source=SOURCE,
    detail_type=ExecutionStatusChange.detail_type,
    concurrency=2,
    batch_size=10,
    window_seconds=5,
    attempts=10,
)

LISTENERS: tuple[Listener, ...] = (RUN_LEDGER,)
