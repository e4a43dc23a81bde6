"""Use case: every night each profile gets its events, at the time its own zone's clock shows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from clinic.contracts.events.base import BusEvent
from clinic.contracts.events.slots import SlotCleanupExpired, SlotGenerateDaily
from clinic.domain.directory import Profile
from clinic.domain.local_time import dates_from
from clinic.domain.slots.nightly import Night, NightlyJob, Occasion, occasions
from clinic.services.ports import EventPublisher
from clinic.services.slots.ports import DoctorSchedules, ProfilePage

PROFILES_AT_ONCE = 1000


@dataclass(frozen=True)
class NightPlan:
    """What is due within a day.

    Attributes:
        unreadable: profiles that will get nothing, because they can't be read as they are kept.
    """

    occasions: tuple[Occasion, ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class FannedOut:
    """What became of a page of profiles.

    Attributes:
        published: how many events were put on the bus.
        cursor: where the next page begins; empty: this was the last one.
    """

    published: int
    cursor: str


@dataclass(frozen=True)
class NightlyFanOut:
    """Puts the night's events on the bus.

    Attributes:
        clocks: each job's time of night, in each profile's own zone.
        horizon_days: for how many dates slots are made.
        page_size: how many profiles are looked at in one call.
    """

    schedules: DoctorSchedules
    events: EventPublisher
    clocks: Mapping[NightlyJob, time]
    horizon_days: int
    page_size: int = PROFILES_AT_ONCE

    def plan(
        self, begin: datetime, end: datetime, jobs: Collection[NightlyJob] = tuple(NightlyJob)
    ) -> NightPlan:
        """What of these jobs is due in ``[begin, end)`` in the zones of all profiles.

        Raises:
            StoreUnavailableError: DynamoDB did not answer; call again.
        """
        clocks = {job: clock for job, clock in self.clocks.items() if job in jobs}
        if not clocks:
            return NightPlan((), ())
        zones: set[str] = set()
        unreadable: list[str] = []
        cursor = ""
        while True:
            page = self.schedules.active_profiles(self.page_size, cursor)
            zones |= {profile.time_zone for profile in _all(page)}
            unreadable += page.unreadable
            cursor = page.cursor
            if not cursor:
                return NightPlan(occasions(zones, clocks, begin, end), tuple(unreadable))

    def fan_out_page(self, job: NightlyJob, nights: Sequence[Night], cursor: str = "") -> FannedOut:
        """Put the job's events for the profiles of one page whose zone's night it is.

        Called again for the same page it puts the same events again; who takes them does nothing twice.

        Raises:
            StoreUnavailableError, EventBusUnavailableError: call again.
        """
        page = self.schedules.active_profiles(self.page_size, cursor)
        dates: dict[str, list[date]] = {}
        for night in nights:
            dates.setdefault(night.time_zone, []).append(night.date)
        events = [
            self._event(job, profile, day)
            for profile in _all(page)
            for day in dates.get(profile.time_zone, ())
        ]
        self.events.publish(events)
        return FannedOut(len(events), page.cursor)

    def _event(self, job: NightlyJob, profile: Profile, day: date) -> BusEvent:
        if job is NightlyJob.SLOT_CLEANUP:
            return SlotCleanupExpired.model_construct(profile_id=profile.profile_id, cleanup_date=day)
        (tomorrow,) = dates_from(day + timedelta(days=1), profile.time_zone, 1)
        return SlotGenerateDaily.model_construct(
            profile_id=profile.profile_id,
            target_date=tomorrow,
            horizon_days=self.horizon_days,
            timezone=profile.time_zone,
        )


def _all(page: ProfilePage) -> tuple[Profile, ...]:
    """Those that are not active any more, too: their free slots go, and their requests end."""
    return (*page.profiles, *page.inactive)
