"""Between domain objects and rows, in both directions."""

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zlib import crc32

from pynamodb.attributes import MapAttribute

from clinic.adapters.dynamodb.models import IntentModel, ReservationModel
from clinic.adapters.dynamodb.request_models import RequestModel
from clinic.domain import instants
from clinic.domain.cancellations import Cancellation, Refund, RefundProgress
from clinic.domain.intents import Intent, IntentId, IntentStatus
from clinic.domain.money import Money
from clinic.domain.reminders import ReminderOffset
from clinic.domain.requests import RequestStatus, ReservationRequest
from clinic.domain.reservations import AppointmentDetails, EventOrder, Reservation, ReservationStatus

KEPT_AFTER_VISIT = timedelta(days=400)
_OPEN_SHARDS = 8
_PLAIN_DETAILS = [field.name for field in fields(AppointmentDetails) if field.name != "offsets"]
_PLAIN_INTENT = [
    "reservation_id",
    "template",
    "language",
    "appointment_time",
    "due_at",
    "useful_until",
    "created_at",
    "updated_at",
    "reason",
    "attempts",
    "claim_id",
    "claimed_until",
    "message_id",
    "sent_at",
    "to",
]


def reservation_to_row(model: type[ReservationModel], reservation: Reservation) -> ReservationModel:
    """The row of a reservation."""
    order = reservation.order
    return model(
        **_details_to_row(reservation.details),
        status=reservation.status.value,
        version=reservation.version,
        event_time=order.time if order else None,
        event_id=order.event_id if order else None,
        applied_with=sorted(reservation.applied_with),
        runs=sorted(reservation.runs),
        cancellation=_cancellation_to_row(reservation.cancellation),
        rescheduled_to=reservation.rescheduled_to,
        is_placeholder=reservation.is_placeholder,
        reminders_sent={k: instants.to_text(v) for k, v in reservation.reminders_sent.items()},
        created_at=reservation.created_at,
        updated_at=reservation.updated_at,
    )


def reservation_from_row(row: ReservationModel) -> Reservation:
    """The reservation in a row."""
    return Reservation(
        details=_details_from_row(row),
        status=ReservationStatus(row.status),
        version=int(row.version),
        order=EventOrder(row.event_time, row.event_id) if row.event_id else None,
        applied_with=frozenset(row.applied_with),
        runs=frozenset(row.runs),
        cancellation=_cancellation_from_row(row.cancellation),
        rescheduled_to=row.rescheduled_to,
        is_placeholder=row.is_placeholder,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reminders_sent={k: instants.from_text(v) for k, v in row.reminders_sent.as_dict().items()},
    )


def request_to_row(model: type[RequestModel], request: ReservationRequest) -> RequestModel:
    """The row of a request; only a pending one is in the index of open ones."""
    return model(
        **_details_to_row(request.details),
        request_id=request.request_id,
        status=request.status.value,
        expires_at=request.expires_at,
        open_profile=request.details.profile_id if request.is_pending else None,
        doctor_phone=request.doctor_phone,
        run=request.run,
        closed_because=request.closed_because,
        closed_by=request.closed_by,
        created_at=request.created_at,
        updated_at=request.updated_at,
    )


def request_from_row(row: RequestModel) -> ReservationRequest:
    """The request in a row."""
    return ReservationRequest(
        request_id=row.request_id,
        details=_details_from_row(row),
        doctor_phone=row.doctor_phone,
        expires_at=row.expires_at,
        status=RequestStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        run=row.run,
        closed_because=row.closed_because,
        closed_by=row.closed_by,
    )


def _details_to_row(details: AppointmentDetails) -> dict[str, Any]:
    plain = {name: getattr(details, name) for name in _PLAIN_DETAILS}
    return {**plain, "reminder_offsets": [offset.label for offset in details.offsets]}


def _details_from_row(row: ReservationModel | RequestModel) -> AppointmentDetails:
    return AppointmentDetails(
        **{name: getattr(row, name) for name in _PLAIN_DETAILS},
        offsets=tuple(ReminderOffset.parse(label) for label in row.reminder_offsets),
    )


def _cancellation_to_row(cancellation: Cancellation | None) -> dict[str, Any] | None:
    if cancellation is None:
        return None
    row: dict[str, Any] = {
        "at": instants.to_text(cancellation.at),
        "reason": cancellation.reason,
        "cancelled_by": cancellation.cancelled_by,
    }
    if refund := cancellation.refund:
        row["refund"] = _known(
            amount=str(refund.money.amount),
            currency=refund.money.currency,
            charge_id=refund.charge_id,
            status=refund.progress.value,
            refund_id=refund.refund_id,
            reason=refund.reason,
        )
    return _known(**row)


def _cancellation_from_row(attribute: MapAttribute[str, Any] | None) -> Cancellation | None:
    if attribute is None:
        return None
    row = attribute.as_dict()
    refund = row.get("refund")
    return Cancellation(
        at=instants.from_text(row["at"]),
        reason=row.get("reason"),
        cancelled_by=row.get("cancelled_by"),
        refund=refund
        and Refund(
            money=Money(Decimal(refund["amount"]), refund["currency"]),
            charge_id=refund.get("charge_id"),
            progress=RefundProgress(refund["status"]),
            refund_id=refund.get("refund_id"),
            reason=refund.get("reason"),
        ),
    )


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def intent_to_row(model: type[IntentModel], intent: Intent) -> IntentModel:
    """The row of an intent."""
    return model(
        **{name: getattr(intent, name) for name in _PLAIN_INTENT},
        subject=intent.id.subject,
        intent=intent.id.sort_key,
        kind=intent.kind,
        version=intent.id.version,
        status=intent.status.value,
        parameters=intent.parameters,
        open_shard=open_shard(intent.id.subject) if intent.status.is_open else None,
        expires_at=int((intent.appointment_time + KEPT_AFTER_VISIT).timestamp()),
    )


def intent_from_row(row: IntentModel) -> Intent:
    """The intent in a row."""
    plain = {name: getattr(row, name) for name in _PLAIN_INTENT if name != "attempts"}
    return Intent(
        **plain,
        attempts=int(row.attempts),
        id=IntentId(row.subject, int(row.version), row.kind),
        status=IntentStatus(row.status),
        parameters=row.parameters.as_dict(),
    )


def open_shard(subject: str) -> str:
    """The index partition that holds a subject's unsettled intents; several, so that none grows hot."""
    return f"open-{crc32(subject.encode()) % _OPEN_SHARDS}"
