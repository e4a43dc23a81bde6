"""Booked hours ahead: what is due already is skipped, what lies ahead is sent."""

from datetime import timedelta

import pytest

from clinic.domain.instants import to_text
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import ClinicStack


@pytest.mark.parametrize(
    ("ahead", "confirmation", "reminder_24h", "reminder_2h"),
    [
        (timedelta(hours=10), "sent", "skipped", "sent"),
        (timedelta(hours=1), "sent", "skipped", "skipped"),
        (timedelta(hours=24), "sent", "skipped", "sent"),
        (timedelta(hours=24, seconds=1), "sent", "sent", "sent"),
    ],
    ids=["10 h", "1 h", "24 h to the second", "a second more"],
)
def test_only_what_lies_ahead_is_sent(
    clinic: ClinicStack, ahead: timedelta, confirmation: str, reminder_24h: str, reminder_2h: str
) -> None:
    clinic.publish(appointmentTime=to_text(NOW + ahead))
    clinic.stack.run_until_idle()
    assert clinic.intents() == {
        "v1 confirmation": confirmation,
        "v1 reminder_24h": reminder_24h,
        "v1 reminder_2h": reminder_2h,
    }
    assert len(clinic.messages) == [confirmation, reminder_24h, reminder_2h].count("sent")
    for name, status in clinic.intents().items():
        assert (status == "skipped") == (clinic.reasons()[name] == "booked_after_due")


def test_a_visit_that_has_begun_is_kept_and_nobody_is_told(clinic: ClinicStack) -> None:
    clinic.publish(appointmentTime=to_text(NOW - timedelta(hours=1)))
    clinic.stack.run_until_idle()
    (run,) = clinic.stack.executions()
    assert (run.status, clinic.messages) == ("SUCCEEDED", [])
    assert clinic.reasons() == {"v1 confirmation": "visit_has_begun"}
