"""Between slots and their rows, in both directions."""

from clinic.adapters.dynamodb.slot_models import SlotModel
from clinic.domain.slots.slot import Slot


def slot_to_row(model: type[SlotModel], slot: Slot) -> SlotModel:
    """The row of a slot."""
    return model(
        profile_id=slot.profile_id,
        slot_id=slot.slot_id,
        service_id=slot.service_id,
        start=slot.start,
        end=slot.end,
        buffer_until=slot.buffer_until,
        capacity=slot.capacity,
        pending=sorted(slot.pending),
        booked=sorted(slot.booked),
        reserved_count=slot.reserved_count,
        status=slot.status.value,
        is_blocked=slot.is_blocked,
        revision=slot.revision,
        made_by=slot.made_by,
        changed_by=slot.changed_by,
    )


def slot_from_row(row: SlotModel) -> Slot:
    """The slot in a row."""
    return Slot(
        slot_id=row.slot_id,
        profile_id=row.profile_id,
        service_id=row.service_id,
        start=row.start,
        end=row.end,
        buffer_until=row.buffer_until,
        capacity=int(row.capacity),
        pending=frozenset(row.pending),
        booked=frozenset(row.booked),
        is_blocked=row.is_blocked,
        revision=int(row.revision),
        made_by=row.made_by,
        changed_by=row.changed_by,
    )
