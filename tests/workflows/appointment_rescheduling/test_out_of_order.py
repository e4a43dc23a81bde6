"""Other events of the new reservation may come before its rescheduling: the end is the same."""

from datetime import timedelta

import pytest

from tests.fakes.appointments.moving import SECOND
from tests.fakes.examples import NOW
from tests.workflows.moving import ENDED, MOVED, moving_stack

A_DAY_LATER = NOW + timedelta(days=1)
SOON_AFTER = A_DAY_LATER + timedelta(minutes=1)


def test_booked_by_its_own_event_first_it_is_confirmed_once_and_the_old_one_ends() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, lambda: clinic.book(SECOND, "r-18"))
        clinic.at(SOON_AFTER, clinic.move)
        clinic.stack.run_until_idle()
        assert clinic.outputs() == [{**MOVED, "outcome": "already_booked", "patientNotified": False}]
        assert clinic.templates() == [
            "appointment_confirmed",
            "appointment_confirmed",
            "appointment_reminder_24h",
            "appointment_reminder_2h",
        ]
        assert clinic.intents("r-17") == ENDED
        assert clinic.holders() == [set(), {"r-18"}, set()]


def test_booked_by_its_own_event_afterwards_it_is_not_confirmed_again() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, clinic.move)
        clinic.at(SOON_AFTER, lambda: clinic.book(SECOND, "r-18"))
        clinic.stack.run_until_idle()
        assert clinic.outputs() == [MOVED]
        assert clinic.templates().count("appointment_confirmed") == 1
        assert clinic.templates().count("appointment_reminder_24h") == 1


@pytest.mark.parametrize("is_first", [True, False], ids=["cancelled first", "cancelled afterwards"])
def test_cancelled_neither_stands_and_the_patient_knows(is_first: bool) -> None:
    with moving_stack() as clinic:
        clinic.book()
        actions = [lambda: clinic.put("reservation/cancelled", {"reservationId": "r-18"}), clinic.move]
        for moment, action in zip((A_DAY_LATER, SOON_AFTER), actions[:: 1 if is_first else -1], strict=True):
            clinic.at(moment, action)
        clinic.stack.run_until_idle()
        assert (clinic.status("r-17"), clinic.status("r-18")) == ("rescheduled", "cancelled")
        assert clinic.holders() == [set(), set(), set()]
        assert clinic.templates().count("appointment_cancelled") == 1
        assert "appointment_reminder_24h" not in clinic.templates()
        outcome = "new_reservation_closed" if is_first else "rescheduled"
        assert clinic.outcomes() == [outcome]


def test_an_older_rescheduling_that_comes_late_moves_nothing_back() -> None:
    with moving_stack(faults={"events": [{"line": 2, "late": "3h"}]}) as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, lambda: clinic.move_in_line(2, SECOND))
        clinic.at(SOON_AFTER, lambda: clinic.move_in_line(3))
        clinic.stack.run_until_idle()
        assert clinic.outcomes() == ["rescheduled", "stale_event"]
        assert clinic.holders() == [set(), set(), {"r-17"}]


def test_the_old_reservation_was_cancelled_before() -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(A_DAY_LATER, lambda: clinic.put("reservation/cancelled", {"reservationId": "r-17"}))
        clinic.at(SOON_AFTER, clinic.move)
        clinic.stack.run_until_idle()
        assert clinic.outcomes() == ["ReservationClosedError"]
        assert clinic.holders() == [set(), set(), set()]
        assert clinic.status("r-18") is None
        assert clinic.templates() == ["appointment_confirmed", "appointment_cancelled"]
