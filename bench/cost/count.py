"""Counts what a whole life of appointments uses on the local stack, function by function."""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import partial
from typing import Any, cast

import requests
from botocore.client import BaseClient

from bench.cost.dynamodb import Units, query_units, read_units, write_units, written
from bench.cost.life import Life, whole_life
from clinic.adapters.whatsapp.registration import export_catalogue
from clinic.contracts.events.base import BusEvent
from clinic.contracts.events.slots import SlotGenerateDaily
from clinic.contracts.tables import TABLES, TableSpec
from clinic.contracts.workflows import DAILY_SLOT_GENERATION
from console.directory.rows import put_clinic
from console.inputs.clinic import parse_clinic
from console.kpi.month_hours import FIRST_DAY, clinic_document
from local.simulators.payments import Charge
from local.stack import LocalStack, StackOptions

START = datetime.combine(FIRST_DAY, time(6), UTC)
_NIGHT = f"-{DAILY_SLOT_GENERATION.name}"


class NotCountedError(Exception):
    """The run went otherwise than a calm one does; the text says how."""


@dataclass
class Used:
    """What a function used, or all of them.

    Attributes:
        requests: by service and operation (``dynamodb.PutItem``, ``http.POST``).
    """

    calls: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    units: Units = field(default_factory=Units)


@dataclass(frozen=True)
class Counted:
    """What a run used.

    Attributes:
        functions: by the function's name without the stage.
        runs, transitions: by workflow.
        events: put on the bus, by publishers and by Citas.
        log_bytes: what the functions wrote.
        messages: that WhatsApp accepted.
    """

    appointments: int
    functions: Mapping[str, Used]
    runs: Mapping[str, int]
    transitions: Mapping[str, int]
    events: int
    log_bytes: int
    messages: int


class Meter:
    """Listens at boto3 and ``requests`` while functions run in this process."""

    def __init__(self, stack: LocalStack) -> None:
        self._stack = stack
        self.used: dict[str, Used] = defaultdict(Used)
        self._tables: dict[str, TableSpec] = {}
        for table in TABLES:
            self._tables[f"{stack.name}-{table.name}"] = table

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count in the body."""
        client, session = cast("Any", BaseClient), cast("Any", requests.Session)
        call, send = client._make_api_call, session.send  # noqa: SLF001 - botocore has no public place for this
        noted, posted = self._noted, self._posted

        def make_api_call(self: Any, operation: str, request: Any) -> Any:
            return noted(partial(call, self, operation, request), self, operation, request)

        def send_request(self: Any, request: Any, **options: Any) -> Any:
            posted(request)
            return send(self, request, **options)

        client._make_api_call, session.send = make_api_call, send_request  # noqa: SLF001 - botocore has none
        try:
            yield
        finally:
            client._make_api_call, session.send = call, send  # noqa: SLF001 - botocore has none

    def _function(self) -> str | None:
        name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        return name.removeprefix(f"{self._stack.name}-") if name else None

    def _posted(self, request: requests.PreparedRequest) -> None:
        if (function := self._function()) is not None:
            self.used[function].requests[f"http.{request.method}"] += 1

    def _noted(self, call: Any, client: Any, operation: str, request: Any) -> Any:
        function = self._function()
        if function is None:
            return call()
        service = client.meta.service_model.service_name
        self.used[function].requests[f"{service}.{operation}"] += 1
        if service != "dynamodb":
            return call()
        touched = [(name, key) for name, key in written(operation, request, self._tables)]
        before = [self._stack.item(name, key) for name, key in touched]
        answer: Any = {}
        try:
            answer = call()
        finally:  # a condition that does not hold is paid for as well
            after = [self._stack.item(name, key) for name, key in touched]
            self.used[function].units += Units(
                read=_read(operation, request, answer),
                write=sum(
                    write_units(
                        self._tables[name], old, new, in_transaction=operation == "TransactWriteItems"
                    )
                    for (name, _), old, new in zip(touched, before, after, strict=True)
                ),
            )
        return answer


def _read(operation: str, request: Any, answer: Any) -> float:
    consistent = bool(request.get("ConsistentRead"))
    match operation:
        case "GetItem":
            return read_units([answer.get("Item")], consistent=consistent)
        case "Query" | "Scan":
            return query_units(answer.get("Items", []), consistent=consistent)
        case "TransactGetItems":
            items = [entry.get("Item") for entry in answer.get("Responses", [])]
            return read_units(items, consistent=True, in_transaction=True)
        case "BatchGetItem":
            units = 0.0
            for table, wanted in request["RequestItems"].items():
                found = answer.get("Responses", {}).get(table, [])
                absent = [None] * (len(wanted["Keys"]) - len(found))
                units += read_units([*found, *absent], consistent=bool(wanted.get("ConsistentRead")))
            return units
    return 0


def count(appointments: int) -> Counted:
    """Run so many appointments to the end of their lives, and count.

    Raises:
        NotCountedError: a run failed, or an event reached nobody.
    """
    life = whole_life(appointments, START)
    charges = [Charge(charge, 50_000, "mxn") for charge in life.charges]
    options = StackOptions(start=START, templates=export_catalogue(), charges=charges)
    with LocalStack(options) as stack:
        document = json.dumps(clinic_document(life.doctors, [])).encode()
        put_clinic(cast("Any", stack), parse_clinic(document, "the clinics"))
        _say(stack, life)
        meter = Meter(stack)
        with meter.listening():
            stack.run_until_idle()
        return _counted(stack, meter, appointments)


def _say(stack: LocalStack, life: Life) -> None:
    def say(at: datetime, event: type[BusEvent], detail: dict[str, Any]) -> None:
        def publish() -> None:
            stack.publish(event.detail_type, detail)

        stack.clock.call_at(at, publish, event.detail_type)

    for doctor in life.doctors:
        night = {"profileId": doctor.profile_id, "targetDate": FIRST_DAY.isoformat(), "horizonDays": 10}
        say(START, SlotGenerateDaily, night)
    for said in life.events:
        say(said.at, said.event, said.detail)


def _counted(stack: LocalStack, meter: Meter, appointments: int) -> Counted:
    runs = stack.executions()
    # What keeps time for a visit that is cancelled or moved is stopped.
    failed = Counter(run.workflow for run in runs if run.status not in {"SUCCEEDED", "ABORTED"})
    if stack.undelivered_events() or failed:
        raise NotCountedError(f"{len(stack.undelivered_events())} events reached nobody, {failed} failed")
    for call in stack.lambda_invocations:
        meter.used[call.function.removeprefix(f"{stack.name}-")].calls += 1
    transitions: Counter[str] = Counter()
    for run in runs:
        transitions[run.workflow] += run.transitions
    return Counted(
        appointments=appointments,
        functions=dict(sorted(meter.used.items())),
        runs=Counter(run.workflow for run in runs),
        transitions=transitions,
        events=len(stack.events_put()),
        log_bytes=sum(len(line.encode()) + 1 for line in stack.log_lines),
        messages=len(stack.simulator.sent),
    )
