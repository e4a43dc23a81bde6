"""Whether slots, day sheets, reservations and requests say the same of each other. Pure.

Each breach has the number of the invariant it breaks: I1 counts, I2 overlaps and sheets, I3 holders.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from clinic.domain.requests import ReservationRequest
from clinic.domain.reservations import Reservation
from clinic.domain.slots import Booking, Slot


class Breach(StrEnum):
    """What does not agree."""

    MISCOUNTED = "I1_miscounted"  # the count of places held is not that of who holds them
    OVERFULL = "I1_overfull"  # more places are held than there are
    OVERLAP = "I2_overlap"  # the doctor's time for it meets that for another
    NOT_ON_SHEET = "I2_not_on_sheet"  # somebody holds it, and its days' sheets don't say so
    FREE_ON_SHEET = "I2_free_on_sheet"  # a sheet says that it is taken, and nobody holds it
    GONE = "I2_gone"  # a sheet says that it is taken, and there is no such slot
    BOOKED_FOR_NOBODY = "I3_booked_for_nobody"  # for a reservation that does not stand
    PENDING_FOR_NOBODY = "I3_pending_for_nobody"  # for a request that does not wait
    WAITS_WITHOUT_PLACE = "I3_waits_without_place"  # a request waits, and its slot does not hold a place

    @property
    def invariant(self) -> str:
        """The invariant's number."""
        return self.value[:2]


@dataclass(frozen=True)
class Finding:
    """A breach and the ids it is about: the slot's, and who or what else."""

    breach: Breach
    slot_id: str
    other: str = ""


@dataclass(frozen=True)
class Claimants:
    """Who may have a place: reservations by id, and waiting requests by the reservation they may become."""

    reservations: Mapping[str, Reservation]
    waiting: Mapping[str, ReservationRequest]


def breaches_of(booking: Booking, reserved_count: int, claimants: Claimants) -> tuple[Finding, ...]:
    """What does not agree about a slot.

    Args:
        booking: the slot with the sheets of its days.
        reserved_count: how many places are said to be held.
        claimants: whoever holds a place in it, and every waiting request that names it.
    """
    slot = booking.slot
    found = [*_counts(slot, reserved_count), *_sheets(booking), *_holders(slot, claimants)]
    return tuple(sorted(set(found), key=lambda finding: (finding.breach, finding.other)))


def _counts(slot: Slot, reserved_count: int) -> Iterator[Finding]:
    if reserved_count != len(slot.pending) + len(slot.booked):
        yield Finding(Breach.MISCOUNTED, slot.slot_id)
    if max(reserved_count, slot.reserved_count) > slot.capacity:
        yield Finding(Breach.OVERFULL, slot.slot_id)
    for holder in slot.pending & slot.booked:
        yield Finding(Breach.MISCOUNTED, slot.slot_id, holder)


def _sheets(booking: Booking) -> Iterator[Finding]:
    slot = booking.slot
    for sheet in booking.sheets:
        stretch = sheet.taken.get(slot.slot_id)
        if slot.holders and stretch != (slot.start, slot.buffer_until):
            yield Finding(Breach.NOT_ON_SHEET, slot.slot_id, sheet.day.isoformat())
        if not slot.holders and stretch is not None:
            yield Finding(Breach.FREE_ON_SHEET, slot.slot_id, sheet.day.isoformat())
        if slot.holders and (others := sheet.obstacles(slot)):
            yield Finding(Breach.OVERLAP, slot.slot_id, others[0])


def _holders(slot: Slot, claimants: Claimants) -> Iterator[Finding]:
    for holder in slot.booked:
        reservation = claimants.reservations.get(holder)
        if (
            reservation is None
            or not reservation.status.is_active
            or reservation.details.slot_id != slot.slot_id
        ):
            yield Finding(Breach.BOOKED_FOR_NOBODY, slot.slot_id, holder)
    waiting = {
        holder for holder, request in claimants.waiting.items() if request.details.slot_id == slot.slot_id
    }
    for holder in slot.pending - waiting:
        yield Finding(Breach.PENDING_FOR_NOBODY, slot.slot_id, holder)
    for holder in waiting - slot.pending:
        yield Finding(Breach.WAITS_WITHOUT_PLACE, slot.slot_id, claimants.waiting[holder].request_id)
