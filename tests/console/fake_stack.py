"""A stack in memory with the interface the console uses: it books, reminds at 24h and 2h, and no more."""

import heapq
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Literal, Self

from boto3.dynamodb.types import TypeSerializer

from clinic.contracts.tables import TABLES
from clinic.contracts.workflows import WORKFLOWS
from clinic.domain.instants import from_text, to_text
from console.run.stack import EventRefusedError, StackRequest
from local.functions import Invocation
from local.records import BusEvent, Execution, UndeliveredEvent
from local.simulators.payments import Call as PaymentsCall
from local.simulators.payments import Charge, Refund
from local.simulators.webhooks import InboundMessage, Webhook
from local.simulators.whatsapp import Call, SentMessage

_KINDS = {
    "confirmation": ("appointment_confirmed", None),
    "reminder_24h": ("appointment_reminder_24h", timedelta(hours=24)),
    "reminder_2h": ("appointment_reminder_2h", timedelta(hours=2)),
}


_AT = datetime(2026, 11, 23, 15, tzinfo=UTC)


def execution(
    workflow: str, name: str, status: str, started_at: datetime, received: Any, **changes: Any
) -> Execution:
    known = Execution(
        workflow=workflow,
        name=name,
        arn=f"arn:aws:states:us-east-1:000000000000:execution:citas-dev-{workflow}:{name}",
        status=status,
        started_at=started_at,
        stopped_at=None,
        error=None,
        cause=None,
        input_text=json.dumps(received),
        output_text=None,
        transitions=1,
    )
    return replace(known, **changes)


def undelivered(
    event_id: str | None,
    detail_type: str | None,
    reason: str,
    *,
    kept: bool = True,
    code: str = "NO_PERMISSIONS",
) -> UndeliveredEvent:
    return UndeliveredEvent(_AT, event_id, detail_type, "rule", "target", code, reason, {}, kept)


def inbound(message_id: str, text: str, status: int = 200) -> InboundMessage:
    return InboundMessage(_AT, message_id, "525500000101", text, status)


def invocation(
    at: datetime,
    step: str | None,
    run: str | None,
    status: Literal["succeeded", "failed", "died"] = "succeeded",
    *,
    seconds: float = 0.0,
) -> Invocation:
    return Invocation(at, "appointment-reminders", step, run, status, None, cold=False, seconds=seconds)


class FakeClock:
    def __init__(self, start: datetime) -> None:
        self._now = start
        self._heap: list[tuple[datetime, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    @property
    def idle(self) -> bool:
        return not self._heap

    def now(self) -> datetime:
        return self._now

    def call_at(self, instant: datetime, call: Callable[[], None], label: str = "") -> None:
        heapq.heappush(self._heap, (instant, next(self._numbers), call))

    def run(self, until: datetime | None) -> None:
        while self._heap and (until is None or self._heap[0][0] <= until):
            self._now, _, call = heapq.heappop(self._heap)
            call()
        self._now = until or self._now


@dataclass
class FakeWhatsApp:
    sent: list[SentMessage] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    webhooks: Sequence[Webhook] = ()


@dataclass
class FakePayments:
    charges: dict[str, Charge] = field(default_factory=dict)
    calls: list[PaymentsCall] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)


class FakeDynamoDb:
    def __init__(self, tables: dict[str, dict[tuple[str, str], dict[str, Any]]]) -> None:
        self._tables = tables

    def put_item(self, *, TableName: str, Item: dict[str, Any]) -> None:  # noqa: N803 - boto3's names
        self._tables[TableName][Item["owner"]["S"], Item["entry"]["S"]] = Item


class FakeStack:
    """Opened with a `StackRequest`, as `console.run.local_stack.open_local_stack` is."""

    def __init__(self, request: StackRequest) -> None:
        self.request = request
        self.clock = FakeClock(request.start)
        self.simulator = FakeWhatsApp()
        self.payments = FakePayments()
        self.outputs = {f"{spec.name.capitalize()}Table": spec.name for spec in TABLES}
        self.tables: dict[str, dict[tuple[str, str], dict[str, Any]]] = {
            name: {} for name in self.outputs.values()
        }
        self.lambda_invocations: list[Invocation] = []
        self.runs: list[Execution] = []
        self.undelivered: list[UndeliveredEvent] = []
        self.put: list[BusEvent] = []
        self.closed = False
        self.inbound: list[InboundMessage] = []
        self.received: list[tuple[datetime, str, str, int | None]] = []
        self._events = itertools.count(1)
        self._tell: Callable[[], None] = lambda: None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.closed = True

    def items(self, output: str) -> list[dict[str, Any]]:
        serialise = TypeSerializer().serialize
        return [
            {name: serialise(value) for name, value in row.items() if value is not None}
            for row in self.tables[self.outputs[output]].values()
        ]

    def client(self, service: str) -> FakeDynamoDb:
        assert service == "dynamodb"
        return FakeDynamoDb(self.tables)

    def on_progress(self, callback: Callable[[], None]) -> None:
        self._tell = callback

    def executions(self) -> Sequence[Execution]:
        return self.runs

    def inbound_messages(self) -> Sequence[InboundMessage]:
        return self.inbound

    def undelivered_events(self) -> Sequence[UndeliveredEvent]:
        return self.undelivered

    def run_until(self, instant: datetime) -> None:
        self.clock.run(instant)

    def run_until_idle(self) -> None:
        self.clock.run(None)

    def publish(self, detail_type: str, detail: Any, source: str = "", *, line: int | None = None) -> str:
        parsed = json.loads(detail)
        if not isinstance(parsed, dict) or len(detail) > 256 * 1024:
            raise EventRefusedError("MalformedDetail: Detail is malformed.")
        event_id = self.put_event(detail_type, parsed, source)
        if detail_type == "appointment/created":
            self.start_run(event_id, parsed)
        for workflow in WORKFLOWS[1:]:
            if detail_type in workflow.detail_types:
                self.start_and_end_run(workflow.name, event_id, parsed)
        if detail_type == "reservation/cancelled":
            self.cancel(parsed.get("reservationId"))
        self._tell()
        return event_id

    def receive(self, sender: str, text: str, *, line: int | None = None) -> None:
        self.received.append((self.clock.now(), sender, text, line))

    def put_event(self, detail_type: str, detail: Any, source: str) -> str:
        event_id = f"event-{next(self._events)}"
        self.put.append(BusEvent(self.clock.now(), event_id, source, detail_type, json.dumps(detail)))
        return event_id

    def events_put(self) -> Sequence[BusEvent]:
        return self.put

    def pay(self, charge_id: str, amount: int, currency: str, payment_intent: str | None) -> None:
        self.payments.charges[charge_id] = Charge(charge_id, amount, currency, payment_intent)

    def unused_faults(self) -> list[str]:
        return self.request.faults.unused() if self.request.faults is not None else []

    def start_run(self, event_id: str, detail: dict[str, Any]) -> None:
        now = self.clock.now()
        run = execution(
            "appointment-reminders",
            f"run-{event_id}",
            "RUNNING",
            now,
            {"id": event_id, "detail-type": "appointment/created", "detail": detail},
        )
        self.runs.append(run)
        self.lambda_invocations.append(invocation(now, "PlanReminders", run.name))
        if "appointmentTime" not in detail:
            cause = json.dumps({"errorMessage": "appointmentTime: is missing", "stackTrace": []})
            self.change_run(run.name, status="FAILED", stopped_at=now, error="InvalidEventError", cause=cause)
            return
        self.book(run, detail)

    def start_and_end_run(self, workflow: str, event_id: str, detail: dict[str, Any]) -> None:
        now, received = self.clock.now(), {"id": event_id, "detail": detail}
        name = f"{workflow} of {event_id}"
        self.runs.append(execution(workflow, name, "SUCCEEDED", now, received, stopped_at=now))

    def change_run(self, name: str, **changes: Any) -> None:
        self.runs = [replace(run, **changes) if run.name == name else run for run in self.runs]

    def cancel(self, reservation_id: Any) -> None:
        if row := self.tables["reservations"].get((reservation_id, "")):
            row["status"] = "cancelled"
        for intent in self.tables["messages"].values():
            if intent["reservation_id"] == reservation_id and intent["status"] == "planned":
                intent |= {"status": "skipped", "reason": "reservation_cancelled"}

    def book(self, run: Execution, detail: dict[str, Any]) -> None:
        now, visit = self.clock.now(), from_text(detail["appointmentTime"])
        reservation_id = detail["reservationId"]
        if (reservation_id, "") in self.tables["reservations"]:
            self.change_run(run.name, status="SUCCEEDED", stopped_at=now)
            return
        self.tables["reservations"][reservation_id, ""] = {
            "reservation_id": reservation_id,
            "status": "confirmed",
            "version": 1,
            "appointment_time": to_text(visit),
            "patient_name": detail["patientName"],
            "a_column_of_later": "ignored",
        }
        for kind, (template, before) in _KINDS.items():
            due = now if before is None else visit - before
            intent = {
                "subject": f"reservation#{reservation_id}",
                "intent": f"v000001#{kind}",
                "kind": kind,
                "version": 1,
                "reservation_id": reservation_id,
                "template": template,
                "language": "es_MX",
                "appointment_time": to_text(visit),
                "due_at": to_text(due),
                "useful_until": to_text(visit),
                "status": "planned",
                "created_at": to_text(now),
                "updated_at": to_text(now),
            }
            self.tables["messages"][intent["subject"], intent["intent"]] = intent
            if due < now:
                intent |= {"status": "skipped", "reason": "booked_after_due"}
            else:
                self.clock.call_at(due, partial(self.send, intent, detail))
        self.clock.call_at(visit - timedelta(hours=2), lambda: self.finish(run))

    def send(self, intent: dict[str, Any], detail: dict[str, Any]) -> None:
        if intent["status"] == "skipped":
            return
        now = self.clock.now()
        parameters = {"patient_name": detail["patientName"]}
        text = f"Hola, {detail['patientName']}.\nSu cita: {intent['kind']}"
        intent |= {"status": "sent", "reason": "accepted", "sent_at": to_text(now)}
        intent |= {"to": detail["patientPhone"], "parameters": parameters, "updated_at": to_text(now)}
        intent |= {"message_id": f"wamid.{len(self.simulator.sent)}", "attempts": 1}
        self.simulator.sent.append(
            SentMessage(
                intent["message_id"],
                detail["patientPhone"].lstrip("+"),
                intent["template"],
                intent["language"],
                parameters,
                text,
                f"{intent['subject']}#{intent['intent']}",
                now,
            )
        )
        self._tell()

    def finish(self, run: Execution) -> None:
        self.change_run(run.name, status="SUCCEEDED", stopped_at=self.clock.now(), transitions=9)
        self._tell()
