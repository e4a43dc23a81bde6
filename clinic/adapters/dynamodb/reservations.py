"""Reservations in DynamoDB: their rows, and the index of those that are parked."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self
from zlib import crc32

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from clinic.adapters.dynamodb.appointment_columns import (
    AppointmentColumns,
    details_from_row,
    details_to_row,
)
from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain import instants
from clinic.domain.appointments.reservation import EventOrder, Reservation, ReservationStatus

if TYPE_CHECKING:  # most reservations have neither, and only a night's sweep reads pages
    from clinic.domain.appointments.cancellations import Cancellation
    from clinic.domain.appointments.conflict import Conflict
    from clinic.services.appointments.parking import ParkedPage

_PARKED_SHARDS = 8
_SEPARATOR = "|"  # no id has it


class ParkedByTimeIndex(GlobalSecondaryIndex["ReservationModel"]):
    """Reservations that are parked, by until when."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "parked-by-time"
        projection = AllProjection()

    parked_shard = UnicodeAttribute(hash_key=True)
    parked_until = InstantAttribute(range_key=True)


class UnsettledByTimeIndex(GlobalSecondaryIndex["ReservationModel"]):
    """Visits without a place in their doctor's day yet, or that meet others untold, by their beginning."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "unsettled-by-time"
        projection = AllProjection()

    unsettled_doctor = UnicodeAttribute(hash_key=True)
    appointment_time = InstantAttribute(range_key=True)


class ReservationModel(AppointmentColumns):
    """A row of the reservations table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "reservations"

    parked_by_time = ParkedByTimeIndex()
    unsettled_by_time = UnsettledByTimeIndex()

    reservation_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    version = NumberAttribute()
    event_time = InstantAttribute(null=True)
    event_id = UnicodeAttribute(null=True)
    applied_with: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    reminders_sent: MapAttribute[str, str] = MapAttribute(default=dict)
    runs: ListAttribute[Any] = ListAttribute(of=UnicodeAttribute, default=list)
    cancellation: MapAttribute[str, Any] = MapAttribute(null=True)
    rescheduled_to = UnicodeAttribute(null=True)
    is_placeholder = BooleanAttribute(default=False)
    parked_until = InstantAttribute(null=True)
    parked_shard = UnicodeAttribute(null=True)
    conflict: MapAttribute[str, Any] = MapAttribute(null=True)
    is_unplaced = BooleanAttribute(default=False)
    unsettled_doctor = UnicodeAttribute(null=True)
    created_at = InstantAttribute()
    updated_at = InstantAttribute()


@dataclass(frozen=True)
class DynamoParkedStore:
    """Fulfils `clinic.services.appointments.parking.ParkedStore`."""

    rows: type[ReservationModel]

    @classmethod
    def open(cls, connection: Connection, reservations_table: str) -> Self:
        """The reservations in this table."""
        return cls(bind(ReservationModel, reservations_table, connection))

    def due(self, now: datetime, page_size: int, cursor: str = "") -> "ParkedPage":
        """Those that were parked until then, shard after shard."""
        from clinic.services.appointments.parking import ParkedPage

        begin, _, rest = cursor.partition(_SEPARATOR)
        found: list[ReservationModel] = []
        for shard in parked_shards():
            if shard < begin:
                continue
            after = _key_after(shard, rest) if shard == begin else None
            with store_errors("parked reservations"):
                query = self.rows.parked_by_time.query(
                    shard,
                    self.rows.parked_until <= now,
                    limit=page_size - len(found),
                    last_evaluated_key=after,
                )
                found += query
            if len(found) == page_size:
                return ParkedPage(tuple(map(details_from_row, found)), _cursor(shard, found[-1]))
        return ParkedPage(tuple(map(details_from_row, found)))


@dataclass(frozen=True)
class DynamoUnsettledVisits:
    """Fulfils `clinic.services.appointments.visit_placing.UnsettledVisits`."""

    rows: type[ReservationModel]

    @classmethod
    def open(cls, connection: Connection, reservations_table: str) -> Self:
        """The reservations in this table."""
        return cls(bind(ReservationModel, reservations_table, connection))

    def of_doctor(self, profile_id: str, begin: datetime, limit: int) -> list[Reservation]:
        """Those that begin then or later, by their beginning."""
        with store_errors(f"visits of {profile_id}"):
            query = self.rows.unsettled_by_time.query(
                profile_id, self.rows.appointment_time >= begin, limit=limit
            )
            return [reservation_from_row(row) for row in query]


def _cursor(shard: str, last: ReservationModel) -> str:
    return _SEPARATOR.join((shard, instants.to_sortable_text(last.parked_until), last.reservation_id))


def _key_after(shard: str, rest: str) -> dict[str, Any]:
    until, _, reservation_id = rest.partition(_SEPARATOR)
    values = {"parked_shard": shard, "parked_until": until, "reservation_id": reservation_id}
    return {name: {"S": value} for name, value in values.items()}


def reservation_to_row(model: type[ReservationModel], reservation: Reservation) -> ReservationModel:
    """The row of a reservation."""
    order, cancellation = reservation.order, None
    if reservation.cancellation is not None:
        cancellation = _cancellation_to_row(reservation.cancellation)
    conflict = None
    if reservation.conflict is not None:
        conflict = _conflict_to_row(reservation.conflict)
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
        is_unplaced=reservation.is_unplaced,
        unsettled_doctor=reservation.unsettled_doctor,
        reminders_sent={k: instants.to_text(v) for k, v in reservation.reminders_sent.items()},
        created_at=reservation.created_at,
        updated_at=reservation.updated_at,
    )


def reservation_from_row(row: ReservationModel) -> Reservation:
    """The reservation in a row."""
    cancellation = None
    if row.cancellation is not None:
        cancellation = _cancellation_from_row(row.cancellation.as_dict())
    conflict = None
    if row.conflict is not None:
        conflict = _conflict_from_row(row.conflict.as_dict())
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
        is_unplaced=row.is_unplaced,
        created_at=row.created_at,
        updated_at=row.updated_at,
        reminders_sent={k: instants.from_text(v) for k, v in row.reminders_sent.as_dict().items()},
    )


def _cancellation_to_row(cancellation: "Cancellation") -> dict[str, Any]:
    row: dict[str, Any] = {
        "at": instants.to_text(cancellation.at),
        "reason": cancellation.reason,
        "cancelled_by": cancellation.cancelled_by,
    }
    if refund := cancellation.refund:
        row["refund"] = _known(
            amount=str(refund.money.amount) if refund.money else None,
            currency=refund.money.currency if refund.money else None,
            charge_id=refund.charge_id,
            status=refund.progress.value,
            refund_id=refund.refund_id,
            reason=refund.reason,
            explanation=refund.explanation,
            attempt=refund.attempt if refund.attempt > 1 else None,
        )
    return _known(**row)


def _cancellation_from_row(row: dict[str, Any]) -> "Cancellation":
    from decimal import Decimal  # most reservations need none of these

    from clinic.domain.appointments.cancellations import Cancellation, Refund, RefundProgress
    from clinic.domain.money import Money

    refund = row.get("refund")
    return Cancellation(
        at=instants.from_text(row["at"]),
        reason=row.get("reason"),
        cancelled_by=row.get("cancelled_by"),
        refund=refund
        and Refund(
            money=Money(Decimal(refund["amount"]), refund["currency"]) if "amount" in refund else None,
            charge_id=refund.get("charge_id"),
            progress=RefundProgress(refund["status"]),
            refund_id=refund.get("refund_id"),
            reason=refund.get("reason"),
            explanation=refund.get("explanation"),
            attempt=int(refund.get("attempt", 1)),
        ),
    )


def _known(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _conflict_to_row(conflict: "Conflict") -> dict[str, Any]:
    column: dict[str, Any] = {
        "at": instants.to_text(conflict.at),
        "slot_ids": sorted(conflict.slot_ids),
        "reservation_ids": sorted(conflict.reservation_ids),
    }
    return column | ({"told_at": instants.to_text(conflict.told_at)} if conflict.told_at else {})


def _conflict_from_row(column: dict[str, Any]) -> "Conflict":
    from clinic.domain.appointments.conflict import Conflict

    told_at = column.get("told_at")
    return Conflict(
        at=instants.from_text(column["at"]),
        slot_ids=frozenset(column["slot_ids"]),
        reservation_ids=frozenset(column["reservation_ids"]),
        told_at=instants.from_text(told_at) if told_at else None,
    )


def parked_shards() -> list[str]:
    """All partitions of the index of parked reservations."""
    return [f"parked-{number}" for number in range(_PARKED_SHARDS)]


def _parked_shard(reservation: Reservation) -> str | None:
    if reservation.parked_until is None:
        return None
    return f"parked-{crc32(reservation.reservation_id.encode()) % _PARKED_SHARDS}"
