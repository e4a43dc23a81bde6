"""An oracle of a date's slots: somebody who watches the clock on the wall, tick by tick.

It shares no code with what it judges: no arithmetic on offsets, no rule for gaps or repeated hours. Whoever
watches opens when the clock shows the opening time or has passed it, and has finished a slot once it has
been in it for long enough.
"""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from clinic.domain.slots.availability import AvailabilityRule, DateOverride, MedicalService, OpenHours
from clinic.domain.slots.generation import SlotTimes

MINUTE = timedelta(minutes=1)


class Wall:
    """A zone's clock on the wall from ``begin`` until ``end`` (UTC), read every ``tick`` minutes."""

    def __init__(self, zone: str, begin: datetime, end: datetime, tick: int = 1) -> None:
        self.begin = begin
        self.tick = tick
        key = ZoneInfo(zone)
        count = (end - begin) // (tick * MINUTE)
        shown = (self.instant(n).astimezone(key).replace(tzinfo=None, fold=0) for n in range(count))
        # The latest time it has ever shown: this stands still while an hour is shown again.
        self.latest = list(accumulate(shown, max))

    def instant(self, tick_number: int) -> datetime:
        """The instant of one tick."""
        return self.begin + tick_number * self.tick * MINUTE

    def first_showing(self, wall: datetime) -> int:
        """The first tick at which it shows this time, or has passed it."""
        number = bisect_left(self.latest, wall)
        assert 0 < number < len(self.latest), "the clock was not watched for long enough"
        return number

    def ticks(self, minutes: int) -> int:
        """How many ticks these minutes are."""
        assert minutes % self.tick == 0, "a finer tick is needed"
        return minutes // self.tick

    def starts(self, day: date, hours: OpenHours, minutes: int) -> list[int]:
        """The ticks at which whole slots of so many minutes begin."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock
        opens = midnight + timedelta(hours=hours.start_time.hour, minutes=hours.start_time.minute)
        closes = midnight + timedelta(hours=hours.end_time.hour, minutes=hours.end_time.minute)
        if closes == midnight:
            closes += timedelta(days=1)
        length, pause = self.ticks(minutes), self.ticks(hours.buffer_time)
        found, in_slot, in_buffer = [], 0, 0
        for tick in range(self.first_showing(opens), self.first_showing(closes)):
            if in_buffer:
                in_buffer -= 1
                continue
            in_slot += 1
            if in_slot == length:
                found.append(tick + 1 - length)
                in_slot, in_buffer = 0, pause
        return found


@dataclass(frozen=True)
class DoctorSchedule:
    """What one profile has stored."""

    profile_id: str
    services: tuple[MedicalService, ...]
    rules: tuple[AvailabilityRule, ...]
    overrides: tuple[DateOverride, ...] = ()


def hours_of(schedule: DoctorSchedule, day: date) -> list[OpenHours]:
    """The hours that hold on a date."""
    special = [o for o in schedule.overrides if (o.profile_id, o.date) == (schedule.profile_id, day)]
    if any(len(o.hours) == 0 for o in special):
        return []
    if special:
        return [hours for o in special for hours in o.hours]
    number = int(day.strftime("%w"))  # the calendar's own count: Sunday is 0
    return [r for r in schedule.rules if r.profile_id == schedule.profile_id and r.day_of_week == number]


def slots_of(schedule: DoctorSchedule, wall: Wall, day: date) -> tuple[SlotTimes, ...]:
    """Every slot of a date, by start and service."""
    own = [s for s in schedule.services if s.profile_id == schedule.profile_id and s.is_active]
    chosen: dict[tuple[datetime, str], tuple[tuple[int, ...], SlotTimes]] = {}
    for hours in hours_of(schedule, day):
        for service in own:
            if hours.service_ids is not None and service.service_id not in hours.service_ids:
                continue
            minutes = service.duration if hours.slot_duration is None else hours.slot_duration
            for tick in wall.starts(day, hours, minutes):
                slot = _slot(schedule.profile_id, service, hours, wall.instant(tick), minutes)
                key = (slot.start, service.service_id)
                candidate = (_claim(hours), slot)
                if key not in chosen or candidate[0] < chosen[key][0]:
                    chosen[key] = candidate
    return tuple(slot for _, (_, slot) in sorted(chosen.items(), key=lambda item: item[0]))


def id_of(slot: SlotTimes) -> str:
    """Its id as the documents say: profile, service and start, for ids without a colon."""
    start = slot.start.astimezone(UTC).isoformat()
    digits = start[:16].replace("-", "").replace(":", "")
    return f"{slot.profile_id}:{slot.service_id}:{digits}Z"


def overlapping(slots: Iterable[SlotTimes]) -> list[tuple[SlotTimes, SlotTimes]]:
    """Pairs of which one begins before the other and its buffer are over."""
    in_order = sorted(slots, key=lambda slot: slot.start)
    return [
        (first, second)
        for number, first in enumerate(in_order)
        for second in in_order[number + 1 : number + 2]
        if second.start < first.buffer_until
    ]


def _slot(
    profile_id: str, service: MedicalService, hours: OpenHours, start: datetime, minutes: int
) -> SlotTimes:
    return SlotTimes(
        profile_id=profile_id,
        service_id=service.service_id,
        start=start,
        end=start + minutes * MINUTE,
        buffer_until=start + (minutes + hours.buffer_time) * MINUTE,
        capacity=hours.max_appointments_per_slot,
    )


def _claim(hours: OpenHours) -> tuple[int, ...]:
    """Of overlapping hours the least has its way: begins first, ends first, shorter, less buffer, smaller."""
    begins = hours.start_time.hour * 60 + hours.start_time.minute
    ends = (hours.end_time.hour * 60 + hours.end_time.minute) or 24 * 60
    shape = (hours.slot_duration or 0, hours.buffer_time, hours.max_appointments_per_slot)
    return (begins, ends, *shape)
