"""Offsets, and the plan they lead to at its edges."""

from datetime import UTC, datetime, timedelta

import pytest

from clinic.domain.appointments.reminders import parse_offsets, plan_touchpoints
from clinic.domain.messages.kinds import ReminderOffset

VISIT = datetime(2026, 12, 2, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "minutes", "label"),
    [
        ("24h", 1440, "24h"),
        ("2h", 120, "2h"),
        ("72h", 4320, "72h"),
        ("3d", 4320, "72h"),
        ("90m", 90, "90m"),
        ("120m", 120, "2h"),
        ("1m", 1, "1m"),
        ("30d", 43200, "720h"),
        ("43199m", 43199, "43199m"),
        (" 24h ", 1440, "24h"),
    ],
)
def test_an_offset_is_known_by_one_label_however_it_is_spelled(text: str, minutes: int, label: str) -> None:
    offset = ReminderOffset.parse(text)
    assert (offset.minutes, offset.label, offset.kind) == (minutes, label, f"reminder_{label}")
    assert offset.duration == timedelta(minutes=minutes)
    assert ReminderOffset.parse(offset.label) == offset


@pytest.mark.parametrize(
    "text",
    [
        "",
        "24",
        "h",
        "0h",
        "-2h",
        "2.5h",
        "2 h",
        "2H",
        "2w",
        "31d",
        "721h",
        "99999m",
        "24h2h",
        "1\u0662h",
        "2h\x00",
    ],
)
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected an offset such as 24h"):
        ReminderOffset.parse(text)


@pytest.mark.parametrize("text", ["24h,2h", "2h,24h", " 2h , 24h ", "2h,1d,24h,120m", "24h,,2h,"])
def test_a_list_of_offsets_is_longest_first_and_holds_each_once(text: str) -> None:
    assert [offset.label for offset in parse_offsets(text)] == ["24h", "2h"]


def test_an_empty_list_means_no_reminders() -> None:
    assert parse_offsets("") == ()
    (confirmation,) = plan_touchpoints(VISIT, VISIT - timedelta(days=9), ())
    assert (confirmation.kind, confirmation.useful_until) == ("confirmation", VISIT)


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=-1)])
def test_nothing_is_planned_for_a_visit_that_has_begun(ahead: timedelta) -> None:
    with pytest.raises(ValueError, match="in the past"):
        plan_touchpoints(VISIT, VISIT - ahead, parse_offsets("24h"))


@pytest.mark.parametrize(
    ("ahead", "missed"),
    [
        (timedelta(hours=24, seconds=1), []),
        (timedelta(hours=24), ["reminder_24h"]),
        (timedelta(hours=2, seconds=1), ["reminder_24h"]),
        (timedelta(hours=2), ["reminder_24h", "reminder_2h"]),
        (timedelta(seconds=1), ["reminder_24h", "reminder_2h"]),
    ],
)
def test_a_reminder_due_when_the_appointment_becomes_known_is_missed(
    ahead: timedelta, missed: list[str]
) -> None:
    plan = plan_touchpoints(VISIT, VISIT - ahead, parse_offsets("24h,2h"))
    assert [touchpoint.kind for touchpoint in plan if touchpoint.missed] == missed


def test_each_message_is_of_use_until_the_next_ones_turn() -> None:
    now = VISIT - timedelta(days=9)
    plan = plan_touchpoints(VISIT, now, parse_offsets("2h,24h,24h"))
    assert [(t.kind, t.due_at, t.useful_until) for t in plan] == [
        ("confirmation", now, VISIT - timedelta(hours=24)),
        ("reminder_24h", VISIT - timedelta(hours=24), VISIT - timedelta(hours=2)),
        ("reminder_2h", VISIT - timedelta(hours=2), VISIT),
    ]
