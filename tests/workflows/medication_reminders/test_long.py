"""Prescriptions longer than a run: each dose once, at its instant, in runs that stay short."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from local.records import Execution
from tests.fakes.examples import NOW
from tests.workflows.prescribing import PrescriptionsStack, dies, prescriptions_stack

NEW_YORK = ZoneInfo("America/New_York")
# AWS writes at most five events for each state that is entered, and two for each round of a Map.
EVENTS_OF_A_STATE, EVENTS_OF_A_ROUND = 5, 2
MOST_EVENTS = 3_000


def events_at_most(run: Execution) -> int:
    """How long the run's history can be on AWS; the local stack's leaves out some of it."""
    rounds = run.output["planned"] if run.output else 90
    return EVENTS_OF_A_STATE * run.transitions + EVENTS_OF_A_ROUND * rounds


@pytest.mark.slow
def test_two_thousand_doses_are_sent_once_each_at_their_instants() -> None:
    # Ten times a day for 200 days, over New York's change of clocks in March.
    with prescriptions_stack() as prescribing:
        prescribing.prescribe(
            frequency="10 veces al día", startDate="2026-11-24", duration=200, timezone="America/New_York"
        )
        prescribing.stack.run_until_idle()
        wall = [
            datetime.combine(
                date(2026, 11, 24) + timedelta(days=day), time(8 + number * 80 // 60, number * 80 % 60)
            )
            for day in range(200)
            for number in range(10)
        ]
        assert prescribing.reminded_at() == [moment.replace(tzinfo=NEW_YORK) for moment in wall]
        assert len({message.intent_id for message in prescribing.messages}) == 2_000
        assert set(prescribing.doses().values()) == {"sent"}
        runs = prescribing.dose_runs()
        assert len(runs) == 23
        assert {run.status for run in runs} == {"SUCCEEDED"}
        assert max(len(prescribing.stack.history(run.arn)) for run in runs) < MOST_EVENTS
        assert max(map(events_at_most, runs)) < MOST_EVENTS


def test_the_first_dose_in_eight_months_is_waited_for_by_a_second_run(
    prescribing: PrescriptionsStack,
) -> None:
    prescribing.prescribe(startDate="2027-08-01", duration=1)
    prescribing.stack.run_until_idle()
    assert prescribing.outcomes() == ["planned", "continued"]
    first, second = prescribing.dose_runs()
    assert second.started_at == NOW + timedelta(days=180)
    assert [at.isoformat() for at in prescribing.reminded_at()] == [
        "2027-08-01T14:00:00+00:00",
        "2027-08-01T22:00:00+00:00",
        "2027-08-02T06:00:00+00:00",
    ]
    assert (first.output["planned"], second.output["planned"]) == (0, 3)


def test_stopped_in_the_second_batch_it_ends_there(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(frequency="cada hora", startDate="2026-11-24", duration=30)
    prescribing.at(NOW + timedelta(days=6, minutes=30), prescribing.stop)
    prescribing.stack.run_until_idle()
    assert prescribing.outcomes() == ["planned", "ABORTED", "prescription_stopped"]
    assert max(prescribing.reminded_at()) == NOW + timedelta(days=6)
    assert len(prescribing.doses()) == 180


def test_changed_in_the_second_batch_the_new_schedule_goes_on(prescribing: PrescriptionsStack) -> None:
    prescribing.prescribe(frequency="cada hora", startDate="2026-11-24", duration=30)
    change = NOW + timedelta(days=6, minutes=30)
    prescribing.at(change, lambda: prescribing.prescribe(frequency="cada 12 horas", startDate="2026-11-24"))
    prescribing.stack.run_until_idle()
    assert prescribing.outcomes() == ["planned", "ABORTED", "changed"]
    assert [at for at in prescribing.reminded_at() if at > change] == []


@pytest.mark.parametrize("when", ["before", "after"])
def test_handing_on_from_run_to_run_survives_the_death_of_either_step(when: str) -> None:
    deaths = [dies("ContinuePrescription", when, call=1), dies("ApplyPrescription", when, call=2)]
    with prescriptions_stack(faults={"lambda": [fault for it in deaths for fault in it["lambda"]]}) as clinic:
        clinic.prescribe(frequency="cada hora", startDate="2026-11-24", duration=4)
        clinic.stack.run_until_idle()
        assert len(clinic.reminded_at()) == len(set(clinic.reminded_at())) == 96
        assert len(clinic.doses()) == 96
        assert set(clinic.statuses()) == {"SUCCEEDED"}
        assert clinic.stack.unused_faults() == []


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
