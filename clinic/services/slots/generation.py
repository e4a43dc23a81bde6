"""Use case: a profile's slots are those its hours make, and free ones that are over go."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from clinic.contracts.events.slots import SlotGenerateDaily
from clinic.domain.errors import ConcurrentChangeError, UnknownProfileError
from clinic.domain.local_time import MIDNIGHT, dates_from, first_instant
from clinic.domain.slots.availability import hours_for_date
from clinic.domain.slots.changes import SlotChanges, slot_changes
from clinic.domain.slots.generation import NothingToGenerate, SlotTimes, generate_slots
from clinic.domain.slots.slot import Slot
from clinic.services.slots.ports import DoctorSchedule, DoctorSchedules

INACTIVE = "Inactive profile"
DATES_AT_ONCE = 7
PAST_SLOTS_AT_ONCE = 1000
MOST_CHANGES = 50
# Each lost race means that somebody else took or gave back one of a batch's slots meanwhile.
_MOST_CONFLICTS = 100
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NEXT_START = timedelta(minutes=1)


class SlotStore(Protocol):
    """The slots of profiles. Every method may raise `StoreUnavailableError`."""

    def between(
        self, profile_id: str, begin: datetime, end: datetime, limit: int | None = None
    ) -> list[Slot]:
        """The slots that start in ``[begin, end)``, by start; read from an index, up to date in a moment."""

    def as_they_stand(self, profile_id: str, slot_ids: Collection[str]) -> list[Slot]:
        """Those of these slots that exist (a consistent read)."""

    def write(self, changes: SlotChanges) -> None:
        """Write all of the changes, at most `MOST_CHANGES`, or nothing.

        An added slot must not be there yet; a changed or removed one must be as it was read, and free.

        Raises:
            ConcurrentChangeError: somebody else has changed one of them; nothing was written.
        """


@dataclass(frozen=True)
class GenerationPlan:
    """For which dates to make slots.

    Attributes:
        time_zone: the zone in which the dates and the hours are meant.
        chunks: the dates, cut into what is made at once.
        services: how many services there are to make slots for.
        hours: how many different stretches of open hours the dates have.
        reason: why no slots will be made; None where there are hours and services.
    """

    time_zone: str
    chunks: tuple[tuple[date, ...], ...]
    services: int
    hours: int
    reason: str | None


@dataclass(frozen=True)
class Written:
    """What became of the slots of some dates by an event's calls, in numbers of slots."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    kept: int = 0


@dataclass(frozen=True)
class Accuracy:
    """How well the slots of some dates are those that the profile's hours make.

    Attributes:
        expected: how many future slots the hours make.
        wrong: how many of these are missing or of another shape, and how many free ones are too many.
    """

    expected: int
    wrong: int

    @property
    def percent(self) -> float:
        """The share that is right of all that should be there or are too many; 100 where there are none."""
        total = max(self.expected, self.wrong)
        return 100 * (total - self.wrong) / total if total else 100.0


@dataclass(frozen=True)
class CleanedUp:
    """What became of a page of past slots.

    Attributes:
        removed: how many free ones went.
        next_start: where the next page begins; None: this was the last one.
    """

    removed: int
    next_start: datetime | None


@dataclass(frozen=True)
class SlotGeneration:
    """Makes slots, and makes them again: nothing that anybody holds changes, and nothing is made twice.

    Attributes:
        page_size: how many past slots are looked at in one call.
    """

    schedules: DoctorSchedules
    store: SlotStore
    page_size: int = PAST_SLOTS_AT_ONCE

    def plan(
        self,
        profile_id: str,
        first: date,
        days: int,
        *,
        time_zone: str | None = None,
        for_services: Collection[str] | None = None,
    ) -> GenerationPlan:
        """Look at what there is to make.

        Even where there is nothing to make there may be slots to take away: those of hours that are gone.

        Args:
            profile_id: whose slots.
            first: the first date.
            days: how many dates, from that one on.
            time_zone: default the profile's.
            for_services: ids of the only services to look at; None for all.

        Raises:
            UnknownProfileError: the directory holds no such profile.
            ConfigurationError: a row of the profile's can't be read.
            InvalidEventError: a service asked for is none of the profile's.
            StoreUnavailableError: DynamoDB did not answer.
        """
        schedule = self._schedule(profile_id)
        _require_services(schedule, for_services)
        zone = time_zone or schedule.profile.time_zone
        dates = dates_from(first, zone, days)
        hours = {stretch for day in dates for stretch in _hours(schedule, day)}
        services = [
            service
            for service in schedule.services
            if service.is_active and (for_services is None or service.service_id in for_services)
        ]
        reason: str | None = None
        if not schedule.profile.is_active:
            hours, services, reason = set(), [], INACTIVE
        elif not hours:
            is_closed = any(override.date in dates for override in schedule.overrides)
            reason = NothingToGenerate.CLOSED if is_closed else NothingToGenerate.NO_AVAILABILITY_RULES
        elif not services:
            reason = NothingToGenerate.NO_ACTIVE_SERVICES
        chunks = tuple(dates[n : n + DATES_AT_ONCE] for n in range(0, len(dates), DATES_AT_ONCE))
        return GenerationPlan(zone, chunks, len(services), len(hours), reason and str(reason))

    def generate(
        self,
        profile_id: str,
        dates: Sequence[date],
        now: datetime,
        *,
        time_zone: str | None = None,
        for_services: Collection[str] | None = None,
        event_id: str | None = None,
    ) -> Written:
        """Write what differs between the slots of these dates and those that the profile's hours make.

        Running it again writes nothing, and says what it has made before: the slots bear their event's id.
        What it has removed is gone without a trace, and is said by the first call alone.

        Free future slots that the hours no longer make go, as do all those of a doctor who is not active any
        more; held, blocked and begun ones stay, also when they are taken while this runs.

        Args:
            profile_id: whose slots.
            dates: dates of the zone.
            now: the present instant.
            time_zone: default the profile's.
            for_services: ids of the only services to touch; None for all, also those that are gone.
            event_id: the event that asks for it; None: what was made before counts as kept.

        Raises:
            UnknownProfileError: the directory holds no such profile.
            ConfigurationError: a row of the profile's can't be read.
            ConcurrentChangeError: others keep changing the same slots; call again.
            StoreUnavailableError: DynamoDB did not answer; call again.
        """
        schedule = self._schedule(profile_id)
        zone = time_zone or schedule.profile.time_zone
        wanted = _wanted(schedule, dates, zone, for_services)
        known = self._known(profile_id, dates, zone, for_services)
        changes = slot_changes(wanted.values(), known, now, event_id)

        def again(slots: Collection[Slot]) -> SlotChanges:
            as_they_stand = self.store.as_they_stand(profile_id, [slot.slot_id for slot in slots])
            here = [wanted[slot.slot_id] for slot in slots if slot.slot_id in wanted]
            return slot_changes(here, as_they_stand, now, event_id)

        return self._write(changes, again)

    def verify(
        self,
        profile_id: str,
        dates: Sequence[date],
        now: datetime,
        *,
        time_zone: str | None = None,
        for_services: Collection[str] | None = None,
    ) -> Accuracy:
        """Compare the slots of these dates, as they stand, with those that the profile's hours make.

        The arguments and errors are those of `generate`.
        """
        schedule = self._schedule(profile_id)
        zone = time_zone or schedule.profile.time_zone
        wanted = _wanted(schedule, dates, zone, for_services)
        indexed = {slot.slot_id for slot in self._known(profile_id, dates, zone, for_services)}
        # The index says what may be too much; what is there, and how it is, is read consistently.
        standing = self.store.as_they_stand(profile_id, sorted(indexed | set(wanted)))
        expected = sum(now < times.start for times in wanted.values())
        return Accuracy(expected, len(slot_changes(wanted.values(), standing, now).slots))

    def clean_up(self, profile_id: str, now: datetime, start: datetime | None = None) -> CleanedUp:
        """Take away a page of the slots that have begun and that nobody holds; blocked ones stay.

        Args:
            profile_id: whose slots.
            now: the present instant.
            start: where the page before said that this one begins; None: with the first slot.

        Raises:
            ConcurrentChangeError, StoreUnavailableError: call again.
        """
        page = self.store.between(profile_id, start or _BEGINNING, now, limit=self.page_size)
        next_start = None
        if len(page) == self.page_size:
            last = page[-1].start
            # Its start's other slots may have been cut off: they are the next page's.
            next_start = last if page[0].start < last else last + _NEXT_START
            page = [slot for slot in page if slot.start < next_start]

        def again(slots: Collection[Slot]) -> SlotChanges:
            return _removal(self.store.as_they_stand(profile_id, [slot.slot_id for slot in slots]))

        return CleanedUp(self._write(_removal(page), again).removed, next_start)

    def _write(self, changes: SlotChanges, again: Callable[[Collection[Slot]], SlotChanges]) -> Written:
        batches = [self._write_batch(batch, again) for batch in _batches(changes)]
        untouched = [changes, *batches]  # what others wrote meanwhile stands in the batches
        made = sum(it.made_before for it in untouched)
        reshaped = sum(it.changed_before for it in untouched)
        return Written(
            added=sum(len(batch.added) for batch in batches) + made,
            changed=sum(len(batch.changed) for batch in batches) + reshaped,
            removed=sum(len(batch.removed) for batch in batches),
            kept=sum(it.kept for it in untouched) - made - reshaped,
        )

    def _write_batch(
        self, batch: SlotChanges, again: Callable[[Collection[Slot]], SlotChanges]
    ) -> SlotChanges:
        slots = batch.slots
        for _ in range(_MOST_CONFLICTS):
            try:
                self.store.write(batch)
            except ConcurrentChangeError:
                batch = again(slots)  # what the others wrote decides
            else:
                return batch
        raise ConcurrentChangeError(f"slots of {slots[0].profile_id} keep changing")

    def _known(
        self, profile_id: str, dates: Sequence[date], zone: str, for_services: Collection[str] | None
    ) -> list[Slot]:
        return [
            slot
            for begin, end in _stretches(dates, zone)
            for slot in self.store.between(profile_id, begin, end)
            if for_services is None or slot.service_id in for_services
        ]

    def _schedule(self, profile_id: str) -> DoctorSchedule:
        schedule = self.schedules.schedule(profile_id)
        if schedule is None:
            raise UnknownProfileError(f"profileId: the directory holds no profile {profile_id}")
        return schedule


def _require_services(schedule: DoctorSchedule, asked: Collection[str] | None) -> None:
    known = {service.service_id for service in schedule.services}
    if known and asked is not None and not set(asked) <= known:
        accepted = ", ".join(sorted(known))
        raise SlotGenerateDaily.lacks(f"generateForServices: expected some of {accepted}")


def _hours(schedule: DoctorSchedule, day: date) -> tuple[object, ...]:
    own = schedule.profile.profile_id
    return hours_for_date(
        [rule for rule in schedule.rules if rule.profile_id == own],
        [override for override in schedule.overrides if override.profile_id == own],
        day,
    )


def _wanted(
    schedule: DoctorSchedule, dates: Sequence[date], time_zone: str, for_services: Collection[str] | None
) -> dict[str, SlotTimes]:
    if not schedule.profile.is_active:
        return {}
    made = (
        generate_slots(
            schedule.profile.profile_id,
            time_zone,
            day,
            services=schedule.services,
            rules=schedule.rules,
            overrides=schedule.overrides,
            generate_for_services=for_services,
        )
        for day in dates
    )
    return {slot.slot_id: slot for day in made for slot in day.slots}


def _stretches(dates: Sequence[date], time_zone: str) -> Iterator[tuple[datetime, datetime]]:
    """The time that the dates take; dates that follow each other make one stretch."""
    begin = end = None
    for day in sorted(set(dates)):
        opens = first_instant(day, MIDNIGHT, time_zone)
        if begin is not None and end is not None and opens != end:
            yield begin, end
            begin = None
        begin = opens if begin is None else begin
        end = first_instant(day + timedelta(days=1), MIDNIGHT, time_zone)
    if begin is not None and end is not None:
        yield begin, end


def _removal(slots: Collection[Slot]) -> SlotChanges:
    free = tuple(slot for slot in slots if not slot.holders and not slot.is_blocked)
    return SlotChanges((), (), free, len(slots) - len(free))


def _batches(changes: SlotChanges) -> Iterator[SlotChanges]:
    for n in range(0, len(changes.added), MOST_CHANGES):
        yield SlotChanges(changes.added[n : n + MOST_CHANGES], (), (), 0)
    for n in range(0, len(changes.changed), MOST_CHANGES):
        yield SlotChanges((), changes.changed[n : n + MOST_CHANGES], (), 0)
    for n in range(0, len(changes.removed), MOST_CHANGES):
        yield SlotChanges((), (), changes.removed[n : n + MOST_CHANGES], 0)
