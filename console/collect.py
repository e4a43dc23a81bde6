"""Gathers what a stack holds after a run into a `RunResult`, and has it audited."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from console.audit.evidence import Delivery, Evidence, Publication
from console.audit.invariants import audit
from console.output.result import (
    FORMAT_VERSION,
    ExecutionRow,
    FailedEventRow,
    InvocationRow,
    MessageRow,
    ReservationRow,
    RunResult,
    SlotRow,
)
from console.stack import Execution, SentMessage, Stack

SUCCEEDED = "SUCCEEDED"
RUNNING = "RUNNING"


def collect(stack: Stack, publications: Sequence[Publication], start: datetime) -> RunResult:
    """Read everything the run left behind and audit it. Call it while the stack still stands."""
    deliveries = [_delivery(message) for message in stack.simulator.sent]
    lines = {event.event_id: event.line for event in publications if event.event_id is not None}
    texts = {delivery.intent_id: delivery.text for delivery in reversed(deliveries)}
    messages = [_message(row, texts) for row in rows(stack, "MessagesTable")]
    executions = [_execution(run, lines) for run in stack.executions()]
    evidence = Evidence(
        end=stack.clock.now(),
        complete=stack.clock.pending == 0,
        publications=publications,
        deliveries=deliveries,
        messages=sorted(messages, key=lambda row: (row.due_at, row.intent_id)),
        executions=sorted(executions, key=lambda row: (row.started_at, row.line or 0, row.name)),
        events_failed=_failed_events(stack, publications, executions, lines),
        reservations=sorted(
            (ReservationRow.model_validate(row) for row in rows(stack, "ReservationsTable")),
            key=lambda row: row.reservation_id,
        ),
        slots=sorted(
            (SlotRow.model_validate(row) for row in rows(stack, "SlotsTable")),
            key=lambda row: (row.profile_id, row.slot_id),
        ),
    )
    return RunResult(
        format_version=FORMAT_VERSION,
        start=start,
        until=evidence.end,
        complete=evidence.complete,
        events_published=len(publications),
        messages=list(evidence.messages),
        executions=list(evidence.executions),
        reservations=list(evidence.reservations),
        slots=list(evidence.slots),
        events_failed=list(evidence.events_failed),
        lambda_invocations=_invocations(stack),
        audit=audit(evidence),
    )


def rows(stack: Stack, output: str) -> Iterable[dict[str, Any]]:
    """Every row of the table that the stack's output names, as plain Python values."""
    # The stack has loaded boto3 by now; `citas --help` must not.
    from boto3.dynamodb.types import TypeDeserializer

    deserialise: Callable[[Any], Any] = TypeDeserializer().deserialize
    for item in stack.items(output):
        yield {name: _plain(deserialise(value)) for name, value in item.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value


def _delivery(message: SentMessage) -> Delivery:
    return Delivery(
        at=message.at,
        to=message.to,
        template=message.template,
        text=message.text,
        intent_id=message.intent_id,
        message_id=message.message_id,
    )


def _message(row: Mapping[str, Any], texts: Mapping[str | None, str]) -> MessageRow:
    intent_id = f"{row['subject']}#{row['intent']}"
    blank = dict.fromkeys(("reservation_id", "to", "appointment_time", "useful_until", "sent_at", "reason"))
    blank |= dict.fromkeys(("message_id", "created_at", "updated_at"))
    defaults = {"parameters": {}, "attempts": 0}
    return MessageRow.model_validate(
        blank | defaults | dict(row) | {"intent_id": intent_id, "text": texts.get(intent_id)}
    )


def _execution(run: Execution, lines: Mapping[str, int]) -> ExecutionRow:
    started_by = run.input.get("eventId") if isinstance(run.input, Mapping) else None
    return ExecutionRow(
        workflow=run.workflow,
        name=run.name,
        event_id=started_by,
        line=lines.get(started_by) if started_by is not None else None,
        status=run.status,
        started_at=run.started_at,
        stopped_at=run.stopped_at,
        error=run.error,
        cause=_cause(run.cause),
        transitions=run.transitions,
    )


def _cause(cause: str | None) -> str | None:
    """A Lambda's failure arrives as a JSON text with a stack trace; a person wants its message."""
    try:
        parsed = json.loads(cause or "")
    except ValueError:
        return cause
    return str(parsed["errorMessage"]) if isinstance(parsed, dict) and "errorMessage" in parsed else cause


def _failed_events(
    stack: Stack,
    publications: Iterable[Publication],
    executions: Iterable[ExecutionRow],
    lines: Mapping[str, int],
) -> list[FailedEventRow]:
    types = {event.event_id: event.detail_type for event in publications}
    rows = [
        FailedEventRow(
            line=event.line,
            event_id=None,
            detail_type=event.detail_type,
            where="refused",
            reason=event.refusal or "",
        )
        for event in publications
        if event.event_id is None
    ]
    rows += [
        FailedEventRow(
            line=run.line,
            event_id=run.event_id,
            detail_type=types.get(run.event_id, ""),
            where="execution",
            reason=": ".join(part for part in (run.error or run.status, run.cause) if part),
        )
        for run in executions
        if run.status not in {SUCCEEDED, RUNNING}
    ]
    rows += [
        FailedEventRow(
            line=lines.get(event.event_id or ""),
            event_id=event.event_id,
            detail_type=event.detail_type or types.get(event.event_id, ""),
            where="dlq" if event.kept else "dropped",
            reason=event.reason,
        )
        for event in stack.undelivered_events()
    ]
    return sorted(rows, key=lambda row: (row.line or 0, row.where, row.event_id or "", row.reason))


def _invocations(stack: Stack) -> list[InvocationRow]:
    # The order is the stack's own: one global order of virtual time.
    return [
        InvocationRow(
            at=invocation.at,
            function=invocation.function,
            step=invocation.step,
            execution=invocation.execution,
            status=invocation.status,
            error=invocation.error,
            cold=invocation.cold,
        )
        for invocation in stack.lambda_invocations
    ]
