"""The plan of follow-ups for any visit, zone and night, against a watcher who looks every minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.appointments.follow_ups import FollowUp, plan_follow_ups
from clinic.domain.messages.quiet_hours import QuietHours

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOURS_AFTER = {"follow_up_24h": 24, "follow_up_48h": 48, "follow_up_1week": 7 * 24}
A_DAY, MINUTE = timedelta(hours=24), timedelta(minutes=1)

# By day a patient can always be written to, for two hours at least.
evenings = st.integers(13 * 60, 24 * 60 - 1)
mornings = st.integers(0, 11 * 60)
visits = st.integers(0, 10 * 365 * 24 * 60).map(lambda minutes: BEGIN + minutes * MINUTE)
zones = st.sampled_from(["America/Tijuana", "America/Santiago", "Australia/Lord_Howe"]) | st.sampled_from(
    sorted(iana_time_zones())
)
delays = st.integers(-12 * 60, 9 * 24 * 60).map(lambda minutes: minutes * MINUTE)


def minute_of_day(moment: datetime, zone: str) -> int:
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    wall = moment.replace(tzinfo=None) + offset
    return wall.hour * 60 + wall.minute


@given(visits, delays, st.sets(st.sampled_from(FollowUp), min_size=1), st.tuples(mornings, evenings), zones)
def test_each_is_due_at_its_hour_or_after_the_night_and_of_use_for_a_day_or_until_the_next(
    began: datetime, delay: timedelta, wanted: set[FollowUp], day: tuple[int, int], zone: str
) -> None:
    known_at, (morning, evening) = began + delay, day
    quiet = QuietHours(time(evening // 60, evening % 60), time(morning // 60, morning % 60))
    expected = []
    for kind, hours in HOURS_AFTER.items():
        if kind.removeprefix("follow_up_") in {follow_up.value for follow_up in wanted}:
            due = began + timedelta(hours=hours)
            while not morning <= minute_of_day(due, zone) < evening:
                due += MINUTE
            expected.append((kind, due))
    plan = plan_follow_ups(began, known_at, wanted, quiet, zone)
    assert [(touchpoint.kind, touchpoint.due_at) for touchpoint in plan] == expected
    for number, touchpoint in enumerate(plan):
        later = [due for _, due in expected[number + 1 :]]
        assert touchpoint.useful_until == min([touchpoint.due_at + A_DAY, *later])
        assert touchpoint.useful_until > touchpoint.due_at
        assert touchpoint.missed is (touchpoint.due_at <= known_at)
