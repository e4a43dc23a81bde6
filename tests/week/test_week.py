"""A week for 200 patients, with everything that goes wrong in one, by the command `citas run`."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from console.main import app
from tests.week.generate import PATIENTS, Week, week

TERMINAL = {"sent", "delivered", "read", "failed", "skipped", "superseded"}

pytestmark = pytest.mark.slow


@pytest.fixture(name="made", scope="module")
def made_fixture() -> Week:
    return week()


@pytest.fixture(name="files", scope="module")
def files_fixture(made: Week, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("week")
    for name, text in made.files().items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(name="ran", scope="module")
def ran_fixture(files: Path) -> Result:
    arguments = [files / "EVENTS.jsonl", "--clinic", files / "CLINIC.json"]
    arguments += ["--faults", files / "FAULTS.json", "--json", files / "OUT.json"]
    return CliRunner().invoke(app, ["run", *map(str, arguments)], env={"COLUMNS": "200"})


@pytest.fixture(name="out", scope="module")
def out_fixture(files: Path, ran: Result) -> dict[str, Any]:
    assert (files / "OUT.json").exists(), ran.output
    document: dict[str, Any] = json.loads((files / "OUT.json").read_text(encoding="utf-8"))
    return document


def figures(out: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in out["kpis"]["figures"]}


def test_the_week_is_the_same_each_time_and_another_with_another_seed(made: Week) -> None:
    assert week().files() == made.files()
    assert week(5).events() != made.events()


def test_the_audit_holds(ran: Result, out: dict[str, Any]) -> None:
    violations = [row["violations"] for row in out["audit"] if row["violations"]]

    assert violations == []
    assert out["complete"]
    assert ran.exit_code == 0, ran.output


def test_every_message_ended_with_a_reason(out: dict[str, Any]) -> None:
    unsettled = [row["intent_id"] for row in out["messages"] if row["status"] not in TERMINAL]

    assert unsettled == []
    assert [row["intent_id"] for row in out["messages"] if not row["reason"]] == []


@pytest.mark.parametrize(
    "name",
    [
        *("reminder_delivery", "message_delivery", "run_success", "expirations_in_time", "duplicates"),
        "quiet_hours",
    ],
)
def test_every_kpi_is_met(out: dict[str, Any], name: str) -> None:
    row = figures(out)[name]

    assert row["status"] == "met", row


def test_the_table_of_kpis_is_printed(ran: Result, out: dict[str, Any]) -> None:
    assert "KPIs" in ran.stdout
    assert [row["title"] for row in out["kpis"]["figures"] if row["title"] not in ran.stdout] == []


def test_whatever_was_booked_was_confirmed_and_whoever_came_was_asked(
    made: Week, out: dict[str, Any]
) -> None:
    kinds = Counter((row["reservation_id"], row["kind"]) for row in out["messages"])

    assert [name for name in made.booked if not kinds[name, "confirmation"]] == []
    assert [name for name in made.completed if not kinds[name, "follow_up_24h"]] == []
    assert [name for name in made.no_shows if kinds[name, "follow_up_24h"]] == []
    assert len(made.booked) > PATIENTS * 0.85


def test_each_prescription_has_as_many_doses_as_it_calls_for(made: Week, out: dict[str, Any]) -> None:
    planned = Counter(row["reservation_id"] for row in out["messages"] if row["kind"].startswith("dose_"))

    assert {name: planned[name] for name in made.doses} == made.doses


def test_who_can_not_be_reached_is_known_to_be_at_once_or_later(made: Week, out: dict[str, Any]) -> None:
    failed = {(row["to"], row["reason"]) for row in out["messages"] if row["status"] == "failed"}

    assert failed == {(number, "whatsapp:131026") for number in made.unreachable}
    assert figures(out)["reminder_delivery"]["left_out"]["unreachable people"] > 0


def test_who_refuses_is_not_written_to_and_the_ledger_says_why(made: Week, out: dict[str, Any]) -> None:
    assert {row["to"] for row in out["messages"] if row["reason"] == "opted_out"} <= set(made.refused)
    assert len(out["consents"]) == len(made.refused)


def test_the_webhooks_came_late_twice_and_out_of_order(out: dict[str, Any]) -> None:
    told = [(hook["at"], row) for hook in out["webhooks"] for row in hook["told"]]
    times = Counter((row["message_id"], row["status"]) for _, row in told)
    first: dict[str, str] = {}
    for _, row in told:
        first.setdefault(row["message_id"], row["status"])

    assert max(times.values()) > 1
    assert set(first.values()) > {"delivered"}
    assert sum(row["status"] == "read" for row in out["messages"]) > 0
