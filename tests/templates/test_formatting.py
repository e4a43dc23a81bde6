"""Dates and times as patients read them."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clinic.templates.formatting import format_clock, format_day

MEXICO_CITY, TIJUANA = "America/Mexico_City", "America/Tijuana"
LANGUAGE = "es_MX"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("instant", "zone", "day", "clock"),
    [
        ("2026-11-30T16:00", MEXICO_CITY, "lunes, 30 de noviembre de 2026", "10:00 a.m."),
        ("2026-11-30T16:00", TIJUANA, "lunes, 30 de noviembre de 2026", "8:00 a.m."),
        ("2026-11-30T18:00", MEXICO_CITY, "lunes, 30 de noviembre de 2026", "12:00 p.m."),
        ("2026-11-30T06:00", MEXICO_CITY, "lunes, 30 de noviembre de 2026", "12:00 a.m."),
        ("2026-11-30T05:59", MEXICO_CITY, "domingo, 29 de noviembre de 2026", "11:59 p.m."),
        ("2026-11-30T06:00", TIJUANA, "domingo, 29 de noviembre de 2026", "10:00 p.m."),
        ("2026-12-01T01:05", MEXICO_CITY, "lunes, 30 de noviembre de 2026", "7:05 p.m."),
        ("2027-01-01T06:00", MEXICO_CITY, "viernes, 1 de enero de 2027", "12:00 a.m."),
        ("2026-12-02T15:30", MEXICO_CITY, "miércoles, 2 de diciembre de 2026", "9:30 a.m."),
        ("2028-02-29T16:00", MEXICO_CITY, "martes, 29 de febrero de 2028", "10:00 a.m."),
    ],
)
def test_a_date_and_time_are_the_clinics(instant: str, zone: str, day: str, clock: str) -> None:
    moment = datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert (format_day(moment, zone, LANGUAGE), format_clock(moment, zone, LANGUAGE)) == (day, clock)


@pytest.mark.parametrize(
    ("instant", "clock"),
    [
        ("2027-03-14T09:59", "1:59 a.m."),  # Tijuana: from 2 to 3 there is nothing
        ("2027-03-14T10:00", "3:00 a.m."),
        ("2027-11-07T08:30", "1:30 a.m."),  # and 1:30 comes twice
        ("2027-11-07T09:30", "1:30 a.m."),
        ("2027-11-07T10:30", "2:30 a.m."),
    ],
)
def test_the_days_the_clocks_change_in_tijuana(instant: str, clock: str) -> None:
    assert format_clock(datetime.fromisoformat(instant).replace(tzinfo=UTC), TIJUANA, LANGUAGE) == clock


def test_mexico_city_has_no_summer_time() -> None:
    in_july = datetime(2027, 7, 1, 16, 0, tzinfo=UTC)
    assert format_clock(in_july, MEXICO_CITY, LANGUAGE) == "10:00 a.m."


def test_only_plain_spaces_are_set() -> None:
    text = format_clock(datetime(2026, 11, 30, 16, 0, tzinfo=UTC), MEXICO_CITY, LANGUAGE)
    assert {character for character in text if character.isspace()} == {" "}


@pytest.mark.parametrize(
    "machine",
    [{"TZ": "Asia/Tokyo"}, {"TZ": "America/New_York", "LC_ALL": "en_US.UTF-8"}, {"LANG": "de_DE.UTF-8"}],
    ids=lambda machine: " ".join(machine.values()),
)
def test_the_machines_zone_and_language_make_no_difference(machine: dict[str, str]) -> None:
    program = (
        "from datetime import UTC, datetime\n"
        "from clinic.templates.formatting import format_clock, format_day\n"
        "moment = datetime(2026, 12, 1, 1, 5, tzinfo=UTC)\n"
        "print(format_day(moment, 'America/Mexico_City', 'es_MX'))\n"
        "print(format_clock(moment, 'America/Mexico_City', 'es_MX'))\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in {"TZ", "LANG", "LC_ALL", "LANGUAGE"}}
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**environment, **machine, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert done.stdout.splitlines() == ["lunes, 30 de noviembre de 2026", "7:05 p.m."]


def test_babel_is_loaded_only_when_something_is_formatted() -> None:
    program = (
        "import sys, clinic.templates.notices; print(any(name.startswith('babel') for name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
