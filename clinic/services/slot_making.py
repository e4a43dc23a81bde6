"""Makes the slot that a booking names before it has been generated."""

from clinic.domain.errors import SlotNotAvailableError
from clinic.domain.slot_changes import free_slot
from clinic.domain.slot_generation import SlotName, slot_at, slot_id
from clinic.domain.slots import Slot
from clinic.services.slots_port import Offer


def made_slot(offer: Offer, name: SlotName) -> Slot:
    """The slot of this name as its doctor's services and hours make it now.

    Raises:
        SlotNotAvailableError: they make none, or the doctor is not active.
    """
    slot = slot_id(name.profile_id, name.service_id, name.start)
    if not offer.profile.is_active:
        raise SlotNotAvailableError(f"slotId: slot {slot} can't be made: {name.profile_id} is not active")
    times = slot_at(
        name,
        offer.profile.time_zone,
        services=offer.services,
        rules=offer.rules,
        overrides=offer.overrides,
    )
    if times is None:
        raise SlotNotAvailableError(
            f"slotId: slot {slot} does not exist, no hours of {name.profile_id} make it"
        )
    return free_slot(times)
