"""Quiet hours in any zone, around any change of its clock, against somebody who looks at it every minute."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.domain.messages.quiet_hours import QuietHours

BEGIN, END = datetime(2010, 1, 1, tzinfo=UTC), datetime(2037, 1, 1, tzinfo=UTC)
MINUTE, HALF_A_DAY = timedelta(minutes=1), timedelta(hours=12)
CHANGING = (
    *("America/Tijuana", "America/Santiago", "Australia/Lord_Howe", "Africa/Casablanca"),
    *("Antarctica/Troll", "Pacific/Apia", "America/Caracas", "Asia/Pyongyang", "Europe/London"),
)

zones = st.sampled_from(CHANGING) | st.sampled_from(sorted(iana_time_zones()))
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))


@st.composite
def quiet_hours(draw: st.DrawFn) -> QuietHours:
    begin = draw(clocks)
    return QuietHours(begin, draw(clocks.filter(lambda end: end != begin)))


def changes(zone: str) -> list[datetime]:
    """The half days in which the zone's clock changes, by looking at it twice a day."""
    found = []
    day = BEGIN
    while day < END:
        if (
            day.astimezone(ZoneInfo(zone)).utcoffset()
            != (day + HALF_A_DAY).astimezone(ZoneInfo(zone)).utcoffset()
        ):
            found.append(day)
        day += HALF_A_DAY
    return found


CHANGES = {zone: changes(zone) for zone in CHANGING}


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, str]:
    """An instant and a zone; half of the time within two days of a change of its clock."""
    zone = draw(zones)
    near = CHANGES.get(zone)
    if near and draw(st.booleans()):
        start = draw(st.sampled_from(near))
        seconds = draw(st.integers(-24 * 3600, 36 * 3600))
        return start + timedelta(seconds=seconds), zone
    return draw(st.timedeltas(timedelta(days=1), END - BEGIN).map(lambda elapsed: BEGIN + elapsed)), zone


def is_quiet(hours: QuietHours, moment: datetime, zone: str) -> bool:
    """Whether somebody who looks at the wall's clock then finds it quiet."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    clock = (moment.replace(tzinfo=None) + offset).time()
    if hours.begin < hours.end:
        return hours.begin <= clock < hours.end
    return not hours.end <= clock < hours.begin


def walk(hours: QuietHours, moment: datetime, zone: str, step: timedelta) -> datetime:
    """Look at the clock minute by minute until it isn't quiet any more."""
    while is_quiet(hours, moment, zone):
        moment = moment.replace(second=0, microsecond=0) + step
    return moment


@given(quiet_hours(), moments())
def test_it_is_quiet_when_the_wall_says_so(hours: QuietHours, moment: tuple[datetime, str]) -> None:
    assert hours.contain(*moment) is is_quiet(hours, *moment)


@given(quiet_hours(), moments())
@example(QuietHours(time(21), time(1, 30)), (datetime(2026, 11, 1, 9, 10, tzinfo=UTC), "America/Tijuana"))
@example(QuietHours(time(21), time(2, 30)), (datetime(2027, 3, 14, 9, 50, tzinfo=UTC), "America/Tijuana"))
@example(QuietHours(time(0, 30), time(0)), (datetime(2026, 4, 5, 3, 40, tzinfo=UTC), "America/Santiago"))
def test_the_next_allowed_minute_is_the_first_that_a_watcher_finds(
    hours: QuietHours, moment: tuple[datetime, str]
) -> None:
    assert hours.next_allowed(*moment) == walk(hours, *moment, MINUTE)


@given(quiet_hours(), moments())
@example(QuietHours(time(1, 30), time(8)), (datetime(2026, 11, 1, 9, 45, tzinfo=UTC), "America/Tijuana"))
@example(QuietHours(time(2, 30), time(8)), (datetime(2027, 3, 14, 10, 0, tzinfo=UTC), "America/Tijuana"))
def test_the_last_allowed_minute_is_the_first_that_a_watcher_finds_looking_back(
    hours: QuietHours, moment: tuple[datetime, str]
) -> None:
    instant, zone = moment
    expected = instant
    if is_quiet(hours, instant, zone):
        minute = instant.replace(second=0, microsecond=0)
        expected = walk(hours, minute, zone, -MINUTE)
    assert hours.last_allowed(instant, zone) == expected
