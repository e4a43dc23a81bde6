"""Bookings in DynamoDB: slots, sheets, reservations, requests and intents change in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pynamodb.connection import Connection
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.errors import store_errors
from clinic.adapters.dynamodb.messages.ledger import DynamoLedger
from clinic.domain.appointments.reservation import Reservation
from clinic.domain.messages.intent import Intent
from clinic.services.unit_of_work import Changes

if TYPE_CHECKING:  # each is loaded by the first that needs it
    from clinic.adapters.dynamodb.requests import DynamoRequests
    from clinic.adapters.dynamodb.slots import DynamoCalendar
    from clinic.domain.requests.request import ReservationRequest
    from clinic.domain.slots.slot import Booking, Slot


@dataclass(frozen=True)
class DynamoBookingStore:
    """Fulfils `clinic.services.unit_of_work.BookingStore`.

    The largest transaction (an appointment moved between slots that each touch two days, with all its
    messages) has some twenty of the hundred actions DynamoDB takes.
    """

    connection: Connection
    ledger: DynamoLedger
    slots_table: str
    requests_table: str

    @cached_property
    def calendar(self) -> "DynamoCalendar":
        """Slots and day sheets; most visits that reminders are planned for name none."""
        from clinic.adapters.dynamodb.slots import DynamoCalendar

        return DynamoCalendar.open(self.connection, self.slots_table)

    @cached_property
    def requests(self) -> "DynamoRequests":
        """The table of requests, opened when first needed."""
        from clinic.adapters.dynamodb.requests import DynamoRequests

        return DynamoRequests.open(self.connection, self.requests_table)

    def reservation(self, reservation_id: str) -> Reservation | None:
        """The reservation as it stands now."""
        return self.ledger.reservation(reservation_id)

    def request(self, request_id: str) -> "ReservationRequest | None":
        """The request as it stands now."""
        return self.requests.request(request_id)

    def request_for(self, reservation_id: str) -> "ReservationRequest | None":
        """The request that leads to this reservation, as it stands now."""
        return self.requests.request_for(reservation_id)

    def overdue_requests(self, profile_id: str, until: datetime) -> list[str]:
        """The ids of a profile's pending requests whose time was up then."""
        return self.requests.overdue(profile_id, until)

    def intents(self, subject: str) -> list[Intent]:
        """All of a subject's intents."""
        return self.ledger.intents(subject)

    def bookings(self, profile_id: str, *slots: "str | Slot") -> "tuple[Booking | None, ...]":
        """A doctor's slots with the sheets of their days, as they all stand together now."""
        return self.calendar.bookings(profile_id, *slots)

    def commit(self, changes: Changes) -> None:
        """Write all of it in one transaction."""
        with store_errors(_subject(changes)), TransactWrite(connection=self.connection) as transaction:
            if changes.bookings:
                self.calendar.write(transaction, changes.bookings)
            self.ledger.write(transaction, changes.reservations, changes.intents, changes.endings)
            if changes.requests:
                self.requests.write(transaction, changes.requests)
            if changes.named_requests:
                self.requests.name(transaction, changes.named_requests)


def _subject(changes: Changes) -> str:
    ids = [after.slot.slot_id for _, after in changes.bookings]
    ids += [after.reservation_id for _, after in changes.reservations]
    ids += [after.request_id for _, after in changes.requests]
    ids += [str(intent.id) for intent in changes.intents[:1]]
    return ", ".join(ids) or "nothing"
