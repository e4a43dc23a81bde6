"""Generated slots against somebody who watches the clock on the wall, for years, zones and any rules."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.local_time import first_instant
from clinic.domain.slots.availability import DateOverride, MedicalService, OpenHours
from clinic.domain.slots.generation import (
    GeneratedDay,
    SlotName,
    SlotTimes,
    generate_slots,
    slot_at,
    slot_id,
    slot_named,
)
from tests.properties.slots.clinic_year import DOCTOR, YEARS, a_clinics_year
from tests.properties.slots.slot_oracle import MINUTE, DoctorSchedule, Wall, id_of, overlapping, slots_of


def generate(schedule: DoctorSchedule, zone: str, day: date) -> GeneratedDay:
    return generate_slots(
        schedule.profile_id,
        zone,
        day,
        services=schedule.services,
        rules=schedule.rules,
        overrides=schedule.overrides,
    )


@pytest.mark.parametrize(("zone", "year"), YEARS)
def test_a_years_slots_are_those_of_the_clock_on_the_wall(zone: str, year: int) -> None:
    schedule = a_clinics_year(year)
    first, last = date(year, 1, 1), date(year, 12, 31)
    begin = datetime(year, 1, 1, tzinfo=UTC) - timedelta(days=2)
    wall = Wall(zone, begin, begin + timedelta(days=370), tick=5)
    every_slot: list[SlotTimes] = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        made = generate(schedule, zone, day).slots
        assert made == slots_of(schedule, wall, day), day
        every_slot += made
    ids = [slot.slot_id for slot in every_slot]
    assert ids == [id_of(slot) for slot in every_slot]
    assert len(set(ids)) == len(ids) > 5_000


minutes_of_day = st.integers(0, 24 * 60 - 1)
service_ids = st.sampled_from(["s-1", "s-2", "s-3"])


@st.composite
def open_hours(draw: st.DrawFn) -> OpenHours:
    """Hours of any length, more often at night, when clocks change."""
    begin = draw(minutes_of_day | st.integers(0, 4 * 60))
    length = draw(st.integers(1, 24 * 60) | st.integers(1, 3 * 60))
    end = min(begin + length, 24 * 60) % (24 * 60)
    return OpenHours(
        start_time=time(begin // 60, begin % 60),
        end_time=time(end // 60, end % 60),
        slot_duration=draw(st.none() | st.integers(1, 120)),
        buffer_time=draw(st.integers(0, 45)),
        max_appointments_per_slot=draw(st.integers(1, 5)),
        service_ids=draw(st.none() | st.frozensets(service_ids)),
    )


@st.composite
def stretches_of_a_day(draw: st.DrawFn) -> list[OpenHours]:
    """Up to five, some of which begin together and differ in one thing only."""
    first = draw(open_hours())
    changes = st.sampled_from(["end_time", "slot_duration", "buffer_time", "max_appointments_per_slot"])
    found = [first]
    for other in draw(st.lists(open_hours(), max_size=2)):
        changed = draw(changes)
        twin = {"start_time": first.start_time, changed: getattr(other, changed)}
        if changed != "end_time" or other.ends_at_midnight or other.end_time > first.start_time:
            found.append(replace(first, **twin))
        found.append(other)
    return draw(st.permutations(found))


@st.composite
def zoned_days(draw: st.DrawFn) -> tuple[str, date]:
    """A date of any zone, most often one whose clocks change."""
    zone = draw(st.sampled_from(sorted(iana_time_zones())) | st.sampled_from([zone for zone, _ in YEARS]))
    new_year = datetime(draw(st.integers(1975, 2037)), 1, 1, 12, tzinfo=UTC)
    noons = [new_year + timedelta(days=n) for n in range(365)]
    offsets = [noon.astimezone(ZoneInfo(zone)).utcoffset() for noon in noons]
    changes = [noons[n].date() for n in range(1, 365) if offsets[n] != offsets[n - 1]] or [noons[0].date()]
    day = draw(st.sampled_from(changes)) + timedelta(days=draw(st.integers(-1, 1)))
    return zone, draw(st.sampled_from([day, noons[draw(st.integers(0, 364))].date()]))


def on(day: date, stretches: list[OpenHours]) -> DoctorSchedule:
    """Three services, open at these hours of one date."""
    services = tuple(
        MedicalService(f"s-{n}", DOCTOR, "Consulta", length) for n, length in enumerate((15, 25, 45), 1)
    )
    return DoctorSchedule(DOCTOR, services, (), (DateOverride(DOCTOR, day, tuple(stretches)),))


@given(zoned_days(), stretches_of_a_day())
def test_any_hours_in_any_zone_are_cut_as_the_clock_on_the_wall_says(
    zoned_day: tuple[str, date], stretches: list[OpenHours]
) -> None:
    zone, day = zoned_day
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    wall = Wall(zone, noon - timedelta(hours=30), noon + timedelta(hours=54))
    assert generate(on(day, stretches), zone, day).slots == slots_of(on(day, stretches), wall, day)


@given(zoned_days(), stretches_of_a_day(), st.randoms(use_true_random=False))
def test_generating_again_in_any_order_makes_the_very_same_slots(
    zoned_day: tuple[str, date], stretches: list[OpenHours], random: Random
) -> None:
    zone, day = zoned_day
    once = generate(on(day, stretches), zone, day).slots
    schedule = on(day, random.sample(stretches, len(stretches)))
    schedule = DoctorSchedule(DOCTOR, schedule.services[::-1] * 2, (), schedule.overrides)
    assert generate(schedule, zone, day).slots == once
    assert len({slot.slot_id for slot in once}) == len(once)


@given(zoned_days(), open_hours())
def test_slots_of_a_service_lie_inside_the_hours_and_keep_their_buffers_free(
    zoned_day: tuple[str, date], hours: OpenHours
) -> None:
    zone, day = zoned_day
    closing_day = day + timedelta(days=1) if hours.ends_at_midnight else day
    opens = first_instant(day, hours.start_time, zone)
    closes = first_instant(closing_day, hours.end_time, zone)
    of_service: dict[str, list[SlotTimes]] = defaultdict(list)
    for slot in generate(on(day, [hours]), zone, day).slots:
        of_service[slot.service_id].append(slot)
        assert opens <= slot.start < slot.end <= closes
        assert slot.buffer_until - slot.end == hours.buffer_time * MINUTE
    assert [overlapping(slots) for slots in of_service.values() if overlapping(slots)] == []


@given(zoned_days(), open_hours(), st.integers(1, 300))
def test_no_further_slot_would_have_fitted(
    zoned_day: tuple[str, date], hours: OpenHours, minutes: int
) -> None:
    zone, day = zoned_day
    closing_day = day + timedelta(days=1) if hours.ends_at_midnight else day
    open_for = first_instant(closing_day, hours.end_time, zone) - first_instant(day, hours.start_time, zone)
    service = MedicalService("s-1", DOCTOR, "Consulta", minutes)
    plain = OpenHours(start_time=hours.start_time, end_time=hours.end_time)
    schedule = DoctorSchedule(DOCTOR, (service,), (), (DateOverride(DOCTOR, day, (plain,)),))
    assert len(generate(schedule, zone, day).slots) == open_for // (minutes * MINUTE)


ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,8}", fullmatch=True) | st.sampled_from(
    ["a", "a:b", "b", "b:c", "a:", "a::b", "b:20261130T1600Z"]
)


@given(st.tuples(ids, ids), st.tuples(ids, ids))
def test_no_two_services_share_a_slot_id(one: tuple[str, str], other: tuple[str, str]) -> None:
    start = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)
    assert (slot_id(*one, start) == slot_id(*other, start)) == (one == other)


@given(ids, ids, st.integers(0, 500_000_000))
def test_a_slots_id_says_whose_it_is_for_what_and_when_it_begins(
    doctor: str, service: str, minutes: int
) -> None:
    start = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert slot_named(slot_id(doctor, service, start)) == SlotName(doctor, service, start)


@given(
    st.from_regex(r"[A-Za-z0-9:.#Z-]{0,12}(:20261130T1600Z)?", fullmatch=True)
    | st.sampled_from(
        ["a:b:20261130T160Z", "a:b:20261330T1600Z", "a:b:20261130T1600Z\n", "a:b:２0261130T1600Z"]
    )
)
def test_an_id_that_can_be_read_is_one_that_would_be_written(text: str) -> None:
    named = slot_named(text)
    assert named is None or slot_id(named.profile_id, named.service_id, named.start) == text


@given(zoned_days(), stretches_of_a_day())
def test_each_slot_that_hours_make_is_made_again_of_its_id_alone(
    zoned_day: tuple[str, date], stretches: list[OpenHours]
) -> None:
    zone, day = zoned_day
    schedule = on(day, stretches)
    made = generate(schedule, zone, day).slots
    for slot in made[:: max(1, len(made) // 4)]:
        name = slot_named(slot.slot_id)
        assert name is not None
        found = slot_at(
            name, zone, services=schedule.services, rules=schedule.rules, overrides=schedule.overrides
        )
        assert found == slot
