"""The plan against arithmetic on epoch seconds, for any zone, lead time and offsets."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.appointments.reminders import Touchpoint, plan_touchpoints
from clinic.domain.messages.kinds import CONFIRMATION, ReminderOffset

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY = 24 * 60 * 60

# Days on which clocks change, some by half an hour, and zones whose offsets are no whole hours.
AWKWARD_VISITS = [
    ("America/Tijuana", datetime(2027, 3, 14, 12, 0)),  # noqa: DTZ001 - a wall clock, its zone beside it
    ("America/Tijuana", datetime(2027, 3, 15, 1, 30)),  # noqa: DTZ001 - a wall clock
    ("America/Tijuana", datetime(2027, 11, 7, 1, 30)),  # noqa: DTZ001 - a wall clock
    ("America/Tijuana", datetime(2027, 11, 8, 1, 30)),  # noqa: DTZ001 - a wall clock
    ("America/Mexico_City", datetime(2026, 11, 30, 10, 0)),  # noqa: DTZ001 - a wall clock
    ("Asia/Kathmandu", datetime(2027, 1, 1, 0, 15)),  # noqa: DTZ001 - a wall clock
    ("Australia/Lord_Howe", datetime(2027, 4, 4, 2, 0)),  # noqa: DTZ001 - a wall clock
    ("Australia/Lord_Howe", datetime(2027, 10, 3, 9, 0)),  # noqa: DTZ001 - a wall clock
    ("Africa/Casablanca", datetime(2027, 2, 7, 9, 0)),  # noqa: DTZ001 - a wall clock
    ("Pacific/Apia", datetime(2027, 1, 1, 9, 0)),  # noqa: DTZ001 - a wall clock
]

zones = st.sampled_from(sorted(iana_time_zones()))
any_visit = st.datetimes(
    datetime(2026, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2035, 12, 31),  # noqa: DTZ001 - a wall clock
    timezones=zones.map(ZoneInfo),
    allow_imaginary=False,
)
awkward_visit = st.sampled_from([wall.replace(tzinfo=ZoneInfo(zone)) for zone, wall in AWKWARD_VISITS])
visits = any_visit | awkward_visit
lead_seconds = st.integers(1, 300 * DAY) | st.integers(1, 3 * DAY)
offset_lists = st.lists(st.integers(1, 30 * 24 * 60).map(ReminderOffset), max_size=6) | st.sampled_from(
    [[ReminderOffset(1440), ReminderOffset(120)], []]
)


def micros(moment: datetime) -> int:
    """Microseconds since the epoch."""
    return (moment.astimezone(UTC) - EPOCH) // timedelta(microseconds=1)


def plan(visit: datetime, lead: int, offsets: list[ReminderOffset]) -> tuple[int, tuple[Touchpoint, ...]]:
    """The instant of planning in microseconds, and the plan."""
    appointment = visit.astimezone(UTC)
    now = appointment - timedelta(seconds=lead)
    return micros(now), plan_touchpoints(appointment, now, offsets)


@given(visits, lead_seconds, offset_lists)
@example(AWKWARD_VISITS[0][1].replace(tzinfo=ZoneInfo("America/Tijuana")), DAY, [ReminderOffset(1440)])
def test_each_reminder_is_due_its_offset_of_elapsed_time_before_the_visit(
    visit: datetime, lead: int, offsets: list[ReminderOffset]
) -> None:
    _, touchpoints = plan(visit, lead, offsets)
    due = [(t.kind, micros(t.due_at)) for t in touchpoints[1:]]
    minutes = sorted({offset.minutes for offset in offsets}, reverse=True)
    assert due == [(ReminderOffset(m).kind, micros(visit) - m * 60 * 1_000_000) for m in minutes]


@given(visits, lead_seconds, offset_lists)
@example(AWKWARD_VISITS[0][1].replace(tzinfo=ZoneInfo("America/Tijuana")), DAY, [ReminderOffset(1440)])
def test_a_reminder_is_missed_just_if_its_instant_is_not_in_the_future(
    visit: datetime, lead: int, offsets: list[ReminderOffset]
) -> None:
    now, touchpoints = plan(visit, lead, offsets)
    assert not touchpoints[0].missed
    for reminder in touchpoints[1:]:
        assert reminder.missed is (micros(reminder.due_at) <= now)
        assert reminder.missed is (ReminderOffset.parse(reminder.kind[9:]).minutes * 60 >= lead)


@given(visits, lead_seconds, offset_lists)
def test_what_will_be_sent_has_windows_that_follow_each_other_until_the_visit(
    visit: datetime, lead: int, offsets: list[ReminderOffset]
) -> None:
    now, touchpoints = plan(visit, lead, offsets)
    windows = [(micros(t.due_at), micros(t.useful_until)) for t in touchpoints if not t.missed]
    assert windows[0][0] == now - now % 1_000_000  # whole seconds
    assert windows[-1][1] == micros(visit)
    assert all(begin < end for begin, end in windows)
    assert all(end == begin for (_, end), (begin, _) in pairwise(windows))


@given(visits, lead_seconds, offset_lists)
def test_the_confirmation_comes_first_and_once_and_kinds_are_never_repeated(
    visit: datetime, lead: int, offsets: list[ReminderOffset]
) -> None:
    _, touchpoints = plan(visit, lead, offsets)
    kinds = [t.kind for t in touchpoints]
    assert kinds[0] == CONFIRMATION
    assert len(set(kinds)) == len(kinds) == 1 + len(set(offsets))


@given(visits, lead_seconds, offset_lists)
def test_the_order_in_which_offsets_are_given_makes_no_difference(
    visit: datetime, lead: int, offsets: list[ReminderOffset]
) -> None:
    assert plan(visit, lead, offsets) == plan(visit, lead, [*reversed(offsets), *offsets])
