"""Use case: hold slots, day sheets and reservations against each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from clinic.contracts.metrics import STATE_CONSISTENCY
from clinic.domain.slots import Booking
from clinic.services.meter_port import Meter
from clinic.services.records_port import Records
from clinic.services.slots_port import Offers, SlotShelf

PAGE_SIZE = 5
# Somebody may be writing while two records are read one after the other: what is wrong is looked at again.
_LOOKS = 3


@dataclass(frozen=True)
class ConsistencyPage:
    """What was found.

    Attributes:
        held: how many slots with a holder were looked at.
        wrong: the ids of those whose sheet or reservations say something else.
        cursor: where the next page of profiles begins; empty: this is the last one.
    """

    held: int
    wrong: tuple[str, ...]
    cursor: str


@dataclass(frozen=True)
class StateConsistency:
    """Looks at the slots that lie ahead, a few profiles at a time."""

    offers: Offers
    shelf: SlotShelf
    records: Records
    meter: Meter
    horizon: timedelta

    def check_page(self, cursor: str, now: datetime) -> ConsistencyPage:
        """Look at the next profiles' slots, and publish whether all is as it should be.

        Raises:
            StoreUnavailableError: DynamoDB did not answer; call again.
        """
        page = self.offers.active_profiles(PAGE_SIZE, cursor)
        held, wrong = 0, []
        for profile in page.profiles:
            for slot in self.shelf.between(profile.profile_id, now, now + self.horizon):
                if slot.holders:
                    held += 1
                    if not any(self._is_right(slot.profile_id, slot.slot_id) for _ in range(_LOOKS)):
                        wrong.append(slot.slot_id)
        if held:
            self.meter.add(STATE_CONSISTENCY, 0 if wrong else 100)
        return ConsistencyPage(held, tuple(wrong), page.cursor)

    def _is_right(self, profile_id: str, slot_id: str) -> bool:
        """Whether a slot agrees with its sheets and with the reservations that were booked into it."""
        (booking,) = self.records.bookings(profile_id, slot_id)
        return booking is None or (_agrees_with_sheets(booking) and self._agrees_with_reservations(booking))

    def _agrees_with_reservations(self, booking: Booking) -> bool:
        for reservation_id in booking.slot.booked:
            reservation = self.records.reservation(reservation_id)
            if reservation is None or not reservation.status.is_active:
                return False
            if reservation.details.slot_id != booking.slot.slot_id:
                return False
        return True


def _agrees_with_sheets(booking: Booking) -> bool:
    slot = booking.slot
    if slot.reserved_count > slot.capacity or slot.pending & slot.booked:
        return False
    taken = (slot.start, slot.buffer_until)
    expected = taken if slot.holders else None
    return all(sheet.taken.get(slot.slot_id) == expected for sheet in booking.sheets)
