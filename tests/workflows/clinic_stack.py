"""The local stack as the workflow tests use it: deployed template, virtual time, WhatsApp's simulator."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.contracts.workflows import Workflow
from clinic.domain.instants import from_text
from local.faults.plan import FaultPlan
from local.records import Execution
from local.simulators.payments import Charge, Refund
from local.simulators.whatsapp import SentMessage
from local.stack import LocalStack, StackOptions
from tests.fakes.examples import NOW, detail


@dataclass(frozen=True)
class ClinicStack:
    """A local stack and short words for what tests ask of it."""

    stack: LocalStack

    def publish(self, **changes: Any) -> str:
        """Put an ``appointment/created`` on the bus; gives the event's id."""
        return self.stack.publish("appointment/created", detail(**changes))

    def put(self, detail_type: str, detail: Mapping[str, Any]) -> str:
        """Put any event on the bus; gives the event's id."""
        return self.stack.publish(detail_type, dict(detail))

    def pay(self, charge_id: str, amount: int, currency: str = "mxn") -> Charge:
        """Make a charge known to the payments simulator; ``amount`` in smallest units."""
        charge = Charge(charge_id, amount, currency)
        self.stack.payments.pay(charge)
        return charge

    @property
    def refunds(self) -> list[Refund]:
        """Every refund the payments simulator took, in order."""
        return self.stack.payments.refunds

    def runs(self, workflow: Workflow) -> list[Execution]:
        """The runs of one workflow, in the order they were started."""
        return [run for run in self.stack.executions() if run.workflow == workflow.name]

    def at(self, instant: datetime | str, action: Callable[[], object]) -> None:
        """Have something happen at a virtual instant."""
        moment = from_text(instant) if isinstance(instant, str) else instant
        self.stack.clock.call_at(moment, lambda: (action(), None)[1], "test")

    @property
    def messages(self) -> list[SentMessage]:
        """Every message WhatsApp accepted, in order."""
        return self.stack.simulator.sent

    def sent(self) -> list[tuple[str, datetime]]:
        """Template and virtual instant of every message WhatsApp accepted."""
        return [(message.template, message.at) for message in self.messages]

    def intents(self, reservation_id: str = "r-17") -> dict[str, str]:
        """The ledger's rows of a reservation: ``v1 confirmation`` → ``sent``."""
        return {name: row["status"] for name, row in self.rows(reservation_id).items()}

    def reasons(self, reservation_id: str = "r-17") -> dict[str, str | None]:
        """The same with the reasons."""
        return {name: row.get("reason") for name, row in self.rows(reservation_id).items()}

    def rows(self, reservation_id: str) -> dict[str, dict[str, str]]:
        """The ledger's text attributes, read with the operator's client."""
        answer = self.stack.client("dynamodb").query(
            TableName=self.stack.outputs["MessagesTable"],
            KeyConditionExpression="subject = :s",
            ExpressionAttributeValues={":s": {"S": f"reservation#{reservation_id}"}},
        )
        return {
            f"v{item['version']['N']} {item['kind']['S']}": {k: v["S"] for k, v in item.items() if "S" in v}
            for item in answer["Items"]
        }

    def reservation(self, reservation_id: str = "r-17") -> dict[str, Any] | None:
        """The reservation's row, as DynamoDB gives it."""
        item: dict[str, Any] | None = (
            self.stack.client("dynamodb")
            .get_item(
                TableName=self.stack.outputs["ReservationsTable"],
                Key={"reservation_id": {"S": reservation_id}},
            )
            .get("Item")
        )
        return item

    def mark(self, status: str, reservation_id: str = "r-17") -> None:
        """Have somebody else change a reservation's status."""
        self.stack.client("dynamodb").update_item(
            TableName=self.stack.outputs["ReservationsTable"],
            Key={"reservation_id": {"S": reservation_id}},
            UpdateExpression="SET #s = :s",
            ConditionExpression="attribute_exists(reservation_id)",
            ExpressionAttributeNames={"#s": "status"},
            ExpressionAttributeValues={":s": {"S": status}},
        )

    def statuses(self) -> list[str]:
        """The runs' statuses, in the order they were started."""
        return [execution.status for execution in self.stack.executions()]


@contextmanager
def clinic_stack(
    start: datetime = NOW,
    *,
    faults: dict[str, Any] | None = None,
    concurrent: bool = False,
    schedules: Collection[str] = (),
    keeps_run_ledger: bool = False,
    charges: Sequence[Charge] = (),
    status_webhooks: bool = False,
) -> Iterator[ClinicStack]:
    """A stack with every template registered, at ``start``; of the schedules those named fire.

    What a workflow does ends with a message that is ``sent``. WhatsApp tells what became of it, so that the
    ledger goes on to ``delivered``, only with ``status_webhooks``.
    """
    options = StackOptions(
        start=start,
        templates=export_catalogue(),
        faults=FaultPlan.parse(faults) if faults else None,
        concurrent=concurrent,
        schedules=schedules,
        tells_of_runs=keeps_run_ledger,
        charges=charges,
        status_webhooks=status_webhooks,
    )
    with LocalStack(options) as stack:
        yield ClinicStack(stack)
