"""However often a rescheduling is announced, the visit moves once and the patient reads of it once."""

from datetime import timedelta
from typing import Any

import pytest

from tests.fakes.appointments.moving import rescheduled
from tests.fakes.examples import NOW
from tests.workflows.moving import ENDED, MOVED, MovingStack, moving_stack

A_DAY_LATER = NOW + timedelta(days=1)
FOUR = [
    "appointment_confirmed",
    "appointment_rescheduled",
    "appointment_reminder_24h",
    "appointment_reminder_2h",
]
AGAIN: dict[str, Any] = {**MOVED, "outcome": "already_rescheduled", "patientNotified": False}


def it_moved_once(clinic: MovingStack) -> None:
    assert clinic.templates() == FOUR
    assert clinic.intents("r-17") == ENDED
    assert clinic.holders() == [set(), {"r-18"}, set()]
    assert set(clinic.statuses()) <= {"SUCCEEDED", "ABORTED"}
    (_,) = clinic.stack.items("StatisticsTable")


def test_one_event_delivered_three_times() -> None:
    with moving_stack(faults={"events": [{"line": 2, "delivered": 3}]}) as clinic:
        clinic.book()
        event = ("appointment/rescheduled", rescheduled())
        clinic.at(A_DAY_LATER, lambda: clinic.stack.publish(*event, line=2))
        clinic.stack.run_until_idle()
        it_moved_once(clinic)
        assert sorted(clinic.outcomes()) == ["already_rescheduled", "already_rescheduled", "rescheduled"]


@pytest.mark.parametrize("hours", [0, 5])
def test_another_event_for_the_same_two(hours: int) -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.at(A_DAY_LATER + timedelta(hours=hours), clinic.move)
        clinic.stack.run_until_idle()
        it_moved_once(clinic)
        first, second = clinic.outputs()
        assert (first, second["outcome"]) == (MOVED, "already_rescheduled")
        assert hours == 0 or second == AGAIN
