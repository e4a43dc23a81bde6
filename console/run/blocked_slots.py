"""Slots whose free places nobody can book: the doctor is taken up by something else."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from console.audit.evidence import Sheet
from console.output.bookings import SlotRow

AVAILABLE, BLOCKED = "available", "blocked"


def as_bookable(slots: Iterable[SlotRow], sheets: Iterable[Sheet]) -> list[SlotRow]:
    """The slots as a caller sees them: ``blocked`` where something else on the day sheets takes their time.

    What a slot itself has on the sheets keeps none of its further places from anybody.

    Args:
        sheets: those of all days that the slots touch.
    """
    taken = {(sheet.profile_id, sheet.day): sheet.taken for sheet in sheets}
    return [
        slot.model_copy(update={"status": BLOCKED})
        if slot.status == AVAILABLE and _is_met(slot, taken)
        else slot
        for slot in slots
    ]


def _is_met(slot: SlotRow, taken: Mapping[tuple[str, date], Mapping[str, tuple[datetime, datetime]]]) -> bool:
    days = {slot.start.date(), slot.buffer_until.date()}
    return any(
        taker != slot.slot_id and begin < slot.buffer_until and slot.start < end
        for day in days
        for taker, (begin, end) in taken.get((slot.profile_id, day), {}).items()
    )
