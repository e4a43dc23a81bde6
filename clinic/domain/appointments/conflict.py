"""A conflict: the others whom a visit meets in its doctor's day."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self


@dataclass(frozen=True)
class Conflict:
    """What a visit meets at its present time.

    Attributes:
        at: when it was found (UTC).
        slot_ids: the slots whose time it meets.
        reservation_ids: who had a place in these then, and whose visits it meets that have no slot either.
        told_at: when it was put on the bus; None: not yet.
    """

    at: datetime
    slot_ids: frozenset[str] = frozenset()
    reservation_ids: frozenset[str] = frozenset()
    told_at: datetime | None = None

    def told(self, now: datetime) -> Self:
        """The same once it is on the bus."""
        return replace(self, told_at=now)
