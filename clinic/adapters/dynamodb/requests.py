"""Requests in DynamoDB: their rows, and those that say which request a reservation's id leads to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.appointment_columns import (
    AppointmentColumns,
    details_from_row,
    details_to_row,
)
from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import store_errors
from clinic.domain.messages.intent import reservation_subject
from clinic.domain.requests.request import RequestStatus, ReservationRequest


class OpenByExpiryIndex(GlobalSecondaryIndex["RequestModel"]):
    """The requests of a profile that wait for an answer, by the instant until which they do."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-expiry"
        projection = AllProjection()

    open_profile = UnicodeAttribute(hash_key=True)
    expires_at = InstantAttribute(range_key=True)


class RequestNameModel(Model):
    """A row of the requests table that says which request a reservation's id leads to."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "requests"

    request_id = UnicodeAttribute(hash_key=True)
    leads_to = UnicodeAttribute()


class RequestModel(AppointmentColumns):
    """A row of the requests table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "requests"

    open_by_expiry = OpenByExpiryIndex()

    request_id = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    expires_at = InstantAttribute()
    open_profile = UnicodeAttribute(null=True)
    doctor_phone = UnicodeAttribute()
    run = UnicodeAttribute(null=True)
    closed_because = UnicodeAttribute(null=True)
    closed_by = UnicodeAttribute(null=True)
    answer_id = UnicodeAttribute(null=True)
    reservation_id = UnicodeAttribute()
    created_at = InstantAttribute()
    updated_at = InstantAttribute()


@dataclass(frozen=True)
class DynamoRequests:
    """Requests, as `clinic.services.unit_of_work.BookingStore` needs them."""

    rows: type[RequestModel]
    names: type[RequestNameModel]

    @classmethod
    def open(cls, connection: Connection, requests_table: str) -> Self:
        """The requests in this table."""
        return cls(
            bind(RequestModel, requests_table, connection),
            bind(RequestNameModel, requests_table, connection),
        )

    def request(self, request_id: str) -> ReservationRequest | None:
        """The request as it stands now."""
        with store_errors(f"request {request_id}"):
            try:
                return request_from_row(self.rows.get(request_id, consistent_read=True))
            except DoesNotExist:
                return None

    def request_for(self, reservation_id: str) -> ReservationRequest | None:
        """The request that leads to this reservation, as it stands now."""
        request_id = reservation_id
        with store_errors(f"request of {reservation_id}"):
            try:
                name = self.names.get(reservation_subject(reservation_id), consistent_read=True)
                request_id = name.leads_to
            except DoesNotExist:
                pass  # its request, if there is one, has the same id
        request = self.request(request_id)
        return request if request is not None and request.reservation_id == reservation_id else None

    def overdue(self, profile_id: str, until: datetime) -> list[str]:
        """The ids of a profile's pending requests whose time was up then."""
        with store_errors(f"requests of {profile_id}"):
            found = self.rows.open_by_expiry.query(profile_id, self.rows.expires_at <= until)
            return [row.request_id for row in found]

    def write(
        self,
        transaction: TransactWrite,
        requests: Sequence[tuple[ReservationRequest | None, ReservationRequest]],
    ) -> None:
        """Add requests to a transaction, on the condition that each is still as it was read."""
        for seen, request in requests:
            transaction.save(request_to_row(self.rows, request), condition=self._as_seen(seen))

    def name(
        self,
        transaction: TransactWrite,
        requests: Sequence[tuple[ReservationRequest | None, ReservationRequest]],
    ) -> None:
        """Have a reservation's id lead to its request, on the condition that it leads where it was seen to.

        No request's id has the sign in it that such a row's key has.
        """
        leads_to = self.names.leads_to
        for seen, request in requests:
            condition: Condition = self.names.request_id.does_not_exist()
            if seen is not None:
                condition |= leads_to == seen.request_id
            key = reservation_subject(request.reservation_id)
            transaction.save(self.names(key, leads_to=request.request_id), condition=condition)

    def _as_seen(self, seen: ReservationRequest | None) -> Condition:
        if seen is None:
            absent: Condition = self.rows.request_id.does_not_exist()
            return absent
        same: Condition = (self.rows.status == seen.status.value) & (self.rows.updated_at == seen.updated_at)
        return same


def request_to_row(model: type[RequestModel], request: ReservationRequest) -> RequestModel:
    """The row of a request; only a pending one is in the index of open ones."""
    return model(
        **details_to_row(request.details),
        request_id=request.request_id,
        status=request.status.value,
        expires_at=request.expires_at,
        open_profile=request.details.profile_id if request.is_pending else None,
        doctor_phone=request.doctor_phone,
        run=request.run,
        closed_because=request.closed_because,
        closed_by=request.closed_by,
        answer_id=request.answer_id,
        created_at=request.created_at,
        updated_at=request.updated_at,
    )


def request_from_row(row: RequestModel) -> ReservationRequest:
    """The request in a row."""
    return ReservationRequest(
        request_id=row.request_id,
        details=details_from_row(row),
        doctor_phone=row.doctor_phone,
        expires_at=row.expires_at,
        status=RequestStatus(row.status),
        created_at=row.created_at,
        updated_at=row.updated_at,
        run=row.run,
        closed_because=row.closed_because,
        closed_by=row.closed_by,
        answer_id=row.answer_id,
    )
