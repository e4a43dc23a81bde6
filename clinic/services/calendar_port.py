"""What booking needs from the outside. A module of its own: messages start sooner without it."""

from typing import Protocol

from clinic.domain.slots import Booking


class Calendar(Protocol):
    """Slots and day sheets, changed together or not at all; may raise `StoreUnavailableError`."""

    def bookings(self, profile_id: str, *slot_ids: str) -> tuple[Booking | None, ...]:
        """A doctor's slots, each with the sheets of its days, as they all stand together now.

        None stands for a slot that does not exist.
        """

    def commit(self, *changes: tuple[Booking, Booking]) -> None:
        """Write what differs between each slot's state as it was read and as it shall be, or nothing.

        Raises:
            ConcurrentChangeError: a slot or sheet is no longer as it was read.
        """
