"""A tapering: several prescriptions of one id, each a phase of it."""

from datetime import date, datetime, time, timedelta
from itertools import permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinic.domain.messages.intent import IntentStatus
from clinic.services.prescriptions.prescribing import Prescribing, PrescriptionOutcome
from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import (
    MemoryPrescriptions,
    continued,
    ended,
    prescribed,
    regimens,
)

HOUR = timedelta(hours=1)
ZONE = ZoneInfo("America/Mexico_City")
Taken = list[tuple[str, str]]


def phase(dosage: str, start: str, days: int, frequency: str = "08:00", **changes: Any) -> dict[str, Any]:
    return {"dosage": dosage, "startDate": start, "duration": days, "frequency": frequency, **changes}


FORTY, TWENTY = phase("40 mg", "2026-11-24", 3), phase("20 mg", "2026-11-27", 2)
BOTH: Taken = [
    *(("24 08:00", "40 mg"), ("25 08:00", "40 mg"), ("26 08:00", "40 mg")),
    *(("27 08:00", "20 mg"), ("28 08:00", "20 mg")),
]


def published(*phases: dict[str, Any], apart: timedelta = timedelta(0)) -> MemoryPrescriptions:
    """What is stored once these have been published in this order."""
    stored = MemoryPrescriptions()
    for number, changes in enumerate(phases):
        at = NOW + number * apart
        Prescribing(stored, regimens()).create(prescribed(f"e-{number}", at, **changes), f"run-{number}", at)
    return stored


def taken(stored: MemoryPrescriptions) -> Taken:
    """What is still planned: when, and how much."""
    left = [dose for dose in stored.doses("p-17") if dose.status is IntentStatus.PLANNED]
    return [
        (f"{dose.due_at.astimezone(ZONE):%d %H:%M}", dose.parameters["dosage"])
        for dose in sorted(left, key=lambda dose: dose.due_at)
    ]


@pytest.mark.parametrize("apart", [timedelta(0), HOUR])
def test_doses_of_both_phases_are_kept(apart: timedelta) -> None:
    assert taken(published(FORTY, TWENTY, apart=apart)) == BOTH
    assert taken(published(TWENTY, FORTY, apart=apart)) == BOTH


def test_a_phase_published_again_changes_nothing() -> None:
    stored = published(FORTY, TWENTY)
    for number, changes in enumerate((FORTY, TWENTY, FORTY)):
        again = prescribed(f"e-again-{number}", NOW + HOUR, **changes)
        plan = Prescribing(stored, regimens()).create(again, "run-9", NOW + HOUR)
        assert plan.outcome is PrescriptionOutcome.ALREADY_PLANNED
    assert taken(stored) == BOTH


@pytest.mark.parametrize(
    ("correction", "expected"),
    [
        (phase("30 mg", "2026-11-24", 3), [(at, dose.replace("40", "30")) for at, dose in BOTH]),
        (phase("10 mg", "2026-11-27", 1), [*BOTH[:3], ("27 08:00", "10 mg")]),
        # The same dosage and frequency at another time: that phase has moved.
        (phase("20 mg", "2026-12-01", 1), [*BOTH[:3], ("01 08:00", "20 mg")]),
        (
            phase("30 mg", "2026-11-26", 3),
            [("26 08:00", "30 mg"), ("27 08:00", "30 mg"), ("28 08:00", "30 mg")],
        ),
        (phase("40 mg", "2026-11-24", 1, medicationName="Otro"), [("24 08:00", "40 mg")]),
    ],
    ids=["the first phase", "the second", "one that moves", "one that meets both", "another medicine"],
)
def test_a_correction_takes_the_place_of_what_it_corrects(
    correction: dict[str, Any], expected: Taken
) -> None:
    assert taken(published(FORTY, TWENTY, correction, apart=HOUR)) == expected


def test_a_later_phase_begins_when_the_one_before_is_over() -> None:
    # Prescribed an hour after eight: the first phase has its third dose on the 26th.
    stored = published(phase("40 mg", "2026-11-23", 3), phase("20 mg", "2026-11-26", 2))
    assert taken(stored) == [
        *(("24 08:00", "40 mg"), ("25 08:00", "40 mg"), ("26 08:00", "40 mg")),
        *(("27 08:00", "20 mg"), ("28 08:00", "20 mg")),
    ]


def test_a_stop_ends_all_phases_and_a_new_word_takes_up_what_it_says_alone() -> None:
    stored = published(FORTY, TWENTY)
    Prescribing(stored, regimens()).stop(ended(at=NOW + HOUR), NOW + HOUR)
    assert taken(stored) == []
    later = NOW + 2 * HOUR
    Prescribing(stored, regimens()).create(prescribed("e-3", later, **TWENTY), "run-3", later)
    assert taken(stored) == BOTH[3:]


def test_phases_go_from_run_to_run_with_their_own_dosage() -> None:
    stored = published(
        phase("40 mg", "2026-11-24", 3, "cada hora"), phase("20 mg", "2026-11-27", 3, "cada 2 horas")
    )
    prescribing = Prescribing(stored, regimens())
    known = stored.prescription("p-17")
    assert known is not None
    until = known.planned_until
    assert until is not None
    prescribing.go_on(continued(until, version=known.version), "run-8", until)
    # Of the first version nothing is planned any more, of the second all: 72 and 36 doses.
    assert [dosage for _, dosage in taken(stored)] == ["40 mg"] * 72 + ["20 mg"] * 36


steps = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2), st.integers(1, 3)), min_size=2, max_size=4)


@settings(max_examples=40)
@given(steps, st.integers(0, 23), st.booleans())
def test_phases_in_any_order_are_their_dates_one_after_the_other(
    found: list[tuple[int, int, int]], order: int, has_one_frequency: bool
) -> None:
    day, events, expected = date(2026, 11, 24), [], []
    for number, (days, gap, times) in enumerate(found):
        clocks = [time(8), time(14), time(20)][: 1 if has_one_frequency else times]
        dosage = f"{40 - number} mg"
        events.append(phase(dosage, day.isoformat(), days, ", ".join(f"{clock:%H:%M}" for clock in clocks)))
        for _ in range(days):
            expected += [(f"{datetime.combine(day, clock):%d %H:%M}", dosage) for clock in clocks]
            day += timedelta(days=1)
        day += timedelta(days=gap)
    orders = list(permutations(events))
    assert taken(published(*orders[order % len(orders)])) == expected
