"""However often a prescription is announced, each dose is reminded of once."""

from datetime import timedelta

from tests.fakes.examples import NOW
from tests.fakes.prescriptions.prescriptions import prescription_detail
from tests.workflows.prescribing import EIGHT_HOURLY, PrescriptionsStack, prescriptions_stack


def test_the_same_event_three_times(prescribing: PrescriptionsStack) -> None:
    for _ in range(3):
        prescribing.prescribe()
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY
    assert prescribing.statuses() == ["SUCCEEDED"] * 3


def test_one_event_delivered_three_times() -> None:
    with prescriptions_stack(faults={"events": [{"line": 1, "delivered": 3}]}) as prescribing:
        prescribing.stack.publish("prescription/created", prescription_detail(), line=1)
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == EIGHT_HOURLY


def test_three_at_once_where_steps_run_side_by_side() -> None:
    with prescriptions_stack(concurrent=True) as prescribing:
        for _ in range(3):
            prescribing.prescribe()
        prescribing.stack.run_until_idle()
        assert prescribing.reminded_at() == EIGHT_HOURLY
        assert prescribing.statuses() == ["SUCCEEDED"] * 3


def test_without_an_id_two_events_are_one_prescription(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(prescriptionId=None)
    prescribing.at(
        NOW + timedelta(days=1),
        lambda: prescribing.prescribe(prescriptionId=None, patientPhone="+52 1 55 0000 0001"),
    )
    prescribing.stack.run_until_idle()
    assert prescribing.reminded_at() == EIGHT_HOURLY
    assert len(prescribing.prescriptions()) == 1


def test_two_who_are_asked_to_go_on_plan_the_next_batch_once(prescribing: PrescriptionsStack) -> None:
    hourly = {"frequency": "cada hora", "startDate": "2026-11-24", "duration": 8}
    prescribing.prescribe(**hourly)
    prescribing.at(NOW + timedelta(days=2), lambda: prescribing.prescribe(**hourly))
    prescribing.stack.run_until_idle()
    assert prescribing.outcomes() == [
        "planned",
        "already_planned",
        "continued",
        "already_continued",
        "continued",
    ]
    first = prescribing.reminded_at()[0]
    assert prescribing.reminded_at() == [first + timedelta(hours=hours) for hours in range(8 * 24)]
