"""A step's process dies: the patient has the old place or the new one, and reads one message."""

import pytest

from tests.fakes.examples import NOW
from tests.workflows.moving import ENDED, MOVED, MovingStack, dies, moving_stack

STEPS = ["RescheduleAppointment", "StartReminders", "StopReminders", "RecordRescheduling", "SendNotice"]
FOUR = [
    "appointment_confirmed",
    "appointment_rescheduled",
    "appointment_reminder_24h",
    "appointment_reminder_2h",
]


def move_after_booking(clinic: MovingStack) -> None:
    clinic.book()
    clinic.at(NOW.replace(hour=16), clinic.move)
    clinic.stack.run_until_idle()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_around_its_effect_the_step_is_repeated_and_the_end_is_the_same(step: str, when: str) -> None:
    with moving_stack(faults=dies(step, when)) as clinic:
        move_after_booking(clinic)
        assert clinic.templates() == FOUR
        (output,) = clinic.outputs()
        is_repeated = (step, when) == ("RescheduleAppointment", "after")
        assert output == {**MOVED, "outcome": "already_rescheduled" if is_repeated else "rescheduled"}
        assert clinic.intents("r-17") == ENDED
        assert set(clinic.intents("r-18").values()) == {"sent"}
        assert clinic.holders() == [set(), {"r-18"}, set()]
        (row,) = clinic.stack.items("StatisticsTable")
        assert row["values"]["M"]["outcome"] == {"S": "rescheduled"}
        assert clinic.stack.unused_faults() == []


def test_a_message_that_never_left_goes_out_a_little_late() -> None:
    with moving_stack(faults=dies("SendNotice", "before_request")) as clinic:
        move_after_booking(clinic)
        assert clinic.intents("r-18")["v1 rescheduling"] == "sent"
        assert clinic.templates() == FOUR
        assert clinic.outputs() == [MOVED]


def test_a_rescheduling_that_cannot_be_made_fails_the_run_and_leaves_the_old_visit_whole() -> None:
    with moving_stack(faults=dies("RescheduleAppointment", "before", times=3)) as clinic:
        move_after_booking(clinic)
        assert clinic.outputs() == ["Runtime.ExitError"]
        assert clinic.holders() == [{"r-17"}, set(), set()]
        assert set(clinic.intents("r-17").values()) == {"sent"}
        assert "appointment_rescheduled" not in clinic.templates()


def test_old_runs_that_cannot_be_stopped_find_nothing_to_send() -> None:
    with moving_stack(faults=dies("StopReminders", "before", times=3)) as clinic:
        move_after_booking(clinic)
        assert clinic.outputs() == [MOVED]
        assert clinic.templates() == FOUR
        assert clinic.reminder_runs() == ["SUCCEEDED", "SUCCEEDED"]
