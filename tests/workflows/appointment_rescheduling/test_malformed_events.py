"""A rescheduling that cannot be fails at its first step, names the field, and moves nothing."""

from datetime import timedelta
from typing import Any

import pytest

from clinic.contracts.workflows import APPOINTMENT_RESCHEDULING
from clinic.domain.instants import to_text
from tests.fakes.appointments.moving import THIRD
from tests.fakes.examples import NOW
from tests.workflows.moving import moving_stack


@pytest.mark.parametrize(
    ("changes", "error", "named"),
    [
        ({"newAppointmentTime": "mañana"}, "InvalidEventError", "newAppointmentTime"),
        ({"newAppointmentTime": None}, "InvalidEventError", "newAppointmentTime: is missing"),
        (
            {"newAppointmentTime": to_text(THIRD)},
            "InvalidEventError",
            "newAppointmentTime: expected",
        ),
        (
            {"newAppointmentTime": to_text(NOW - timedelta(days=1)), "newSlotId": None},
            "AppointmentInThePastError",
            "appointmentTime",
        ),
        ({"profileId": "dr-9"}, "UnknownProfileError", "dr-9"),
    ],
    ids=["no instant", "missing", "not the slot's", "past", "unknown doctor"],
)
def test_it_is_refused_and_nothing_moves(changes: dict[str, Any], error: str, named: str) -> None:
    with moving_stack() as clinic:
        clinic.book()
        clinic.at(NOW + timedelta(hours=1), lambda: clinic.move(**changes))
        clinic.stack.run_until_idle()
        (run,) = clinic.runs(APPOINTMENT_RESCHEDULING)
        assert (run.status, run.error) == ("FAILED", error)
        assert named in str(run.cause)
        assert clinic.holders() == [{"r-17"}, set(), set()]
        assert set(clinic.intents().values()) == {"sent"}
        assert clinic.templates() == [
            "appointment_confirmed",
            "appointment_reminder_24h",
            "appointment_reminder_2h",
        ]
