"""Schedules in the words of a clinic: each dose at its instant, in the patient's zone."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.workflows.prescribing import EIGHT_HOURLY, PrescriptionsStack, prescriptions_stack

MEXICO = "America/Mexico_City"


def on_the_wall(instants: list[datetime], zone: str = MEXICO) -> list[str]:
    """Day and clock where the patient lives."""
    return [instant.astimezone(ZoneInfo(zone)).strftime("%d %H:%M") for instant in instants]


@pytest.mark.parametrize(
    ("changes", "wall"),
    [
        ({"frequency": "c/8 hrs", "duration": 1}, ["24 08:00", "24 16:00", "25 00:00"]),
        ({"frequency": "TID", "duration": "1 día"}, ["24 08:00", "24 14:00", "24 20:00"]),
        ({"frequency": "3 veces al día", "duration": 1}, ["24 08:00", "24 14:00", "24 20:00"]),
        ({"frequency": "twice a day", "duration": 1}, ["24 08:00", "24 20:00"]),
        ({"frequency": "8:30 am y 9 pm", "duration": 1}, ["24 08:30", "24 21:00"]),
        ({"frequency": ["07:15", "23:45"], "duration": 1}, ["24 07:15", "24 23:45"]),
        ({"frequency": "diario", "duration": "hasta el 2026-11-26"}, ["24 08:00", "25 08:00", "26 08:00"]),
        (
            {"frequency": "q12h", "duration": 1, "startDate": "2026-11-24T21:30"},
            ["24 21:30", "25 09:30"],
        ),
        (
            {"frequency": "every 24 hours", "duration": 2, "startDate": "2026-11-24T12:00:00-06:00"},
            ["24 12:00", "25 12:00"],
        ),
    ],
    ids=lambda value: str(value.get("frequency")) if isinstance(value, dict) else "",
)
def test_the_patient_is_reminded_at_these_times(
    prescribing: PrescriptionsStack, changes: dict[str, Any], wall: list[str]
) -> None:
    prescribing.prescribe(**{"startDate": "2026-11-24", **changes})
    prescribing.stack.run_until_idle()
    assert on_the_wall(prescribing.reminded_at()) == wall
    (run,) = prescribing.dose_runs()
    assert (run.status, run.output["planned"]) == ("SUCCEEDED", len(wall))


def test_what_the_patient_reads(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(duration=1, instructions="En ayunas\ncon un vaso de agua")
    prescribing.prescribe(prescriptionId="p-18", duration=1)
    prescribing.stack.run_until_idle()
    texts = {message.text for message in prescribing.messages}
    begin = (
        "Hola, Paciente Ejemplo. Es hora de su medicamento.\n\n"
        "Medicamento: Paracetamol\nDosis: 1 tableta de 500 mg\nIndicaciones: "
    )
    end = "\n\nSi tiene dudas sobre su tratamiento, consulte a su médico antes de cambiarlo o suspenderlo."
    assert texts == {
        f"{begin}En ayunas · con un vaso de agua{end}",
        f"{begin}Siga las indicaciones de su médico{end}",
    }


@pytest.mark.parametrize(
    ("frequency", "wall"),
    [
        ("8 am y 8 pm", ["13 08:00", "13 20:00", "14 08:00", "14 20:00", "15 08:00", "15 20:00"]),
        ("cada 12 horas", ["13 08:00", "13 20:00", "14 09:00", "14 21:00", "15 09:00", "15 21:00"]),
    ],
)
def test_when_clocks_change_wall_times_stay_and_intervals_stay_intervals(
    frequency: str, wall: list[str]
) -> None:
    # New York sets its clocks forward on Sunday 14 March 2027 at two in the morning.
    zone = "America/New_York"
    with prescriptions_stack(datetime.fromisoformat("2027-03-12T15:00:00+00:00")) as prescribing:
        prescribing.prescribe(frequency=frequency, startDate="2027-03-13", timezone=zone)
        prescribing.stack.run_until_idle()
        assert on_the_wall(prescribing.reminded_at(), zone) == wall


def test_of_a_schedule_that_has_begun_only_what_lies_ahead_is_sent(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe()
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY
    assert set(prescribing.doses().values()) == {"sent"}
    assert prescribing.outcomes() == ["planned"]


def test_with_nothing_ahead_the_run_says_so(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(startDate="2026-11-01")
    prescribing.stack.run_until_idle()
    (run,) = prescribing.dose_runs()
    assert (run.status, run.output["outcome"], run.output["planned"]) == ("SUCCEEDED", "nothing_ahead", 0)
    assert prescribing.doses() == {}


def test_the_first_dose_of_one_that_begins_now_is_not_lost(prescribing: PrescriptionsStack) -> None:
    now = prescribing.stack.clock.now()
    prescribing.prescribe(startDate=now.isoformat(), duration=1)
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == [now + timedelta(hours=hours) for hours in (0, 8, 16)]


def test_a_course_has_all_its_doses_whatever_time_of_day_it_comes_or_starts(
    prescribing: PrescriptionsStack,
) -> None:
    daily = {"frequency": "1 vez al día", "duration": 3}
    prescribing.prescribe(prescriptionId="p-1", startDate="2026-11-23", **daily)  # an hour after eight
    prescribing.prescribe(prescriptionId="p-2", startDate="2026-11-23T09:30", duration=1, frequency="QID")
    prescribing.prescribe(prescriptionId="p-3", startDate="2026-11-23T09:30", **{**daily, "duration": 1})
    prescribing.stack.run_until_idle()
    assert {
        name: list(prescribing.doses(f"prescription#{name}").values()) for name in ("p-1", "p-2", "p-3")
    } == {
        "p-1": ["sent"] * 3,
        "p-2": ["sent"] * 4,
        "p-3": ["sent"],
    }
    assert on_the_wall(prescribing.reminded_at())[:2] == ["23 09:30", "23 12:00"]


def test_nights_are_no_reason_to_move_a_dose(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(frequency="03:00", startDate="2026-11-24", duration=2)
    prescribing.stack.run_until_idle()
    assert on_the_wall(prescribing.reminded_at()) == ["24 03:00", "25 03:00"]
