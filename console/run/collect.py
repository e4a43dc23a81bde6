"""Gathers what a stack holds after a run into a `RunResult`, and has it audited."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from clinic.contracts.settings import DEFAULT_QUIET_HOURS
from console.audit.events import RUNNING, SUCCEEDED, stopped_on_purpose
from console.audit.evidence import Delivery, Evidence, Publication
from console.audit.invariants import audit
from console.inputs.clinic_parts import ChargePart
from console.kpi.kpis import kpis
from console.output.people import ReceivedRow, ToldRow, WebhookRow
from console.output.result import FORMAT_VERSION, RunResult
from console.output.rows import EventRow, ExecutionRow, FailedEventRow, InvocationRow
from console.run.blocked_slots import as_bookable
from console.run.payments import charge_rows, refund_rows
from console.run.stack import Stack
from console.terminal.tables import (
    consent_rows,
    kept_profiles,
    message_rows,
    prescription_rows,
    request_rows,
    reservation_rows,
    slot_rows,
    statistic_rows,
)

if TYPE_CHECKING:  # `citas --help` is there sooner without
    from local.records import Execution
    from local.simulators.webhooks import Webhook
    from local.simulators.whatsapp import SentMessage


@dataclass(frozen=True)
class Collected:
    """A run's result, and every event with what the bus said to it, Citas' own ones included."""

    result: RunResult
    publications: Sequence[Publication]


def collect(
    stack: Stack,
    publications: Sequence[Publication],
    start: datetime,
    charges: Iterable[ChargePart] = (),
) -> Collected:
    """Read everything the run left behind and audit it. Call it while the stack still stands.

    Args:
        publications: the events of the input.
        charges: what had been paid.
    """
    events = _with_own(publications, stack)
    deliveries = [_delivery(message) for message in stack.simulator.sent]
    lines = {event.event_id: event.line for event in publications if event.event_id is not None}
    executions = [execution_row(run, lines) for run in stack.executions()]
    slots, sheets = slot_rows(stack)
    refunds = refund_rows(stack)
    evidence = Evidence(
        end=stack.clock.now(),
        complete=stack.clock.idle,
        publications=events,
        deliveries=deliveries,
        messages=message_rows(stack, deliveries),
        executions=sorted(executions, key=lambda row: (row.started_at, row.line or 0, row.name)),
        reservations=reservation_rows(stack),
        requests=request_rows(stack),
        prescriptions=prescription_rows(stack),
        consents=consent_rows(stack),
        webhooks=_webhook_rows(stack),
        profiles=kept_profiles(stack),
        slots=slots,
        sheets=sheets,
        charges=charge_rows(charges, refunds),
        refunds=refunds,
    )
    evidence = replace(evidence, events_failed=_failed_events(stack, evidence, lines))
    result = RunResult(
        format_version=FORMAT_VERSION,
        start=start,
        until=evidence.end,
        complete=evidence.complete,
        events_published=len(publications),
        events=[_event(event) for event in events if event.event_id is not None],
        messages=list(evidence.messages),
        executions=list(evidence.executions),
        reservations=list(evidence.reservations),
        requests=list(evidence.requests),
        prescriptions=list(evidence.prescriptions),
        consents=list(evidence.consents),
        webhooks=list(evidence.webhooks),
        slots=as_bookable(evidence.slots, evidence.sheets),
        charges=list(evidence.charges),
        refunds=list(evidence.refunds),
        statistics=statistic_rows(stack),
        events_failed=list(evidence.events_failed),
        lambda_invocations=_invocations(stack),
        audit=audit(evidence),
    )
    return Collected(result.model_copy(update={"kpis": kpis(result, DEFAULT_QUIET_HOURS)}), events)


def _with_own(publications: Sequence[Publication], stack: Stack) -> list[Publication]:
    """The events of the input and those that Citas put on the bus itself, in the order of time."""
    known = {event.event_id for event in publications}
    own = [
        Publication(
            line=None,
            at=event.at,
            detail_type=event.detail_type,
            detail=event.detail,
            event_id=event.event_id,
            source=event.source,
        )
        for event in stack.events_put()
        if event.event_id not in known
    ]
    return sorted([*publications, *own], key=lambda event: event.at)


def _event(event: Publication) -> EventRow:
    return EventRow(
        event_id=event.event_id or "",
        at=event.at,
        source=event.source,
        detail_type=event.detail_type,
        line=event.line,
        **subjects(event.detail),
    )


def subjects(detail: Any) -> dict[str, str | None]:
    """Whom or what an event's detail names, by the columns of a row."""
    named = detail if isinstance(detail, Mapping) else {}
    columns = {
        "reservation_id": ("reservationId", "oldReservationId"),
        "request_id": ("requestId",),
        "profile_id": ("profileId",),
        "prescription_id": ("prescriptionId",),
    }
    found = {
        column: [named[name] for name in names if isinstance(named.get(name), str)]
        for column, names in columns.items()
    }
    return {column: next(iter(values), None) for column, values in found.items()}


def _delivery(message: "SentMessage") -> Delivery:
    return Delivery(
        at=message.at,
        to=message.to,
        template=message.template,
        language=message.language,
        text=message.text,
        intent_id=message.intent_id,
        message_id=message.message_id,
    )


def execution_row(run: "Execution", lines: Mapping[str, int | None]) -> ExecutionRow:
    """A run's row; ``lines``: the lines of the input its event may come from, by the event's id."""
    received = run.input if isinstance(run.input, Mapping) else {}
    started_by = received.get("id")
    return ExecutionRow(
        workflow=run.workflow,
        name=run.name,
        event_id=started_by,
        line=lines.get(started_by) if started_by is not None else None,
        detail_type=received.get("detailType"),
        **subjects(received.get("detail")),
        status=run.status,
        started_at=run.started_at,
        stopped_at=run.stopped_at,
        error=run.error,
        cause=_cause(run.cause),
        transitions=run.transitions,
        outcome=_outcome_in(run.output),
    )


def _outcome_in(output: Any) -> str | None:
    outcome = output.get("outcome") if isinstance(output, Mapping) else None
    return outcome if isinstance(outcome, str) else None


def _cause(cause: str | None) -> str | None:
    """A Lambda's failure arrives as a JSON text with a stack trace; a person wants its message."""
    try:
        parsed = json.loads(cause or "")
    except ValueError:
        return cause
    return str(parsed["errorMessage"]) if isinstance(parsed, dict) and "errorMessage" in parsed else cause


def _failed_events(stack: Stack, evidence: Evidence, lines: Mapping[str, int | None]) -> list[FailedEventRow]:
    publications = evidence.publications
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
            detail_type=types.get(run.event_id, run.detail_type or ""),
            where="execution",
            reason=": ".join(part for part in (run.error or run.status, run.cause) if part),
        )
        for run in evidence.executions
        if run.status not in {SUCCEEDED, RUNNING} and not stopped_on_purpose(run, evidence)
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


def _webhook_rows(stack: Stack) -> list[WebhookRow]:
    """Every body that was posted, in order."""
    return [_webhook_row(webhook) for webhook in stack.simulator.webhooks]


def _webhook_row(webhook: "Webhook") -> WebhookRow:
    told = [
        ToldRow(
            message_id=status.message_id,
            intent_id=status.intent,
            status=status.status,
            at=status.at.replace(microsecond=0),  # a webhook's timestamps are whole seconds
            code=status.code,
        )
        for status in webhook.told
    ]
    received = [
        ReceivedRow(sender=message.sender, text=message.text, at=message.at.replace(microsecond=0))
        for message in webhook.received
    ]
    return WebhookRow(
        at=webhook.at,
        answer=webhook.status,
        attempt=webhook.attempt,
        forged=webhook.forged,
        told=told,
        received=received,
    )
