"""The events that Citas puts on its bus for others: no workflow of its own takes them. Ids only."""

from clinic.contracts.steps.base import StepModel

BOOKING_CONFLICT = "booking/conflict"

# Whoever wants them writes a rule of their own.
FOR_OTHERS = frozenset({BOOKING_CONFLICT})


class BookingConflict(StepModel):
    """The detail of ``booking/conflict``: a visit that was agreed elsewhere meets others of its doctor's.

    Attributes:
        version: of the reservation; it rises when the visit moves.
        appointment_time, ends_at: the doctor's time that the visit takes (UTC with ``Z``).
        slot_ids: the slots whose time it meets.
        reservation_ids: who had a place in these, and whose visits it meets that have no slot either.
    """

    reservation_id: str
    version: int
    profile_id: str
    appointment_time: str
    ends_at: str
    slot_ids: tuple[str, ...] = ()
    reservation_ids: tuple[str, ...] = ()
