"""The nightly schedule, from its rule to the slots, in virtual time on the deployed template."""

from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from clinic.contracts.schedules import NIGHTLY, SLOT_CLEANUP, SLOT_GENERATION, Schedule
from clinic.contracts.workflows import DAILY_SLOT_GENERATION, EXPIRED_SLOTS_CLEANUP, NIGHTLY_FAN_OUT, Workflow
from clinic.services.slots import nightly
from tests.workflows.clinic_stack import ClinicStack, clinic_stack
from tests.workflows.doctors import doctor, slots

GENERATE, CLEAN_UP = "slot/generate-daily", "slot/cleanup-expired"


@contextmanager
def night(
    start: datetime,
    *zones: str,
    faults: dict[str, Any] | None = None,
    schedules: Collection[Schedule] = NIGHTLY,
) -> Iterator[ClinicStack]:
    """A stack with the schedules, and a doctor in each zone: dr-0, dr-1 …"""
    with clinic_stack(start, faults=faults, schedules=[it.name for it in schedules]) as clinic:
        for number, zone in enumerate(zones):
            doctor(clinic, f"dr-{number}", time_zone=zone)
        yield clinic


def put(clinic: ClinicStack) -> list[tuple[str, str, str]]:
    """What Citas put on the bus: when, which event, and for whom."""
    return [
        (f"{event.at:%d %H:%M}", event.detail_type, event.detail["profileId"])
        for event in clinic.stack.events_put()
        if event.source == "citas"
    ]


def statuses(clinic: ClinicStack, workflow: Workflow = NIGHTLY_FAN_OUT) -> list[str]:
    return [run.status for run in clinic.runs(workflow)]


SUNDAY = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_each_doctor_gets_both_events_at_two_and_three_in_their_own_zone() -> None:
    """Defect 17: nothing wired the crons to anything."""
    with night(SUNDAY, "America/Mexico_City", "America/Tijuana", "Europe/Madrid") as clinic:
        clinic.stack.run_until(datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
        assert put(clinic) == [
            ("23 01:00", GENERATE, "dr-2"),
            ("23 02:00", CLEAN_UP, "dr-2"),
            ("23 08:00", GENERATE, "dr-0"),
            ("23 09:00", CLEAN_UP, "dr-0"),
            ("23 10:00", GENERATE, "dr-1"),
            ("23 11:00", CLEAN_UP, "dr-1"),
        ]
        runs = clinic.runs(NIGHTLY_FAN_OUT)
        assert [run.status for run in runs] == ["SUCCEEDED"] * 3
        outputs = [(run.output["occasions"], run.output["published"]) for run in runs]
        assert all(
            output in outputs
            for output in [
                (1, {"parked_visits": 0}),
                (3, {"slot_generation": 3}),
                (3, {"slot_cleanup": 3}),
            ]
        )
        for workflow in (DAILY_SLOT_GENERATION, EXPIRED_SLOTS_CLEANUP):
            assert statuses(clinic, workflow) == ["SUCCEEDED"] * 3
        # 30 dates from the zone's tomorrow on have four Mondays.
        assert {profile: len(slots(clinic, profile)) for profile in ("dr-0", "dr-1", "dr-2")} == {
            "dr-0": 16,
            "dr-1": 16,
            "dr-2": 16,
        }
        assert min(slots(clinic, "dr-2")) == "2026-11-30T08:00:00Z s-1"
        assert clinic.stack.undelivered_events() == []


@pytest.mark.parametrize(("on", "event"), [(SLOT_GENERATION, GENERATE), (SLOT_CLEANUP, CLEAN_UP)])
def test_with_one_schedule_switched_off_the_other_does_its_work(on: Schedule, event: str) -> None:
    with night(SUNDAY, "America/Mexico_City", schedules=[on]) as clinic:
        clinic.stack.run_until(datetime(2026, 11, 23, 12, tzinfo=UTC))
        assert [entry[1:] for entry in put(clinic)] == [(event, "dr-0")]
        assert statuses(clinic) == ["SUCCEEDED"]


def test_over_nights_in_which_clocks_change_each_date_comes_once() -> None:
    """Tijuana has no 02:00 on Sunday 14 March 2027: both jobs are due when its clock shows 03:00."""
    with night(datetime(2027, 3, 12, 12, tzinfo=UTC), "America/Tijuana", "America/Mexico_City") as clinic:
        clinic.stack.run_until(datetime(2027, 3, 15, 23, tzinfo=UTC))
        assert [entry for entry in put(clinic) if entry[2] == "dr-0"] == [
            ("13 10:00", GENERATE, "dr-0"),
            ("13 11:00", CLEAN_UP, "dr-0"),
            ("14 10:00", GENERATE, "dr-0"),
            ("14 10:00", CLEAN_UP, "dr-0"),
            ("15 09:00", GENERATE, "dr-0"),
            ("15 10:00", CLEAN_UP, "dr-0"),
        ]
        details = [event.detail for event in clinic.stack.events_put() if event.source == "citas"]
        asked = [it["targetDate"] for it in details if it["profileId"] == "dr-0" and "targetDate" in it]
        assert asked == ["2027-03-14", "2027-03-15", "2027-03-16"]
        assert statuses(clinic) == ["SUCCEEDED"] * 9


def test_a_second_night_adds_the_horizons_last_date_and_writes_nothing_else() -> None:
    with night(SUNDAY, "America/Mexico_City") as clinic:
        clinic.stack.run_until(datetime(2026, 11, 29, 12, tzinfo=UTC))
        generated = [run.output["slotsGenerated"] for run in clinic.runs(DAILY_SLOT_GENERATION)]
        # Of the nights from the 23rd on that of Saturday the 28th is the first to reach Monday 28 December.
        assert generated == [16, 0, 0, 0, 0, 4, 0]


def fault(step: str, when: str, **more: Any) -> dict[str, Any]:
    return {"lambda": [{"workflow": "nightly-fan-out", "step": step, "dies": when, **more}]}


def test_a_profile_page_is_gone_through_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly.NightlyFanOut.__init__, "__defaults__", (2,))  # a page's size
    with night(SUNDAY, *["America/Mexico_City"] * 5) as clinic:
        clinic.stack.run_until(datetime(2026, 11, 23, 12, tzinfo=UTC))
        assert Counter(entry[1:] for entry in put(clinic)) == {
            (kind, f"dr-{n}"): 1 for kind in (GENERATE, CLEAN_UP) for n in range(5)
        }
        pages = [it for it in clinic.stack.lambda_invocations if it.step == "FanOutPage"]
        assert len(pages) == 7  # one of them of parked visits


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(("step", "call"), [("PlanNight", 1), ("FanOutPage", 3), ("ReviewNight", 1)])
def test_after_a_death_around_any_step_the_night_goes_on_where_it_stopped(
    monkeypatch: pytest.MonkeyPatch, step: str, call: int, when: str
) -> None:
    monkeypatch.setattr(nightly.NightlyFanOut.__init__, "__defaults__", (2,))
    with night(SUNDAY, *["America/Mexico_City"] * 4, faults=fault(step, when, call=call)) as clinic:
        clinic.stack.run_until(datetime(2026, 11, 23, 12, tzinfo=UTC))
        counts = Counter(entry[1:] for entry in put(clinic))
        page_again = {"dr-2", "dr-3"} if (step, when) == ("FanOutPage", "after") else set()
        assert counts == {
            (kind, f"dr-{n}"): 2 if kind == GENERATE and f"dr-{n}" in page_again else 1
            for kind in (GENERATE, CLEAN_UP)
            for n in range(4)
        }
        assert statuses(clinic) == ["SUCCEEDED"] * 3
        assert clinic.stack.unused_faults() == []
        assert [len(slots(clinic, f"dr-{n}")) for n in range(4)] == [16] * 4
        assert {row["revision"] for n in range(4) for row in slots(clinic, f"dr-{n}").values()} == {0}


def test_an_occasion_that_fails_stops_no_other_and_the_run_ends_as_failed() -> None:
    always = fault("FanOutPage", "before", call=2, times=4)
    with night(SUNDAY, "America/Mexico_City", "America/Tijuana", faults=always) as clinic:
        clinic.stack.run_until(datetime(2026, 11, 23, 12, tzinfo=UTC))
        assert [entry[1:] for entry in put(clinic)] == [
            (CLEAN_UP, "dr-0"),
            (GENERATE, "dr-1"),
            (CLEAN_UP, "dr-1"),
        ]
        (run,) = [run for run in clinic.runs(NIGHTLY_FAN_OUT) if run.status != "SUCCEEDED"]
        assert (run.status, run.error) == ("FAILED", "NightIncompleteError")
        assert "slot_generation at 2026-11-23T08:00:00Z: " in str(run.cause)
