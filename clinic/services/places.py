"""Use case: give, confirm and take back places in slots, whoever else does the same at that moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from clinic.domain.errors import ConcurrentChangeError, SlotNotAvailableError
from clinic.domain.slots import Booking
from clinic.services.ports import Calendar

# Each lost race means that somebody else won one: a doctor's day has fewer places than this.
_MOST_RACES = 100


@dataclass(frozen=True)
class PlaceKeeping:
    """Changes one slot at a time, on what it has just read."""

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

    def _change(self, profile_id: str, slot_id: str, change: Callable[[Booking], Booking]) -> Booking:
        for _ in range(_MOST_RACES):
            try:
                seen = self.calendar.booking(profile_id, slot_id)
                if seen is None:
                    raise SlotNotAvailableError(f"slot {slot_id} does not exist")
                after = change(seen)
                if after != seen:
                    self.calendar.commit(seen, after)
            except ConcurrentChangeError:
                continue  # somebody was quicker: what they wrote decides
            return after
        raise ConcurrentChangeError(f"slot {slot_id} keeps changing")
