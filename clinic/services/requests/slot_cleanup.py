"""Use case: nightly, the pending slots of a profile whose request ran out and that nobody freed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clinic.domain.local_time import MIDNIGHT, first_instant
from clinic.domain.statistics import Statistic, StatisticKind
from clinic.services.appointments.announcements import request_expired
from clinic.services.appointments.particulars import AppointmentReader
from clinic.services.ports import EventPublisher, Statistics
from clinic.services.requests.expiration import Expiration, RequestExpiration
from clinic.services.unit_of_work import BookingStore

# A run's list of ids must stay far below the 256 KB of its state; the rest is found the next night.
MOST_IN_A_RUN = 500


@dataclass(frozen=True)
class SlotCleanup:
    """Expires what is left over. Requests normally expire by themselves, on time."""

    booking_store: BookingStore
    appointments: AppointmentReader
    expiration: RequestExpiration
    events: EventPublisher
    statistics: Statistics

    def find(self, profile_id: str, cleanup_date: date, now: datetime) -> tuple[str, ...]:
        """The ids of pending requests whose time was up when that date ended, or is up now; oldest first.

        Args:
            cleanup_date: a date in the profile's zone; one that is not over yet stands for now.
        """
        profile = self.appointments.doctors.profile(profile_id)
        zone = profile.time_zone if profile else self.appointments.default_time_zone
        is_over = cleanup_date < now.astimezone(ZoneInfo(zone)).date()
        until = first_instant(cleanup_date + timedelta(days=1), MIDNIGHT, zone) if is_over else now
        return tuple(self.booking_store.overdue_requests(profile_id, until)[:MOST_IN_A_RUN])

    def expire(self, request_id: str, run: str, now: datetime) -> Expiration:
        """Put ``reservation/request-expired`` on the bus, whose run tells people, and free the slot.

        In this order: while the event is not on the bus, the request stays pending and is found again.

        Raises:
            ConcurrentChangeError, EventBusUnavailableError: call again.
        """
        request = self.booking_store.request(request_id)
        is_overdue = request is not None and request.is_pending and request.expires_at <= now
        if request and is_overdue and self.booking_store.reservation(request.reservation_id) is None:
            self.events.publish([request_expired(request)])
        return self.expiration.expire(request_id, run, now)

    def record(self, profile_id: str, cleanup_date: date, at: datetime, *, cleaned: int, failed: int) -> None:
        """Keep a record of a night's cleanup; again: the same one.

        Args:
            at: the time of the event that asked for it.
        """
        subject = f"{profile_id}#{cleanup_date.isoformat()}"
        values: dict[str, str | int] = {
            "profile_id": profile_id,
            "slots_cleaned": cleaned,
            "slots_failed": failed,
        }
        self.statistics.record(Statistic(StatisticKind.SLOT_CLEANUP, subject, at, values))
