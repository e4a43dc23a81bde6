"""Requests in DynamoDB."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.faults import store_errors
from clinic.adapters.dynamodb.models import bind
from clinic.adapters.dynamodb.request_models import RequestModel
from clinic.adapters.dynamodb.request_rows import request_from_row, request_to_row
from clinic.domain.requests import ReservationRequest


@dataclass(frozen=True)
class DynamoRequests:
    """Requests, as `clinic.services.records_port.Records` needs them."""

    rows: type[RequestModel]

    @classmethod
    def open(cls, connection: Connection, requests_table: str) -> Self:
        """The requests in this table."""
        return cls(bind(RequestModel, requests_table, connection))

    def request(self, request_id: str) -> ReservationRequest | None:
        """The request as it stands now."""
        with store_errors(f"request {request_id}"):
            try:
                return request_from_row(self.rows.get(request_id, consistent_read=True))
            except DoesNotExist:
                return None

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

    def _as_seen(self, seen: ReservationRequest | None) -> Condition:
        if seen is None:
            absent: Condition = self.rows.request_id.does_not_exist()
            return absent
        same: Condition = (self.rows.status == seen.status.value) & (self.rows.updated_at == seen.updated_at)
        return same
