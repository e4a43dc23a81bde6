"""Local dates and times in any zone, against the wall clock read digit by digit."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from clinic.contracts.time_zones import iana_time_zones
from clinic.templates.formatting import format_clock, format_day

LANGUAGE = "es_MX"
DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
MONTHS = [
    *("enero", "febrero", "marzo", "abril", "mayo", "junio"),
    *("julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
]
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)

instants = st.timedeltas(timedelta(0), timedelta(days=3650)).map(lambda elapsed: BEGIN + elapsed)
zones = st.sampled_from(sorted(iana_time_zones())) | st.sampled_from(
    ["America/Tijuana", "America/Mexico_City", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Casablanca"]
)


def wall_clock(moment: datetime, zone: str) -> datetime:
    """UTC and the zone's offset, added by hand."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return moment.replace(tzinfo=None) + offset


@given(instants, zones)
@example(datetime(2027, 3, 14, 10, 0, tzinfo=UTC), "America/Tijuana")
@example(datetime(2027, 11, 7, 9, 0, tzinfo=UTC), "America/Tijuana")
@example(datetime(2026, 12, 31, 18, 15, tzinfo=UTC), "Asia/Kathmandu")
def test_a_day_is_the_zones_own(moment: datetime, zone: str) -> None:
    local = wall_clock(moment, zone)
    text = f"{DAYS[local.weekday()]}, {local.day} de {MONTHS[local.month - 1]} de {local.year}"
    assert format_day(moment, zone, LANGUAGE) == text


@given(instants, zones)
@example(datetime(2027, 3, 14, 10, 0, tzinfo=UTC), "America/Tijuana")
@example(datetime(2027, 11, 7, 9, 0, tzinfo=UTC), "America/Tijuana")
@example(datetime(2027, 10, 2, 15, 30, tzinfo=UTC), "Australia/Lord_Howe")
def test_a_time_of_day_is_the_zones_own(moment: datetime, zone: str) -> None:
    local = wall_clock(moment, zone)
    half = "a.m." if local.hour < 12 else "p.m."
    assert format_clock(moment, zone, LANGUAGE) == f"{(local.hour - 1) % 12 + 1}:{local.minute:02} {half}"
