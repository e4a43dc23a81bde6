"""A calm run's evidence, for the audit's tests to falsify."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from console.audit.evidence import Delivery, Evidence, Publication
from console.output.rows import ExecutionRow, MessageRow

BOOKED = datetime(2026, 11, 21, 16, tzinfo=UTC)
VISIT = datetime(2026, 11, 30, 16, tzinfo=UTC)
DUE = {
    "confirmation": BOOKED,
    "reminder_24h": VISIT - timedelta(hours=24),
    "reminder_2h": VISIT - timedelta(hours=2),
}


def intent(kind: str = "confirmation", version: int = 1, **changes: Any) -> MessageRow:
    row: dict[str, Any] = {
        "intent_id": f"reservation#r-1#v{version:06d}#{kind}",
        "subject": "reservation#r-1",
        "kind": kind,
        "version": version,
        "reservation_id": "r-1",
        "to": "+525500000001",
        "template": "appointment_confirmed",
        "language": "es_MX",
        "parameters": {},
        "text": "Hola",
        "appointment_time": VISIT,
        "due_at": DUE[kind],
        "useful_until": VISIT,
        "sent_at": DUE[kind],
        "status": "sent",
        "reason": "accepted",
        "attempts": 1,
        "message_id": f"wamid.{kind}",
        "created_at": BOOKED,
        "updated_at": DUE[kind],
    }
    return MessageRow.model_validate(row | changes)


def delivery(kind: str = "confirmation", version: int = 1, **changes: Any) -> Delivery:
    base = Delivery(
        at=DUE[kind],
        to="525500000001",
        template="appointment_confirmed",
        language="es_MX",
        text="Hola",
        intent_id=f"reservation#r-1#v{version:06d}#{kind}",
        message_id=f"wamid.{kind}",
    )
    return replace(base, **changes)


def run(**changes: Any) -> ExecutionRow:
    row: dict[str, Any] = {
        "workflow": "appointment-reminders",
        "name": "run-1",
        "event_id": "e-1",
        "line": 1,
        "reservation_id": "r-1",
        "status": "SUCCEEDED",
        "started_at": BOOKED,
        "stopped_at": VISIT,
        "error": None,
        "cause": None,
        "transitions": 9,
    }
    return ExecutionRow.model_validate(row | changes)


def publication(**changes: Any) -> Publication:
    base = Publication(
        line=1,
        at=BOOKED,
        detail_type="appointment/created",
        detail={"reservationId": "r-1"},
        event_id="e-1",
    )
    return replace(base, **changes)


def calm(**changes: Any) -> Evidence:
    """One appointment, three messages, everything well."""
    base = Evidence(
        end=VISIT,
        complete=True,
        publications=[publication()],
        messages=[intent(kind) for kind in DUE],
        deliveries=[delivery(kind) for kind in DUE],
        executions=[run()],
    )
    return replace(base, **changes)
