"""From a doctor's hours to the slots of one date: a pure function of what is stored, not of when it runs.

Hours are wall clock in the profile's zone (`clinic.domain.local_time` says what a skipped or repeated time
means); inside them time is elapsed time, so a slot never gets longer or shorter when clocks change. Only
whole slots are made; the buffer after the last one may reach beyond the hours. Slots of two services may
cover the same time: booking one of them takes the doctor's time.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from clinic.domain.local_time import first_instant
from clinic.domain.slots.availability import (
    AvailabilityRule,
    DateOverride,
    MedicalService,
    OpenHours,
    hours_for_date,
)

_START = "%Y%m%dT%H%MZ"
# An id begins with a letter or digit: of several colons in a row the last one may separate, and no other.
_ENDING = re.compile(r":[0-9]{8}T[0-9]{4}Z\Z", re.ASCII)
# The same with a slip in it: a digit or the Z missing, small letters, the colon of a clock.
_SLIPPED = re.compile(r":[0-9-]{7,10}T[0-9:.+-]{2,}Z?\Z", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"([A-Za-z0-9](?:[^:]|::)*):([A-Za-z0-9](?:[^:]|::)*):([0-9]{8}T[0-9]{4}Z)", re.ASCII)


class NothingToGenerate(StrEnum):
    """Why a date has no slots. Results of a run, not errors."""

    NO_AVAILABILITY_RULES = "No availability rules"
    NO_ACTIVE_SERVICES = "No active services"
    CLOSED = "Closed on this date"


@dataclass(frozen=True)
class SlotTimes:
    """A slot as its rules make it, before anybody takes it. All instants are UTC.

    Attributes:
        buffer_until: until when the doctor is taken up by it; ``end`` or later.
        capacity: how many reservations it can hold.
    """

    profile_id: str
    service_id: str
    start: datetime
    end: datetime
    buffer_until: datetime
    capacity: int

    @property
    def slot_id(self) -> str:
        """Its id; see `slot_id`."""
        return slot_id(self.profile_id, self.service_id, self.start)


@dataclass(frozen=True)
class GeneratedDay:
    """The slots of one date, by start and service.

    Attributes:
        reason: why there can be none; None where hours and services were found, even if no slot fits.
        services: how many services were looked at.
        hours: how many stretches of hours the date has.
    """

    slots: tuple[SlotTimes, ...] = ()
    reason: NothingToGenerate | None = None
    services: int = 0
    hours: int = 0


def slot_id(profile_id: str, service_id: str, start: datetime) -> str:
    """The id of the slot that begins at ``start``: ``dr-1:s-1:20261130T1600Z``.

    Profile, service and start (UTC, to the minute), joined by colons; a colon inside an id is doubled, so
    no two slots share an id (ids begin with a letter or digit). Whoever knows the three knows the id.

    Raises:
        ValueError: the start is no whole minute of an instant with a zone.
    """
    if start.tzinfo is None or start.second or start.microsecond:
        raise ValueError("a slot starts at a whole minute of an instant with a time zone")
    ids = (part.replace(":", "::") for part in (profile_id, service_id))
    return ":".join([*ids, start.astimezone(UTC).strftime(_START)])


@dataclass(frozen=True)
class SlotName:
    """What a slot's id says: whose slot it is, for what, and when it begins (UTC)."""

    profile_id: str
    service_id: str
    start: datetime


def slot_named(slot_id: str) -> SlotName | None:
    """The inverse of `slot_id`; None: no slot made here has such an id."""
    match = _NAME.fullmatch(slot_id)
    if match is None:
        return None
    try:
        start = datetime.strptime(match[3], _START).replace(tzinfo=UTC)
    except ValueError:
        return None
    return SlotName(match[1].replace("::", ":"), match[2].replace("::", ":"), start)


def ends_like_a_slot(slot_id: str) -> bool:
    """Whether an id ends as `slot_id`'s do, in a start after a colon, whatever comes before."""
    return _ENDING.search(slot_id) is not None


def may_be_meant_as_a_slot(slot_id: str, profile_ids: Iterable[str]) -> bool:
    """Whether an id of no such form may be one of these doctors' with a slip in it.

    It begins with the doctor's id, whatever separates that from the rest and in whatever letters, or ends in
    what is almost a start.
    """
    said = _words(slot_id)
    return _SLIPPED.search(slot_id) is not None or any(
        said[: len(words)] == words for words in map(_words, profile_ids) if words
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.lower())


def first_day(slot_id: str) -> date | None:
    """The UTC day on which the slot with this id begins; None: the id is not one of `slot_id`'s."""
    try:
        return datetime.strptime(slot_id.rpartition(":")[2], _START).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def generate_slots(
    profile_id: str,
    time_zone: str,
    target_date: date,
    *,
    services: Collection[MedicalService],
    rules: Collection[AvailabilityRule],
    overrides: Collection[DateOverride] = (),
    generate_for_services: Collection[str] | None = None,
) -> GeneratedDay:
    """The slots that the profile's hours and active services make of one date in its zone.

    The same whatever the order of what is given, and however often. Where stretches of hours overlap, a
    service has one slot at each start: that of the stretch that begins first
    (of those that begin together: always of the same one).

    Args:
        time_zone: the profile's own, by its IANA name.
        services: what belongs to other profiles is left out, here and in rules and overrides.
        generate_for_services: ids of the only services to look at; None for all, empty for none.

    Raises:
        ZoneInfoNotFoundError: there is no such time zone.
    """
    own_overrides = [override for override in overrides if override.profile_id == profile_id]
    own_rules = [rule for rule in rules if rule.profile_id == profile_id]
    hours = hours_for_date(own_rules, own_overrides, target_date)
    if not hours:
        is_closed = any(override.date == target_date for override in own_overrides)
        none = NothingToGenerate.CLOSED if is_closed else NothingToGenerate.NO_AVAILABILITY_RULES
        return GeneratedDay(reason=none)
    offered = [
        service
        for service in services
        if service.profile_id == profile_id
        and service.is_active
        and (generate_for_services is None or service.service_id in generate_for_services)
    ]
    if not offered:
        return GeneratedDay(reason=NothingToGenerate.NO_ACTIVE_SERVICES, hours=len(hours))
    slots: dict[tuple[datetime, str], SlotTimes] = {}
    for stretch in sorted(hours, key=_precedence):
        for slot in _slots_of(stretch, offered, target_date, time_zone):
            slots.setdefault((slot.start, slot.service_id), slot)
    in_order = tuple(slots[key] for key in sorted(slots))
    return GeneratedDay(in_order, services=len(offered), hours=len(hours))


def slot_at(
    name: SlotName,
    time_zone: str,
    *,
    services: Collection[MedicalService],
    rules: Collection[AvailabilityRule],
    overrides: Collection[DateOverride] = (),
) -> SlotTimes | None:
    """The slot of this name as the profile's hours and active services make it; None: they make none.

    The other arguments are those of `generate_slots`.
    """
    local = name.start.astimezone(ZoneInfo(time_zone)).date()
    # Where clocks go back at midnight, a date's first hour may still be called the evening before.
    for day in (local, local + timedelta(days=1)):
        made = generate_slots(
            name.profile_id,
            time_zone,
            day,
            services=services,
            rules=rules,
            overrides=overrides,
            generate_for_services=(name.service_id,),
        )
        for slot in made.slots:
            if slot.start == name.start:
                return slot
    return None


def _slots_of(
    hours: OpenHours, services: Collection[MedicalService], day: date, time_zone: str
) -> Iterator[SlotTimes]:
    opens = first_instant(day, hours.start_time, time_zone)
    last_day = day + timedelta(days=1) if hours.ends_at_midnight else day
    closes = first_instant(last_day, hours.end_time, time_zone)
    buffer = timedelta(minutes=hours.buffer_time)
    for service in filter(hours.schedules, services):
        duration = timedelta(minutes=hours.slot_duration or service.duration)
        start = opens
        while (end := start + duration) <= closes:
            capacity = hours.max_appointments_per_slot
            yield SlotTimes(service.profile_id, service.service_id, start, end, end + buffer, capacity)
            start = end + buffer


def _precedence(hours: OpenHours) -> tuple[object, ...]:
    # Which services they are for does not matter: what is left equal cuts the same slots.
    return (
        hours.start_time,
        (hours.ends_at_midnight, hours.end_time),
        hours.slot_duration or 0,
        hours.buffer_time,
        hours.max_appointments_per_slot,
    )
