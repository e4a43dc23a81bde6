"""Bookings in memory: slots, sheets, reservations, requests and intents."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.messages.intent import Intent
from clinic.domain.requests.request import ReservationRequest
from clinic.domain.slots.slot import Booking, DaySheet, Slot
from clinic.services.unit_of_work import Changes
from tests.fakes.ports import MemoryLedger


@dataclass
class MemoryBookingStore:
    """Records whose commit checks what the real one's conditions check, and writes all or nothing.

    Attributes:
        meanwhile: happens once, right before the next commit looks at anything.
        commits: how many were carried out.
    """

    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    slots: dict[str, Slot] = field(default_factory=dict)
    sheets: dict[tuple[str, date], DaySheet] = field(default_factory=dict)
    requests: dict[str, ReservationRequest] = field(default_factory=dict)
    request_names: dict[str, str] = field(default_factory=dict)
    meanwhile: Callable[[], None] | None = None
    commits: int = 0

    def reservation(self, reservation_id: str) -> Reservation | None:
        return self.ledger.reservation(reservation_id)

    def request(self, request_id: str) -> ReservationRequest | None:
        return self.requests.get(request_id)

    def request_for(self, reservation_id: str) -> ReservationRequest | None:
        found = self.requests.get(self.request_names.get(reservation_id, reservation_id))
        return found if found is not None and found.reservation_id == reservation_id else None

    def overdue_requests(self, profile_id: str, until: datetime) -> list[str]:
        overdue = [
            request
            for request in self.requests.values()
            if request.is_pending and request.details.profile_id == profile_id and request.expires_at <= until
        ]
        return [request.request_id for request in sorted(overdue, key=lambda request: request.expires_at)]

    def intents(self, subject: str) -> list[Intent]:
        return self.ledger.intents(subject)

    def bookings(self, profile_id: str, *slots: str | Slot) -> tuple[Booking | None, ...]:
        return tuple(self._booking(profile_id, wanted) for wanted in slots)

    def commit(self, changes: Changes) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self._check(changes)
        for before, booking in changes.bookings:
            if not booking.slot.is_own_time:
                self.slots[booking.slot.slot_id] = booking.slot
            changed = (new for old, new in zip(before.sheets, booking.sheets, strict=True) if new != old)
            self.sheets |= {(sheet.profile_id, sheet.day): sheet for sheet in changed}
        for _, reservation in changes.reservations:
            self.ledger.reservations[reservation.reservation_id] = reservation
        for _, request in changes.requests:
            self.requests[request.request_id] = request
        for _, request in changes.named_requests:
            self.request_names[request.reservation_id] = request.request_id
        self.ledger.rows |= {intent.id: intent for intent in changes.intents}
        for intent, outcome in changes.endings:
            self.ledger.finish(intent, outcome)
        self.commits += 1

    def _check(self, changes: Changes) -> None:
        require = self.ledger.require
        items: list[object] = [
            before.slot.slot_id for before, _ in changes.bookings if not before.slot.is_own_time
        ]
        items += [new.reservation_id for _, new in changes.reservations]
        items += [*(intent.id for intent in changes.intents), *(intent.id for intent, _ in changes.endings)]
        assert len(set(items)) == len(items), "DynamoDB takes no transaction that names an item twice"
        for before, after in changes.bookings:
            require(self.slots.get(before.slot.slot_id) == (before.slot if before.is_stored else None))
            for seen, sheet in zip(before.sheets, after.sheets, strict=True):
                require(seen == sheet or self._sheet(seen.profile_id, seen.day) == seen)
        for old, new in changes.reservations:
            require(self.ledger.reservations.get(new.reservation_id) == old)
        for asked, answered in changes.requests:
            require(self.requests.get(answered.request_id) == asked)
        for led_to, named in changes.named_requests:
            leads_to = self.request_names.get(named.reservation_id)
            require(leads_to is None or (led_to is not None and leads_to == led_to.request_id))
        require(not any(intent.id in self.ledger.rows for intent in changes.intents))
        require(all(self.ledger.rows.get(intent.id) == intent for intent, _ in changes.endings))

    def _booking(self, profile_id: str, wanted: str | Slot) -> Booking | None:
        if isinstance(wanted, Slot) and wanted.is_own_time:
            return Booking.of_visit(wanted, tuple(self._sheet(profile_id, day) for day in wanted.days))
        made = wanted if isinstance(wanted, Slot) else None
        slot = self.slots.get(wanted.slot_id if isinstance(wanted, Slot) else wanted)
        if slot is not None and slot.profile_id != profile_id:
            slot = None
        known = slot or made
        if known is None:
            return None
        sheets = tuple(self._sheet(profile_id, day) for day in known.days)
        return Booking(known, sheets, is_stored=slot is not None)

    def _sheet(self, profile_id: str, day: date) -> DaySheet:
        return self.sheets.get((profile_id, day), DaySheet(profile_id, day))


@dataclass
class MemoryUnsettledVisits:
    """What the index of visits whose place is not settled shows."""

    booking_store: MemoryBookingStore

    def of_doctor(self, profile_id: str, begin: datetime, limit: int) -> list[Reservation]:
        known = self.booking_store.ledger.reservations.values()
        found = [it for it in known if it.unsettled_doctor == profile_id and it.appointment_time >= begin]
        return sorted(found, key=lambda it: it.appointment_time)[:limit]
