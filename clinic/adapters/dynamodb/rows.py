"""Between domain objects and rows, in both directions."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zlib import crc32

from clinic.adapters.dynamodb.models import IntentModel, ReservationModel
from clinic.domain import instants
from clinic.domain.appointments.reservation import (
    AppointmentDetails,
    EventOrder,
    Reservation,
    ReservationStatus,
)
from clinic.domain.messages.intent import Intent, IntentId, IntentStatus
from clinic.domain.messages.kinds import ReminderOffset

if TYPE_CHECKING:
    from clinic.adapters.dynamodb.request_models import RequestModel

KEPT_AFTER_VISIT = timedelta(days=400)
_OPEN_SHARDS = 8
_PLAIN_DETAILS = [field.name for field in fields(AppointmentDetails) if field.name != "offsets"]
_PLAIN_INTENT = [
    "record_id",
    "template",
    "language",
    "happens_at",
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
    "delivered_at",
    "read_at",
    "retry_at",
    "time_zone",
    "to",
]


def reservation_to_row(model: type[ReservationModel], reservation: Reservation) -> ReservationModel:
    """The row of a reservation."""
    order, cancellation = reservation.order, None
    if reservation.cancellation is not None:
        from clinic.adapters.dynamodb.cancellation_rows import cancellation_to_row  # seldom needed

        cancellation = cancellation_to_row(reservation.cancellation)
    conflict = None
    if reservation.conflict is not None:
        from clinic.adapters.dynamodb.conflict_rows import conflict_to_row  # as seldom

        conflict = conflict_to_row(reservation.conflict)
    return model(
        **details_to_row(reservation.details),
        status=reservation.status.value,
        version=reservation.version,
        event_time=order.time if order else None,
        event_id=order.event_id if order else None,
        applied_with=sorted(reservation.applied_with),
        runs=sorted(reservation.runs),
        cancellation=cancellation,
        rescheduled_to=reservation.rescheduled_to,
        is_placeholder=reservation.is_placeholder,
        parked_until=reservation.parked_until,
        parked_shard=_parked_shard(reservation),
        conflict=conflict,
        reminders_sent={k: instants.to_text(v) for k, v in reservation.reminders_sent.items()},
        created_at=reservation.created_at,
        updated_at=reservation.updated_at,
    )


def reservation_from_row(row: ReservationModel) -> Reservation:
    """The reservation in a row."""
    cancellation = None
    if row.cancellation is not None:
        from clinic.adapters.dynamodb.cancellation_rows import cancellation_from_row  # as above

        cancellation = cancellation_from_row(row.cancellation.as_dict())
    conflict = None
    if row.conflict is not None:
        from clinic.adapters.dynamodb.conflict_rows import conflict_from_row  # as above

        conflict = conflict_from_row(row.conflict.as_dict())
    return Reservation(
        details=details_from_row(row),
        status=ReservationStatus(row.status),
        version=int(row.version),
        order=EventOrder(row.event_time, row.event_id) if row.event_id else None,
        applied_with=frozenset(row.applied_with),
        runs=frozenset(row.runs),
        cancellation=cancellation,
        rescheduled_to=row.rescheduled_to,
        is_placeholder=row.is_placeholder,
        parked_until=row.parked_until,
        conflict=conflict,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reminders_sent={k: instants.from_text(v) for k, v in row.reminders_sent.as_dict().items()},
    )


def details_to_row(details: AppointmentDetails) -> dict[str, Any]:
    """The columns of an appointment's particulars."""
    plain = {name: getattr(details, name) for name in _PLAIN_DETAILS}
    return {**plain, "reminder_offsets": [offset.label for offset in details.offsets]}


def details_from_row(row: "ReservationModel | RequestModel") -> AppointmentDetails:
    """The particulars in those columns."""
    return AppointmentDetails(
        **{name: getattr(row, name) for name in _PLAIN_DETAILS},
        offsets=tuple(ReminderOffset.parse(label) for label in row.reminder_offsets),
    )


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
        failed_tries=list(intent.failed_tries) or None,
        failed_messages=list(intent.failed_messages) or None,
        open_shard=open_shard(intent.id.subject) if intent.status.is_open else None,
        due_day=due_day(intent.due_at),
        expires_at=int((intent.happens_at + KEPT_AFTER_VISIT).timestamp()),
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
        failed_tries=tuple(row.failed_tries or ()),
        failed_messages=tuple(row.failed_messages or ()),
    )


def due_day(instant: datetime) -> str:
    """The UTC day of an instant, ``2026-11-30``."""
    return instant.astimezone(UTC).date().isoformat()


def open_shards() -> list[str]:
    """All of the index's partitions."""
    return [f"open-{number}" for number in range(_OPEN_SHARDS)]


def open_shard(subject: str) -> str:
    """The index partition that holds a subject's unsettled intents; several, so that none grows hot."""
    return f"open-{crc32(subject.encode()) % _OPEN_SHARDS}"


def parked_shards() -> list[str]:
    """All partitions of the index of parked reservations."""
    return [f"parked-{number}" for number in range(_OPEN_SHARDS)]


def _parked_shard(reservation: Reservation) -> str | None:
    if reservation.parked_until is None:
        return None
    return f"parked-{crc32(reservation.reservation_id.encode()) % _OPEN_SHARDS}"
