"""A failed run is found by `citas health`, looked at, retried, and ends well, over HTTP."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from clinic.contracts.workflows import APPOINTMENT_REMINDERS, WORKFLOW_ANALYTICS
from console.main import app
from console.operate.stage import Stage, StageChoice, now_on
from local.emulator.load import OPERATOR_KEY, OPERATOR_SECRET, REGION
from tests.fakes.examples import NOW
from tests.workflows.clinic_stack import ClinicStack, clinic_stack

# The planning step's process dies at the first try and at all three others.
DIES = {"workflow": APPOINTMENT_REMINDERS.name, "step": "PlanReminders", "dies": "before", "times": 4}


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", OPERATOR_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", OPERATOR_SECRET)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def clinic() -> Iterator[ClinicStack]:
    with clinic_stack(faults={"lambda": [DIES]}, keeps_run_ledger=True) as clinic:
        yield clinic


def citas(clinic: ClinicStack, *arguments: str) -> Result:
    where = ("--endpoint-url", clinic.stack.endpoint_url, "--region", REGION)
    return CliRunner().invoke(app, [*arguments, *where])


def document(result: Result) -> Any:
    assert result.stderr == ""
    return json.loads(result.stdout)


def fail_a_run(clinic: ClinicStack) -> None:
    clinic.publish()
    clinic.stack.advance(minutes=10)
    assert clinic.statuses() == ["FAILED"]


def test_a_failed_run_is_found_explained_retried_and_ends_well(clinic: ClinicStack) -> None:
    fail_a_run(clinic)

    sick = citas(clinic, "health", "--json")
    assert sick.exit_code == 1
    found = document(sick)
    assert (found["failedWorkflows"], found["successRate"], found["isWell"]) == (1, 0.0, False)
    assert found["workflows"]["appointment-reminders"]["errors"] == {"Runtime.ExitError": 1}

    (failed,) = document(citas(clinic, "runs", "list", "--status", "FAILED", "--json"))
    assert failed["subjects"]["reservationId"] == "r-17"
    for typed in (failed["name"], failed["name"][:8]):
        shown = citas(clinic, "runs", "show", typed)
        assert "Runtime.ExitError" in shown.stdout
        assert "PlanReminders (Task)" in shown.stdout

    dry = document(citas(clinic, "retry", "--dry-run", "--json"))
    assert (dry["retried"], dry["reasons"]) == (0, {"would_retry": 1})
    assert clinic.messages == []

    retried = citas(clinic, "retry", "--yes", "--json")
    assert (retried.exit_code, document(retried)["success"]) == (0, 1)
    clinic.stack.advance(minutes=1)
    assert clinic.sent() == [("appointment_confirmed", clinic.messages[0].at)]

    again = document(citas(clinic, "retry", "--yes", "--json"))
    assert again["success"] == 0
    clinic.stack.run_until_idle()
    assert [template for template, _ in clinic.sent()] == [
        "appointment_confirmed",
        "appointment_reminder_24h",
        "appointment_reminder_2h",
    ]
    well = citas(clinic, "health")
    assert (well.exit_code, "All is well." in well.stdout) == (0, True)
    explained = citas(clinic, "explain", "r-17")
    assert explained.exit_code == 0
    assert "24h reminder" in explained.stdout


def clinic_file(path: Path, *doctors: str) -> str:
    shared = {"time_zone": "America/Mexico_City", "phone": "+525500000090"}
    named = {"name": "Dra. Ejemplo", "clinic_id": "main", **shared}
    clinics = [{"id": "main", "name": "Clínica Ejemplo", "address": "Calle Ficticia 123", **shared}]
    profiles = [{"id": doctor, **named} for doctor in doctors]
    path.write_text(json.dumps({"clinics": clinics, "profiles": profiles}), encoding="utf-8")
    return str(path)


def test_after_a_directory_is_mended_what_it_lacked_is_retried_without_force(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with clinic_stack(keeps_run_ledger=True) as clinic:
        monkeypatch.setattr("console.operate.retry._a_moment", lambda: clinic.stack.advance(seconds=1))
        file = tmp_path / "clinic.json"
        first = citas(clinic, "directory", "push", clinic_file(file, "dr-1"), "--yes")
        assert first.exit_code == 0, first.output
        for number, doctor in enumerate(["dr-2", "dr-2", "dr-3"]):
            clinic.publish(reservationId=f"r-{number}", profileId=doctor)
        clinic.publish(reservationId="r-9", appointmentTime="tomorrow")
        clinic.stack.advance(minutes=1)
        sick = document(citas(clinic, "health", "--json"))
        waiting = sorted(run["error"] for run in sick["waitingRuns"])
        assert waiting == ["InvalidEventError", *["NotInDirectoryError"] * 3]

        too_early = document(citas(clinic, "retry", "--yes", "--json"))
        assert too_early["reasons"] == {"failed_again": 2, "not_mended": 1, "permanent_error": 1}
        clinic.stack.advance(minutes=1)
        assert clinic.messages == []

        pushed = citas(clinic, "directory", "push", clinic_file(file, "dr-1", "dr-2"), "--yes")
        assert pushed.exit_code == 0
        mended = document(citas(clinic, "retry", "--yes", "--json"))
        assert mended["reasons"] == {"redriven": 2, "failed_again": 1, "permanent_error": 1}
        clinic.stack.advance(minutes=1)
        assert [template for template, _ in clinic.sent()] == ["appointment_confirmed"] * 2


def test_a_command_goes_by_the_stages_clock(clinic: ClinicStack) -> None:
    clinic.stack.advance(hours=23)
    choice = StageChoice("dev", region=REGION, endpoint_url=clinic.stack.endpoint_url)
    assert now_on(Stage(choice)) == clinic.stack.clock.now().replace(microsecond=0) + timedelta(seconds=1)


def test_nothing_is_retried_unasked(clinic: ClinicStack) -> None:
    fail_a_run(clinic)
    refused = citas(clinic, "retry")
    assert (refused.exit_code, "--yes" in refused.stderr) == (2, True)
    clinic.stack.advance(hours=3)
    assert clinic.messages == []
    sick = citas(clinic, "health", "--json")  # hours later it still waits, until somebody drops it
    (waiting,) = document(sick)["waitingRuns"]
    assert (sick.exit_code, waiting["error"], waiting["reservationId"]) == (1, "Runtime.ExitError", "r-17")
    assert citas(clinic, "runs", "drop", waiting["run"], "--yes").exit_code == 0
    well = citas(clinic, "health")
    assert (well.exit_code, "All is well." in well.stdout) == (0, True)
    assert citas(clinic, "runs", "drop", waiting["run"], "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("options", "tried"),
    [
        (("--workflow", "request-expiration"), 0),
        (("--error", "StoreUnavailableError"), 0),
        (("--error", "Runtime.ExitError"), 1),
        (("--since", "1m"), 0),
    ],
)
def test_a_retry_is_narrowed(clinic: ClinicStack, options: tuple[str, ...], tried: int) -> None:
    fail_a_run(clinic)
    clinic.stack.advance(minutes=10)
    assert document(citas(clinic, "retry", "--yes", "--json", *options))["success"] == tried


def test_an_event_that_is_broken_is_left_alone_unless_forced(clinic: ClinicStack) -> None:
    fail_a_run(clinic)
    clinic.publish(reservationId="r-18", appointmentTime="tomorrow")
    clinic.stack.advance(minutes=1)
    first = document(citas(clinic, "retry", "--yes", "--json"))
    assert (first["success"], first["reasons"].get("permanent_error")) == (1, 1)
    forced = document(citas(clinic, "retry", "--yes", "--force", "--json"))
    assert forced["success"] == 1


def test_what_a_day_came_to_is_added_up(clinic: ClinicStack) -> None:
    fail_a_run(clinic)
    clinic.publish(reservationId="r-18")
    clinic.stack.run_until_idle()
    found = document(citas(clinic, "analytics", "--since", "30d", "--json"))
    assert (found["totalExecutions"], found["successRate"]) == (2, 50.0)
    assert found["mostActiveWorkflows"] == [
        {"name": "appointment-reminders", "executions": 2, "successRate": 50.0}
    ]
    assert found["errorBreakdown"] == [
        {"errorType": "Runtime.ExitError", "count": 1, "percentage": 100.0},
    ]
    assert found["clinic"]["reminders_sent"] == 2
    shown = citas(clinic, "analytics", "--since", "30d").stdout
    assert "appointment-reminders" in shown
    assert f"{NOW:%Y-%m-%d}"[:4] in shown


def test_a_workflow_that_watches_and_failed_last_is_found() -> None:
    dies = {"workflow": WORKFLOW_ANALYTICS.name, "step": "PlanRollUps", "dies": "before", "times": 4}
    with clinic_stack(
        faults={"lambda": [dies]}, keeps_run_ledger=True, schedules=[WORKFLOW_ANALYTICS.name]
    ) as clinic:
        assert document(citas(clinic, "health", "--json"))["watchers"] == []  # none has run yet
        clinic.stack.advance(hours=4)
        sick = citas(clinic, "health", "--json")
        (watcher,) = document(sick)["watchers"]
        assert (watcher["workflow"], watcher["status"]) == ("workflow-analytics", "FAILED")
        assert (sick.exit_code, document(sick)["isWell"]) == (1, False)
        assert (
            f"blind: workflow-analytics, its last run {watcher['run']} ended FAILED"
            in citas(clinic, "health").stdout
        )
        clinic.stack.advance(hours=6)
        well = citas(clinic, "health")
        assert (well.exit_code, "All is well." in well.stdout) == (0, True)
