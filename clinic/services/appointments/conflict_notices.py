"""Use case: a visit takes time that was taken; whoever keeps the doctor's diary is told by the bus."""

from dataclasses import dataclass, replace
from datetime import datetime

from clinic.contracts.metrics import BOOKING_CONFLICTS
from clinic.domain.errors import UnknownReservationError
from clinic.domain.messages.intent import reservation_subject
from clinic.services.appointments.announcements import booking_conflict
from clinic.services.ports import EventPublisher, Meter
from clinic.services.unit_of_work import BookingStore, Changes, retry_on_conflict


@dataclass(frozen=True)
class ConflictNotices:
    """Tells of each conflict until it is noted that this was done."""

    booking_store: BookingStore
    events: EventPublisher
    meter: Meter

    def tell(self, reservation_id: str, now: datetime) -> bool:
        """Put ``booking/conflict`` on the bus, count it, and note it; whether there was one to tell.

        A crash in between leads to the very same event once more.

        Raises:
            UnknownReservationError: there is no such reservation.
            EventBusUnavailableError: the bus did not take it; call again.
            ConcurrentChangeError: others keep changing the reservation; call again.
        """
        reservation = self.booking_store.reservation(reservation_id)
        if reservation is None:
            raise UnknownReservationError(f"reservation {reservation_id} is not known")
        conflict = reservation.conflict
        if conflict is None or conflict.told_at is not None or not reservation.status.is_active:
            return False
        self.events.publish([booking_conflict(reservation, conflict)])
        retry_on_conflict(
            lambda: self._note(reservation_id, reservation.version, now), reservation_subject(reservation_id)
        )
        return True

    def _note(self, reservation_id: str, version: int, now: datetime) -> None:
        seen = self.booking_store.reservation(reservation_id)
        conflict = seen.conflict if seen is not None and seen.version == version else None
        if seen is None or conflict is None or conflict.told_at is not None:
            return  # it has moved since, or another run has noted it
        self.booking_store.commit(Changes(reservations=((seen, replace(seen, conflict=conflict.told(now))),)))
        self.meter.add(BOOKING_CONFLICTS, 1)
