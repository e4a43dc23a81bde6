"""`citas kpi`, small: a week of a hundred appointments, with everything that goes wrong."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from clinic.contracts.kpis import KPIS
from console.main import app
from console.terminal.exit_codes import ExitCode

SMALL = ["kpi", "--appointments", "100", "--days", "7", "--seed", "3"]

pytestmark = pytest.mark.slow


@pytest.fixture(name="ran", scope="module")
def ran_fixture() -> Result:
    return CliRunner().invoke(app, [*SMALL, "--json"], env={"COLUMNS": "200"})


@pytest.fixture(name="report", scope="module")
def report_fixture(ran: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


def test_every_kpi_is_met_and_the_audit_holds(ran: Result, report: dict[str, Any]) -> None:
    missed = [figure for figure in report["figures"] if not figure["is_met"]]
    violated = [row for row in report["audit"] if row["violations"]]

    assert (missed, violated) == ([], [])
    assert ran.exit_code == ExitCode.OK


def test_each_kpi_was_measured_on_something(report: dict[str, Any]) -> None:
    assert [figure["name"] for figure in report["figures"]] == [kpi.name for kpi in KPIS]
    assert all(figure["whole"] > 0 for figure in report["figures"])


def test_much_went_wrong_meanwhile(report: dict[str, Any]) -> None:
    assert report["mishaps"].keys() >= {"died", "failed"}
    assert report["messages"]["failed"] > 0
