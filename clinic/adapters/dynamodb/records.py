"""Bookings in DynamoDB: slots, sheets, reservations, requests and intents change in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.calendar import DynamoCalendar
from clinic.adapters.dynamodb.faults import store_errors
from clinic.adapters.dynamodb.ledger import DynamoLedger
from clinic.adapters.dynamodb.models import bind
from clinic.adapters.dynamodb.request_models import RequestModel
from clinic.adapters.dynamodb.rows import request_from_row, request_to_row
from clinic.domain.intents import Intent
from clinic.domain.requests import ReservationRequest
from clinic.domain.reservations import Reservation
from clinic.domain.slots import Booking
from clinic.services.records_port import Changes


@dataclass(frozen=True)
class DynamoRecords:
    """Fulfils `clinic.services.records_port.Records`.

    The largest transaction (an appointment moved between slots that each touch two days, with all its
    messages) has some twenty of the hundred actions DynamoDB takes.
    """

    connection: Connection
    ledger: DynamoLedger
    calendar: DynamoCalendar
    requests: type[RequestModel]

    @classmethod
    def open(
        cls, connection: Connection, ledger: DynamoLedger, slots_table: str, requests_table: str
    ) -> Self:
        """The records beside this ledger."""
        return cls(
            connection,
            ledger,
            DynamoCalendar.open(connection, slots_table),
            bind(RequestModel, requests_table, connection),
        )

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now."""
        return self.ledger.reservation(reservation_id)

    def request(self, request_id: str) -> ReservationRequest | None:
        """The request as it stands now."""
        with store_errors(f"request {request_id}"):
            try:
                return request_from_row(self.requests.get(request_id, consistent_read=True))
            except DoesNotExist:
                return None

    def overdue_requests(self, profile_id: str, until: datetime) -> list[str]:
        """The ids of a profile's pending requests whose time was up then."""
        with store_errors(f"requests of {profile_id}"):
            index = self.requests.open_by_expiry
            rows = index.query(profile_id, self.requests.expires_at <= until)
            return [row.request_id for row in rows]

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents."""
        return self.ledger.intents(subject)

    def bookings(self, profile_id: str, *slot_ids: str) -> tuple[Booking | None, ...]:
        """A doctor's slots with the sheets of their days, as they all stand together now."""
        return self.calendar.bookings(profile_id, *slot_ids)

    def commit(self, changes: Changes) -> None:
        """Write all of it in one transaction."""
        with store_errors(_subject(changes)), TransactWrite(connection=self.connection) as transaction:
            self.calendar.write(transaction, changes.bookings)
            self.ledger.write(transaction, changes.reservations, changes.intents, changes.endings)
            for seen, request in changes.requests:
                transaction.save(request_to_row(self.requests, request), condition=self._as_seen(seen))

    def _as_seen(self, seen: ReservationRequest | None) -> Condition:
        if seen is None:
            absent: Condition = self.requests.request_id.does_not_exist()
            return absent
        same: Condition = (self.requests.status == seen.status.value) & (
            self.requests.updated_at == seen.updated_at
        )
        return same


def _subject(changes: Changes) -> str:
    ids = [after.slot.slot_id for _, after in changes.bookings]
    ids += [after.reservation_id for _, after in changes.reservations]
    ids += [after.request_id for _, after in changes.requests]
    ids += [str(intent.id) for intent in changes.intents[:1]]
    return ", ".join(ids) or "nothing"
