"""Instants as text."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinic.domain.instants import ceil_to_second, from_text, to_sortable_text, to_text

NOON = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def test_an_instant_is_written_in_utc_with_z() -> None:
    in_mexico = datetime(2026, 11, 30, 6, 0, tzinfo=timezone(timedelta(hours=-6)))
    assert to_text(in_mexico) == "2026-11-30T12:00:00Z"


def test_fractions_are_written_only_where_there_are_any() -> None:
    assert to_text(NOON + timedelta(milliseconds=250)) == "2026-11-30T12:00:00.250000Z"


@pytest.mark.parametrize("write", [to_text, to_sortable_text])
def test_an_instant_without_a_zone_is_not_written(write: Callable[[datetime], str]) -> None:
    with pytest.raises(ValueError, match="time zone"):
        write(NOON.replace(tzinfo=None))


ZONES = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
# Many within one second, where the two forms of `to_text` meet.
CLOSE = st.builds(
    lambda microseconds, zone: (NOON + timedelta(microseconds=microseconds)).astimezone(zone),
    st.one_of(st.integers(-2, 2), st.integers(-2_000_000, 2_000_000)),
    ZONES,
)
FAR = st.datetimes(datetime(1970, 1, 2), datetime(9998, 1, 1), timezones=ZONES)  # noqa: DTZ001 - as it asks


@given(st.lists(st.one_of(CLOSE, FAR), min_size=2))
def test_as_sortable_text_instants_sort_by_time_and_read_back(instants: list[datetime]) -> None:
    written = {to_sortable_text(instant): instant for instant in instants}
    assert [written[text] for text in sorted(written)] == sorted(set(instants))
    assert all(from_text(text) == instant for text, instant in written.items())


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-30T12:00:00Z",
        "2026-11-30T12:00:00.000Z",
        "2026-11-30T12:00Z",
        "2026-11-30T12:00:00+00:00",
        "2026-11-30T06:00:00-06:00",
        "2026-11-30T04:00:00-0800",
    ],
)
def test_every_iso_form_with_an_offset_is_read_as_the_same_instant(text: str) -> None:
    instant = from_text(text)
    assert (instant, instant.tzinfo) == (NOON, UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mañana",
        "2026-11-30",
        "2026-11-30T12:00:00",
        "2026-11-31T12:00:00Z",
        "30/11/2026 12:00",
        "1796040000",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"instant|isoformat|day"):
        from_text(text)


@pytest.mark.parametrize(
    ("after_noon", "whole_seconds"),
    [
        (timedelta(0), 0),
        (timedelta(microseconds=1), 1),
        (timedelta(milliseconds=999), 1),
        (timedelta(1), 86400),
    ],
)
def test_rounding_up_never_names_an_earlier_second(after_noon: timedelta, whole_seconds: int) -> None:
    assert ceil_to_second(NOON + after_noon) == NOON + timedelta(seconds=whole_seconds)
