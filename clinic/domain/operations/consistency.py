"""Checks that slots, day sheets, reservations and requests say the same of each other. Pure.

Each breach has the number of the invariant it breaks: I1 counts, I2 overlaps and sheets, I3 holders.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from clinic.domain.appointments.reservation import Reservation
from clinic.domain.requests.request import ReservationRequest
from clinic.domain.slots.slot import Booking, Slot, visit_of

# A run tells of it right after it has booked it, tries again for some minutes, and waits for nothing else.
_MAY_BE_UNTOLD = timedelta(minutes=15)


class Breach(StrEnum):
    """What does not agree."""

    MISCOUNTED = "I1_miscounted"  # the count of places held is not that of who holds them
    OVERFULL = "I1_overfull"  # more places are held than there are
    OVERLAP = "I2_overlap"  # the doctor's time for it meets that for another
    NOT_ON_SHEET = "I2_not_on_sheet"  # somebody holds it, and its days' sheets don't say so
    FREE_ON_SHEET = "I2_free_on_sheet"  # a sheet says that it is taken, and nobody holds it
    UNTOLD = "I2_untold"  # a visit that was agreed elsewhere meets others, and nobody was told
    GONE = "I2_gone"  # a sheet says that it is taken, and there is no such slot
    BOOKED_FOR_NOBODY = "I3_booked_for_nobody"  # for a reservation that does not stand
    PENDING_FOR_NOBODY = "I3_pending_for_nobody"  # for a request that does not wait
    TIME_FOR_NOBODY = "I3_time_for_nobody"  # a visit's own time, and no reservation that stands then
    UNPLACED = "I3_unplaced"  # a visit of a doctor kept here has neither a place nor a time of its own
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
    """Who may have a place or a time of their own.

    Attributes:
        reservations: by id, those that visits without a slot are of among them.
        waiting: waiting requests by the reservation they may become.
    """

    reservations: Mapping[str, Reservation]
    waiting: Mapping[str, ReservationRequest]

    def is_told_of(self, visit: str, slot_ids: Collection[str], reservation_ids: Collection[str]) -> bool:
        """Whether the conflict of a visit without a slot names one of these."""
        reservation = self.reservations.get(visit)
        conflict = reservation.conflict if reservation else None
        return conflict is not None and not (
            conflict.slot_ids.isdisjoint(slot_ids) and conflict.reservation_ids.isdisjoint(reservation_ids)
        )

    def share_a_slot(self, visit: str, other: str) -> bool:
        """Whether both have a place in one slot: what they last longer is no conflict."""
        known = [self.reservations[who] for who in (visit, other) if who in self.reservations]
        slot_ids = {reservation.details.slot_id for reservation in known}
        return len(known) == 2 and len(slot_ids) == 1 and None not in slot_ids


def breaches_of(booking: Booking, reserved_count: int, claimants: Claimants) -> tuple[Finding, ...]:
    """What does not agree about a slot.

    Args:
        booking: the slot with the sheets of its days.
        reserved_count: how many places are said to be held.
        claimants: whoever holds a place in it, and every waiting request that names it.
    """
    slot = booking.slot
    found = [*_counts(slot, reserved_count), *_sheets(booking, claimants), *_holders(slot, claimants)]
    return _sorted(found)


def breaches_of_visit(
    booking: Booking, reservation: Reservation | None, claimants: Claimants, now: datetime
) -> tuple[Finding, ...]:
    """What does not agree about a visit's own time.

    Args:
        booking: the time as a sheet has it, with all sheets of its days.
        reservation: the one that it is said to be of.
        claimants: whoever else has a time of their own on these days.
        now: a conflict that is so fresh may still be told.
    """
    time = booking.slot
    who = visit_of(time.slot_id) or ""
    found = []
    if reservation is None or not _stands_then(reservation, time):
        found.append(Finding(Breach.TIME_FOR_NOBODY, time.slot_id, who))
    conflict = reservation.conflict if reservation else None
    if conflict is not None and conflict.told_at is None and now - conflict.at > _MAY_BE_UNTOLD:
        found.append(Finding(Breach.UNTOLD, time.slot_id, who))
    for sheet in booking.sheets:
        if sheet.taken.get(time.slot_id) != (time.start, time.buffer_until):
            found.append(Finding(Breach.NOT_ON_SHEET, time.slot_id, sheet.day.isoformat()))
        for other in sheet.obstacles(time):
            visit = visit_of(other)
            if visit is not None and not (
                claimants.is_told_of(who, (), {visit})
                or claimants.is_told_of(visit, (), {who})
                or claimants.share_a_slot(who, visit)
            ):
                found.append(Finding(Breach.OVERLAP, time.slot_id, other))
    return _sorted(found)


def breaches_of_unplaced(reservations: Iterable[Reservation], now: datetime) -> tuple[Finding, ...]:
    """The visits of a doctor kept here, whose slots are made, that have neither a place nor a time.

    Args:
        reservations: those of the doctor that may be so.
        now: one that has just been booked may have read the directory before its doctor came.
    """
    return _sorted(
        Finding(Breach.UNPLACED, it.details.slot_id or "", it.reservation_id)
        for it in reservations
        if _is_unplaced(it, now)
    )


def _is_unplaced(it: Reservation, now: datetime) -> bool:
    is_fresh = now - it.updated_at <= _MAY_BE_UNTOLD
    return it.is_unplaced and it.status.is_active and now < it.appointment_time and not is_fresh


def _stands_then(reservation: Reservation, time: Slot) -> bool:
    details = reservation.details
    stretch = (details.profile_id, details.own_time)
    return reservation.status.is_active and stretch == (time.profile_id, (time.start, time.buffer_until))


def _sorted(found: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(set(found), key=lambda finding: (finding.breach, finding.other)))


def _counts(slot: Slot, reserved_count: int) -> Iterator[Finding]:
    if reserved_count != len(slot.pending) + len(slot.booked):
        yield Finding(Breach.MISCOUNTED, slot.slot_id)
    if max(reserved_count, slot.reserved_count) > slot.capacity:
        yield Finding(Breach.OVERFULL, slot.slot_id)
    for holder in slot.pending & slot.booked:
        yield Finding(Breach.MISCOUNTED, slot.slot_id, holder)


def _sheets(booking: Booking, claimants: Claimants) -> Iterator[Finding]:
    slot = booking.slot
    for sheet in booking.sheets:
        stretch = sheet.taken.get(slot.slot_id)
        if slot.holders and stretch != (slot.start, slot.buffer_until):
            yield Finding(Breach.NOT_ON_SHEET, slot.slot_id, sheet.day.isoformat())
        if not slot.holders and stretch is not None:
            yield Finding(Breach.FREE_ON_SHEET, slot.slot_id, sheet.day.isoformat())
        untold = (
            other
            for other in (sheet.obstacles(slot) if slot.holders else ())
            if not claimants.is_told_of(visit_of(other) or "", {slot.slot_id}, slot.holders)
        )
        if (other := next(untold, None)) is not None:
            yield Finding(Breach.OVERLAP, slot.slot_id, other)


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
