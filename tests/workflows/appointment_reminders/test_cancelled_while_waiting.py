"""A reservation that is cancelled while its run sleeps gets nothing more, and the run ends well."""

from datetime import timedelta

import pytest

from tests.fakes.examples import IN_NINE_DAYS, NOW
from tests.workflows.clinic_stack import ClinicStack


@pytest.mark.parametrize(
    ("after", "sent", "skipped"),
    [
        (timedelta(days=1), 1, {"v1 reminder_24h", "v1 reminder_2h"}),
        (IN_NINE_DAYS - NOW - timedelta(hours=20), 2, {"v1 reminder_2h"}),
    ],
    ids=["before the 24h reminder", "after it"],
)
def test_nothing_more_is_sent(clinic: ClinicStack, after: timedelta, sent: int, skipped: set[str]) -> None:
    clinic.publish()
    clinic.at(NOW + after, lambda: clinic.mark("cancelled"))
    clinic.stack.run_until_idle()
    assert len(clinic.messages) == sent
    assert {name for name, status in clinic.intents().items() if status == "skipped"} == skipped
    assert {clinic.reasons()[name] for name in skipped} == {"reservation_cancelled"}
    assert clinic.statuses() == ["SUCCEEDED"]


def test_an_event_for_a_cancelled_reservation_does_not_bring_it_back_and_says_so(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.at(NOW + timedelta(days=1), lambda: clinic.mark("cancelled"))
    clinic.at(NOW + timedelta(days=2), clinic.publish)
    clinic.stack.run_until_idle()
    assert len(clinic.messages) == 1
    assert clinic.statuses() == ["SUCCEEDED", "FAILED"]


def test_a_run_that_is_stopped_sends_nothing_more(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.at(NOW + timedelta(days=1), lambda: clinic.stack.stop(clinic.stack.executions()[0].arn))
    clinic.stack.run_until_idle()
    assert (len(clinic.messages), clinic.statuses()) == (1, ["ABORTED"])
