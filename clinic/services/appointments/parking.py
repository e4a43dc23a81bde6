"""Use case: reminders far ahead wait in the ledger, without a run, until a night finds that they are near."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from clinic.domain.appointments.reservation import AppointmentDetails
from clinic.domain.messages.kinds import ReminderOffset
from clinic.services.appointments.announcements import appointment_created
from clinic.services.ports import EventPublisher
from clinic.services.slots.nightly import FannedOut

VISITS_AT_ONCE = 200


@dataclass(frozen=True)
class ParkedPage:
    """Some of the visits that are parked.

    Attributes:
        cursor: where the next page begins; empty: this is the last one.
    """

    visits: tuple[AppointmentDetails, ...]
    cursor: str = ""


class ParkedStore(Protocol):
    """The reservations whose reminders no run keeps time for. May raise `StoreUnavailableError`."""

    def due(self, now: datetime, page_size: int, cursor: str = "") -> ParkedPage:
        """Those that were parked until then, and no others; read from an index, up to date in a moment."""


@dataclass(frozen=True)
class ParkedVisits:
    """Announces parked visits, so that a run of each takes it up.

    It stays parked until that run has: whatever is lost in between, the next night announces it again.

    Attributes:
        offsets: those that are configured; others would be refused.
    """

    store: ParkedStore
    events: EventPublisher
    offsets: tuple[ReminderOffset, ...]
    page_size: int = VISITS_AT_ONCE

    def announce_page(self, cursor: str, now: datetime) -> FannedOut:
        """Put an ``appointment/created`` on the bus for each visit of a page; again: the same.

        Raises:
            StoreUnavailableError, EventBusUnavailableError: call again.
        """
        page = self.store.due(now, self.page_size, cursor)
        self.events.publish([appointment_created(self._as_configured(visit)) for visit in page.visits])
        return FannedOut(len(page.visits), page.cursor)

    def _as_configured(self, visit: AppointmentDetails) -> AppointmentDetails:
        return replace(visit, offsets=tuple(it for it in visit.offsets if it in self.offsets))
