"""What the check of a doctor's book needs beside `clinic.services.records_port`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from clinic.domain.reservations import Reservation
from clinic.domain.slots import DaySheet, Slot


@dataclass(frozen=True)
class CountedSlot:
    """A slot, and how many of its places are said to be held."""

    slot: Slot
    reserved_count: int


class BookReader(Protocol):
    """Reads a doctor's book over a stretch of time. Every method may raise `StoreUnavailableError`."""

    def slots_from(self, profile_id: str, begin: datetime) -> list[CountedSlot]:
        """The slots that start then or later; read from an index, up to date in a moment."""

    def counted(self, profile_id: str, slot_id: str) -> int | None:
        """How many places of a slot are said to be held (a consistent read); None: there is no such slot."""

    def sheets_from(self, profile_id: str, day: date) -> list[DaySheet]:
        """The sheets of that UTC day and of all later ones (a consistent read)."""

    def reservations(self, reservation_ids: Collection[str]) -> list[Reservation]:
        """Those of these reservations that there are (a consistent read)."""
