"""How a month is shown, and what exit status it has; on a stack in memory."""

import re

import pytest
from rich.console import Console
from typer.testing import CliRunner

from clinic.contracts.kpis import KPIS
from console.kpi.kpis import message_counts
from console.kpi.month_show import show_month
from console.main import app
from console.output.month import KpiFigure, MonthReport
from console.terminal.exit_codes import ExitCode
from tests.console.audit.evidence import BOOKED
from tests.console.fake_stack import FakeStack
from tests.month.test_figures import audit, failed_event

VALUES = {"execution-time": 0.26, "expiration-handling": 299.96}


def report(*breaches: str, **values: float | None) -> MonthReport:
    """A month whose KPIs are all met, but for these."""
    figures = []
    for kpi in KPIS:
        value = values.get(kpi.name.replace("-", "_"), VALUES.get(kpi.name, 100.0))
        figures.append(
            KpiFigure.model_validate(
                {
                    "name": kpi.name,
                    "title": kpi.title,
                    "unit": kpi.metric.unit.value,
                    "value": value,
                    "target": kpi.target,
                    "is_ceiling": kpi.is_ceiling,
                    "is_met": value is not None and kpi.is_met(value),
                    "part": 999,
                    "whole": 1000,
                    "left_out": {"not ended yet": 3},
                    "note": "what it is",
                }
            )
        )
    return MonthReport(
        version="1.2.3",
        appointments=2000,
        days=30,
        seed=1,
        start=BOOKED,
        until=BOOKED,
        doctors=8,
        events=1,
        runs=1,
        steps=1,
        mishaps={"died": 1200},
        idle_faults=[],
        messages=message_counts([]),
        figures=figures,
        failures=[failed_event(7, "execution")],
        audit=audit(*breaches),
    )


def shown(month: MonthReport) -> str:
    console = Console(width=120)
    with console.capture() as captured:
        show_month(console, month)
    return captured.get()


def test_it_says_what_the_same_month_needs_to_be_run_again() -> None:
    assert "2,000 appointments over 30 days (seed 1, citas 1.2.3)" in shown(report())


def test_each_kpi_stands_beside_its_target() -> None:
    text = shown(report(success_rate=99.4999))

    assert re.search(r"Success rate of runs 2 +99.499 % +> 99.5 % +missed +999 of 1,000", text)
    assert re.search(r"Average busy time 1 +0.3 s +< 30 s +met +1,000", text)
    assert re.search(r"State consistency 9 +100 % +≥ 100 % +met", text)
    assert "1 what it is; left out: 3 not ended yet" in text
    assert "1,200 died" in text
    assert "Not served: x (line 7), execution: x" in text


def test_what_could_not_be_measured_is_missed() -> None:
    assert re.search(r"Availability 6 +– +≥ 99.9 % +missed", shown(report(availability=None)))


def test_a_month_is_well_if_every_kpi_is_met_and_the_audit_holds() -> None:
    assert report().is_well
    assert not report(error_recovery=95.0).is_well
    assert not report("I8").is_well


def test_the_exit_status_tells_that_a_kpi_is_missed() -> None:
    made = ["kpi", "--appointments", "3", "--days", "3"]  # in memory there are no slots
    done = CliRunner().invoke(app, made, obj=FakeStack, env={"COLUMNS": "200"})

    assert done.exit_code == ExitCode.AUDIT_FAILED, done.output
    assert "Slot generation accuracy" in done.output


@pytest.mark.parametrize("option", [["--appointments", "0"], ["--days", "1"], ["--seed", "x"]])
def test_what_makes_no_month_is_bad_usage(option: list[str]) -> None:
    assert CliRunner().invoke(app, ["kpi", *option], obj=FakeStack).exit_code == ExitCode.BAD_INPUT
