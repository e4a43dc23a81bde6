"""Reminders that keep quiet hours: pulled earlier, never later, by no more than they must; in any zone."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.appointments.reminders import Touchpoint, plan_touchpoints
from clinic.domain.messages.kinds import ReminderOffset
from clinic.domain.messages.quiet_hours import QuietHours

A_MINUTE = timedelta(minutes=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
visits = st.integers(0, 3 * 365 * 24 * 4).map(lambda quarters: START + quarters * timedelta(minutes=15))
leads = st.integers(1, 10 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
offset_lists = st.lists(st.integers(60, 4 * 24 * 60).map(ReminderOffset), max_size=4, unique=True)
clocks = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
quiet_hours = st.just((time(21), time(8))) | st.tuples(clocks, clocks).filter(
    lambda hours: hours[0] != hours[1]
)
zones = st.sampled_from(sorted(iana_time_zones()))


def is_quiet(instant: datetime, zone: str, hours: tuple[time, time]) -> bool:
    """By the clock on the wall, in minutes of the day."""
    local = instant.astimezone(ZoneInfo(zone))
    begin, end = (clock.hour * 60 + clock.minute for clock in hours)
    return (local.hour * 60 + local.minute - begin) % 1440 < (end - begin) % 1440


def plan(
    visit: datetime, lead: timedelta, offsets: list[ReminderOffset], zone: str, hours: tuple[time, time]
) -> tuple[Touchpoint, ...]:
    quiet = QuietHours(*hours)
    return plan_touchpoints(visit, visit - lead, offsets, lambda due: quiet.last_allowed(due, zone))


@given(visits, leads, offset_lists, zones, quiet_hours)
def test_each_is_due_at_its_offset_or_at_the_last_minute_before_that_is_not_quiet(
    visit: datetime, lead: timedelta, offsets: list[ReminderOffset], zone: str, hours: tuple[time, time]
) -> None:
    reminders = plan(visit, lead, offsets, zone, hours)[1:]
    for offset, reminder in zip(sorted(offsets, reverse=True), reminders, strict=True):
        due = visit - offset.duration
        while is_quiet(due, zone, hours):
            due -= A_MINUTE
        assert reminder.due_at == due
        assert reminder.missed is (due <= visit - lead)


@given(visits, leads, offset_lists, zones, quiet_hours)
def test_their_order_is_kept_and_each_is_of_use_until_the_next_ones_turn(
    visit: datetime, lead: timedelta, offsets: list[ReminderOffset], zone: str, hours: tuple[time, time]
) -> None:
    touchpoints = plan(visit, lead, offsets, zone, hours)
    assert all(first.due_at <= second.due_at for first, second in pairwise(touchpoints[1:]))
    coming = [touchpoint for touchpoint in touchpoints if not touchpoint.missed]
    assert [t.useful_until for t in coming] == [*[t.due_at for t in coming[1:]], visit]
