"""Use case: give, confirm and take back places in slots, whoever else does the same at that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.errors import ConcurrentChangeError, SlotNotAvailableError
from clinic.domain.slots import Booking, move
from clinic.services.calendar_port import Calendar

# Each lost race means that somebody else won one: a doctor's day has fewer places than this.
_MOST_RACES = 100


@dataclass(frozen=True)
class PlaceKeeping:
    """Changes slots on what it has just read of them."""

    calendar: Calendar

    def hold(
        self, profile_id: str, slot_id: str, reservation_id: str, now: datetime, *, is_approved: bool
    ) -> Booking:
        """Give the reservation a place in the slot.

        Raises:
            SlotNotAvailableError: there is no such slot, or it has no place to give.
            ConcurrentChangeError: others keep changing it; call again.
        """
        return self._change(
            profile_id, slot_id, lambda seen: seen.hold(reservation_id, now, is_approved=is_approved)
        )

    def approve(self, profile_id: str, slot_id: str, reservation_id: str) -> Booking:
        """Turn the reservation's pending place into a booked one.

        Raises:
            SlotNotHeldError: it holds none (any more).
            ConcurrentChangeError: others keep changing it; call again.
        """
        return self._change(profile_id, slot_id, lambda seen: seen.approve(reservation_id))

    def release(self, profile_id: str, slot_id: str, reservation_id: str) -> Booking:
        """Take the reservation's place back; nobody else's.

        Raises:
            ConcurrentChangeError: others keep changing it; call again.
        """
        return self._change(profile_id, slot_id, lambda seen: seen.release(reservation_id))

    def expire(self, profile_id: str, slot_id: str, reservation_id: str) -> Booking:
        """Take back a place that nobody has approved in time.

        Raises:
            SlotNotHeldError: it has been approved meanwhile.
            ConcurrentChangeError: others keep changing it; call again.
        """
        return self._change(profile_id, slot_id, lambda seen: seen.expire(reservation_id))

    def move(
        self, profile_id: str, old_slot_id: str, new_slot_id: str, reservation_id: str, now: datetime
    ) -> tuple[Booking, Booking]:
        """Give up the reservation's place for one in another slot of the same doctor: both or neither.

        Moving again changes nothing.

        Raises:
            SlotNotHeldError: it holds a place in neither slot.
            SlotNotAvailableError: the new slot does not exist or has no place to give; the old one is kept.
            ConcurrentChangeError: others keep changing them; call again.
        """

        def change(old: Booking, new: Booking) -> tuple[Booking, Booking]:
            if reservation_id in new.slot.holders and reservation_id not in old.slot.holders:
                return old, new
            return move(old, new, reservation_id, now)

        old, new = self._change_all(profile_id, (old_slot_id, new_slot_id), lambda seen: change(*seen))
        return old, new

    def _change(self, profile_id: str, slot_id: str, change: Callable[[Booking], Booking]) -> Booking:
        (after,) = self._change_all(profile_id, (slot_id,), lambda seen: (change(seen[0]),))
        return after

    def _change_all(
        self,
        profile_id: str,
        slot_ids: tuple[str, ...],
        change: Callable[[tuple[Booking, ...]], tuple[Booking, ...]],
    ) -> tuple[Booking, ...]:
        for _ in range(_MOST_RACES):
            try:
                seen = self._read(profile_id, slot_ids)
                after = change(seen)
                if after != seen:
                    self.calendar.commit(*zip(seen, after, strict=True))
            except ConcurrentChangeError:
                continue  # somebody was quicker: what they wrote decides
            return after
        raise ConcurrentChangeError(f"slots {', '.join(slot_ids)} keep changing")

    def _read(self, profile_id: str, slot_ids: tuple[str, ...]) -> tuple[Booking, ...]:
        found = self.calendar.bookings(profile_id, *slot_ids)
        known = tuple(booking for booking in found if booking is not None)
        if len(known) < len(found):
            missing = next(i for i, booking in zip(slot_ids, found, strict=True) if booking is None)
            raise SlotNotAvailableError(f"slot {missing} does not exist")
        return known
