"""A calm week after a visit as evidence: a follow-up, two doses, and the webhooks that tell of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from console.audit.evidence import Delivery, Evidence, Findings, Publication
from console.audit.intents import check_intents
from console.output.bookings import ReservationRow
from console.output.people import ConsentRow, PrescriptionRow, ReceivedRow, ToldRow, WebhookRow
from console.output.rows import ExecutionRow, MessageRow

VISIT = datetime(2026, 11, 30, 16, tzinfo=UTC)  # 10:00 in Mexico City
END = VISIT + timedelta(days=9)
SECOND = timedelta(seconds=1)
PATIENT = "+525500000001"
FOLLOW_UP = "reservation#r-1#v000001#follow_up_24h"
DOSES = [f"prescription#p-1#v000001#dose_20261201T{hour}00Z" for hour in ("14", "22")]


def sent(intent_id: str, due_at: datetime, **changes: Any) -> MessageRow:
    """An intent that was sent and delivered when it was due."""
    kind, name, version, which = intent_id.split("#")
    row: dict[str, Any] = {
        "intent_id": intent_id,
        "subject": f"{kind}#{name}",
        "kind": which,
        "version": int(version[1:]),
        "reservation_id": name,
        "to": PATIENT,
        "template": "a_template",
        "language": "es_MX",
        "parameters": {},
        "text": "Hola",
        "appointment_time": due_at if which.startswith("dose") else VISIT,
        "due_at": due_at,
        "useful_until": due_at + timedelta(hours=1),
        "sent_at": due_at,
        "delivered_at": due_at + 4 * SECOND,
        "status": "delivered",
        "reason": "delivered_to_phone",
        "attempts": 1,
        "message_id": f"wamid.{intent_id}",
        "created_at": VISIT,
        "updated_at": due_at + 4 * SECOND,
    }
    return MessageRow.model_validate(row | changes)


def delivery(row: MessageRow, **changes: Any) -> Delivery:
    """WhatsApp's record of it."""
    base = Delivery(
        at=row.sent_at or row.due_at,
        to=PATIENT.lstrip("+"),
        template=row.template,
        language="es_MX",
        text="Hola",
        intent_id=row.intent_id,
        message_id=row.message_id or "",
    )
    return replace(base, **changes)


def webhook(
    at: datetime, *told: ToldRow, received: list[ReceivedRow] | None = None, **changes: Any
) -> WebhookRow:
    row = {"at": at, "answer": 200, "attempt": 1, "forged": False, "told": told, "received": received or []}
    return WebhookRow.model_validate(row | changes)


def told(row: MessageRow, status: str = "delivered", **changes: Any) -> ToldRow:
    base = ToldRow(
        message_id=row.message_id or "",
        intent_id=row.intent_id,
        status=status,
        at=row.due_at + 4 * SECOND,
        code=None,
    )
    return base.model_copy(update=changes)


def wrote(text: str, at: datetime, known_at: datetime | None = None, sender: str = PATIENT) -> WebhookRow:
    """The webhook that hands over what somebody wrote."""
    return webhook(known_at or at, received=[ReceivedRow(sender=sender.lstrip("+"), text=text, at=at)])


def wants(**choices: bool) -> list[ConsentRow]:
    return [ConsentRow.model_validate({"person": PATIENT, **choices})]


def event(detail_type: str, at: datetime, event_id: str, **detail: str) -> Publication:
    return Publication(line=1, at=at, detail_type=detail_type, detail=detail, event_id=event_id)


def run_of(event_id: str, at: datetime, detail_type: str, **changes: Any) -> ExecutionRow:
    row: dict[str, Any] = {
        "workflow": "a-workflow",
        "name": f"run-{event_id}",
        "event_id": event_id,
        "line": 1,
        "detail_type": detail_type,
        "status": "SUCCEEDED",
        "started_at": at,
        "stopped_at": at,
        "error": None,
        "cause": None,
        "transitions": 3,
    }
    return ExecutionRow.model_validate(row | changes)


def rows() -> list[MessageRow]:
    """The follow-up a day after the visit, and the two doses of that day."""
    instants = [VISIT + timedelta(hours=24), *(VISIT + timedelta(hours=hours) for hours in (22, 30))]
    return [sent(name, at) for name, at in zip([FOLLOW_UP, *DOSES], instants, strict=True)]


def calm(messages: list[MessageRow] | None = None, **changes: Any) -> Evidence:
    """What these messages leave behind when all goes well."""
    messages = messages if messages is not None else rows()
    visit = {"reservation_id": "r-1", "status": "completed", "version": 1, "appointment_time": VISIT}
    prescription = {"prescription_id": "p-1", "status": "active", "version": 1}
    base = Evidence(
        end=END,
        complete=True,
        publications=[event("appointment/completed", VISIT, "e-1", reservationId="r-1")],
        executions=[run_of("e-1", VISIT, "appointment/completed", reservation_id="r-1")],
        messages=messages,
        deliveries=[delivery(row) for row in messages if row.sent_at is not None],
        webhooks=[webhook(row.due_at + 5 * SECOND, told(row)) for row in messages if row.delivered_at],
        reservations=[ReservationRow.model_validate(visit | {"time_zone": "America/Mexico_City"})],
        prescriptions=[PrescriptionRow.model_validate(prescription)],
    )
    return replace(base, **changes)


def findings(evidence: Evidence) -> Findings:
    return check_intents(evidence)


def breaches(evidence: Evidence) -> list[tuple[list[str], str]]:
    """What I4 finds."""
    return [(violation.ids, violation.detail) for violation in findings(evidence).violations]
