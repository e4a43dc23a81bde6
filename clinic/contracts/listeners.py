"""What EventBridge calls, and nobody waits for: one rule and one Lambda function each."""

from dataclasses import dataclass

from clinic.contracts.run_events import DETAIL_TYPE, SOURCE


@dataclass(frozen=True)
class Listener:
    """A function that is told of events on the account's default bus.

    Attributes:
        name: the function's and the rule's name, and with underscores the handler's module.
        title: what a person calls it.
        source, detail_type: which events.
        concurrency: how many it may handle at once (the function's reserved concurrency).
    """

    name: str
    title: str
    source: str
    detail_type: str
    concurrency: int

    @property
    def module(self) -> str:
        """The Python module that holds its handler."""
        return f"lambdas.{self.name.replace('-', '_')}"

    @property
    def handler(self) -> str:
        """The function's handler string."""
        return f"{self.module}.handler"


# Step Functions says whenever a run's status changes. Of a run that has ended two questions are
# asked, each for a tenth of a second: two at once stay about the ten a second that AWS grants in the
# smallest regions.
RUN_LEDGER = Listener(
    name="run-ledger", title="Run Ledger", source=SOURCE, detail_type=DETAIL_TYPE, concurrency=2
)

LISTENERS: tuple[Listener, ...] = (RUN_LEDGER,)
