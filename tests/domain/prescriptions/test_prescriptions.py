"""A prescription by itself: its batches, the id it gets where it has none, and what an event means to it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count, islice
from typing import Any

import pytest

from clinic.domain.appointments.reservation import EventOrder
from clinic.domain.prescriptions.prescription import (
    MOST_IN_A_BATCH,
    Dose,
    Prescribed,
    Prescription,
    classify,
    derived_id,
    next_batch,
)
from clinic.domain.prescriptions.regimens import Regimen
from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescribed, regimens

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HORIZON = NOW + 180 * DAY


def every(step: timedelta) -> Iterator[datetime]:
    return (NOW + number * step for number in count())


def regimen(**changes: Any) -> Regimen:
    return regimens().regimen(prescribed(**changes).detail)


def test_a_batch_holds_ninety_doses_and_says_how_far_it_goes() -> None:
    batch = next_batch(every(8 * HOUR), HORIZON)
    assert [dose.due_at for dose in batch.doses] == list(islice(every(8 * HOUR), MOST_IN_A_BATCH))
    assert batch.until == batch.doses[-1].due_at


def test_none_is_due_after_the_horizon_and_one_on_it_is_planned() -> None:
    batch = next_batch(every(2 * DAY), NOW + 10 * DAY)
    assert [dose.due_at for dose in batch.doses] == list(islice(every(2 * DAY), 6))
    assert batch.until == NOW + 10 * DAY


def test_of_none_at_all_nothing_is_left() -> None:
    batch = next_batch(iter(()), HORIZON)
    assert (batch.doses, batch.until) == ((), HORIZON)


def test_a_reminder_is_of_use_for_an_hour_at_most_until_the_next_dose() -> None:
    instants = [NOW, NOW + HOUR / 2, NOW + 3 * HOUR]
    assert next_batch(iter(instants), HORIZON).doses == (
        Dose(NOW, NOW + HOUR / 2),
        Dose(NOW + HOUR / 2, NOW + HOUR * 3 / 2),
        Dose(NOW + 3 * HOUR, NOW + 4 * HOUR),
    )


def test_also_where_the_next_dose_is_in_the_next_batch() -> None:
    batch = next_batch(every(HOUR / 3), HORIZON)
    assert batch.doses[-1].useful_until == batch.doses[-1].due_at + HOUR / 3


SAME_PRESCRIPTION: list[dict[str, Any]] = [
    {"patientPhone": "+52 1 55 0000 0001"},
    {"frequency": "q8h"},
    {"medicationName": "PARACETAMOL"},
    {"duration": 20},
    {"instructions": "En ayunas"},
    {"patientName": "paciente  EJÉMPLO"},
]
ANOTHER: list[dict[str, Any]] = [
    {"patientPhone": "+52 55 0000 0002"},
    {"patientName": "Hermana Ejemplo"},
    {"frequency": "q6h"},
    {"medicationName": "Ibuprofeno"},
    {"dosage": "2 tabletas"},
    {"startDate": "2026-11-24"},
]


@pytest.mark.parametrize("changes", SAME_PRESCRIPTION, ids=lambda changes: next(iter(changes)))
def test_the_same_for_the_same_person_has_the_same_id(changes: dict[str, Any]) -> None:
    assert derived_id(regimen(**changes)) == derived_id(regimen())


@pytest.mark.parametrize("changes", ANOTHER, ids=lambda changes: next(iter(changes)))
def test_another_prescription_has_another_id(changes: dict[str, Any]) -> None:
    assert derived_id(regimen(**changes)) != derived_id(regimen())


def test_what_an_event_means_depends_on_what_it_says_and_on_which_is_newer() -> None:
    now = EventOrder(NOW, "e-1")
    older, newer = EventOrder(NOW - HOUR, "e-0"), EventOrder(NOW + HOUR, "e-2")
    known = Prescription.first("p-17", regimen(), now, NOW)
    other = regimen(dosage="2 tabletas")
    stopped = known.stopped(None, now, NOW)
    placeholder = Prescription.placeholder("p-17", None, now, NOW)
    assert classify(None, regimen(), now) is Prescribed.NEW
    for order in (older, now, newer):
        assert classify(known, regimen(), order) is Prescribed.SAME
    assert classify(known, other, older) is Prescribed.STALE
    assert classify(known, other, newer) is Prescribed.CHANGED
    assert classify(known, other, EventOrder(NOW, "e-3")) is Prescribed.CHANGED
    assert classify(known, other, now) is Prescribed.STALE
    assert classify(stopped, regimen(), older) is Prescribed.STOPPED
    assert classify(stopped, regimen(), newer) is Prescribed.RESUMED
    assert classify(placeholder, regimen(), older) is Prescribed.STOPPED
    assert classify(placeholder, regimen(), newer) is Prescribed.NEW


def test_where_it_was_prescribed_changes_no_dose() -> None:
    assert replace(regimen(), reservation_id="r-17", profile_id="dr-1", clinic_id="main") == regimen()


THREE_DAYS: dict[str, Any] = {"frequency": "1 vez al día", "startDate": "2026-11-23", "duration": 3}


def waiting(prescription: Prescription) -> list[str]:
    return [f"{due_at:%d %H}" for due_at in prescription.waiting()]


def test_a_course_that_has_begun_keeps_its_end_when_another_word_is_said_on_it() -> None:
    order, later = EventOrder(NOW, "e-1"), EventOrder(NOW + 26 * HOUR, "e-2")
    known = Prescription.first("p-17", regimen(**THREE_DAYS), order, NOW)  # an hour after eight
    assert waiting(known) == ["24 14", "25 14", "26 14"]
    corrected = known.changed(regimen(**THREE_DAYS, dosage="2 tabletas"), later, NOW)
    assert waiting(corrected) == ["25 14", "26 14"]
    twice = known.changed(regimen(**{**THREE_DAYS, "frequency": "8:00 y 9:30"}), later, NOW)
    assert waiting(twice) == ["25 14", "25 15", "26 14"]


def test_another_start_is_another_course() -> None:
    order, later = EventOrder(NOW, "e-1"), EventOrder(NOW + 26 * HOUR, "e-2")
    known = Prescription.first("p-17", regimen(**THREE_DAYS), order, NOW)
    again = known.changed(regimen(**{**THREE_DAYS, "startDate": "2026-11-24"}), later, NOW)
    assert waiting(again) == ["25 14", "26 14", "27 14"]
    assert again.has_doses
