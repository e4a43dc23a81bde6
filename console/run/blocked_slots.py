"""Slots that nobody holds and nobody can book: the doctor is taken up by something else."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from console.audit.evidence import Sheet
from console.output.bookings import SlotRow

AVAILABLE, BLOCKED = "available", "blocked"


def as_bookable(slots: Iterable[SlotRow], sheets: Iterable[Sheet]) -> list[SlotRow]:
    """The slots as a caller sees them: ``blocked`` where something else on the day sheets takes their time.

    A further place in a slot that somebody holds already takes no more of the doctor's time.

    Args:
        sheets: those of all days that the slots touch.
    """
    taken = {(sheet.profile_id, sheet.day): list(sheet.taken.values()) for sheet in sheets}
    return [
        slot.model_copy(update={"status": BLOCKED})
        if slot.status == AVAILABLE and not slot.holders and _is_met(slot, taken)
        else slot
        for slot in slots
    ]


def _is_met(slot: SlotRow, taken: Mapping[tuple[str, date], Sequence[tuple[datetime, datetime]]]) -> bool:
    days = {slot.start.date(), slot.buffer_until.date()}
    return any(
        begin < slot.buffer_until and slot.start < end
        for day in days
        for begin, end in taken.get((slot.profile_id, day), ())
    )
