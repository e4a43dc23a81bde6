"""Between a reservation's conflict and its column, in both directions."""

from typing import Any

from clinic.domain import instants
from clinic.domain.appointments.reservation import Conflict


def conflict_to_row(conflict: Conflict) -> dict[str, Any]:
    """The column of a conflict; what is not known is left out."""
    column: dict[str, Any] = {
        "at": instants.to_text(conflict.at),
        "slot_ids": sorted(conflict.slot_ids),
        "reservation_ids": sorted(conflict.reservation_ids),
    }
    return column | ({"told_at": instants.to_text(conflict.told_at)} if conflict.told_at else {})


def conflict_from_row(column: dict[str, Any]) -> Conflict:
    """The conflict in a column."""
    told_at = column.get("told_at")
    return Conflict(
        at=instants.from_text(column["at"]),
        slot_ids=frozenset(column["slot_ids"]),
        reservation_ids=frozenset(column["reservation_ids"]),
        told_at=instants.from_text(told_at) if told_at else None,
    )
