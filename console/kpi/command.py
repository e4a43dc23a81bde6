"""The command `citas kpi`: a random month with everything that goes wrong in one, held against the KPIs."""

import json
from collections import Counter
from importlib.metadata import version

from console.inputs.clinic import parse_clinic
from console.kpi.kpis import message_counts
from console.kpi.month_events import START, month
from console.kpi.month_faults import month_faults
from console.kpi.month_figures import failures, nine_figures
from console.kpi.month_hours import clinic_document, doctors_for
from console.kpi.month_show import show_month
from console.kpi.month_watch import MonthWatch
from console.output.month import MonthReport
from console.output.output_file import STDOUT, OutputFile
from console.run.command import local_stack
from console.run.runner import Order, Outcome, Watcher, perform
from console.run.stack import StackFactory
from console.show.report import show_audit
from console.terminal.exit_codes import ExitCode
from console.terminal.exit_handling import guarded
from console.terminal.progress import Progress
from console.terminal.screen import standard_error, standard_output


def kpi_command(
    appointments: int, days: int, seed: int, open_stack: StackFactory | None, *, as_json: bool
) -> ExitCode:
    """Run the month; ``open_stack`` None: on the local stack."""
    errors = standard_error()
    with guarded(errors):
        doctors = doctors_for(appointments, days)
        watch = MonthWatch(doctors, days)
        order = _order(appointments, days, seed, watch)
        with Progress(errors) as progress:
            outcome = perform(order, watch.watching(open_stack or local_stack()), _follow(progress))
        report = _report((appointments, days, seed), outcome, watch)
        if as_json:
            OutputFile(STDOUT).write(report.model_dump_json(indent=1) + "\n")
        else:
            screen = standard_output()
            show_month(screen, report)
            show_audit(screen, outcome.result)
    return ExitCode.OK if report.is_well else ExitCode.AUDIT_FAILED


def _order(appointments: int, days: int, seed: int, watch: MonthWatch) -> Order:
    # The local stack's package is loaded only by those who use it.
    from local.faults.plan import FaultPlan

    made = month(watch.doctors, appointments=appointments, days=days, seed=seed)
    lines = made.lines()
    clinic = json.dumps(clinic_document(watch.doctors, made.charges)).encode()
    return Order(
        events=lines,
        start=START,
        clinic=parse_clinic(clinic, "the month's clinics"),
        faults=FaultPlan.parse(month_faults(made, lines, seed)),
    )


def _report(asked: tuple[int, int, int], outcome: Outcome, watch: MonthWatch) -> MonthReport:
    appointments, days, seed = asked
    result = outcome.result
    mishaps = Counter(row.status for row in result.lambda_invocations if row.status != "succeeded")
    return MonthReport(
        version=version("citas"),
        appointments=appointments,
        days=days,
        seed=seed,
        start=result.start,
        until=result.until,
        doctors=len(watch.doctors),
        events=len(result.events),
        runs=len(result.executions),
        steps=len(result.lambda_invocations),
        mishaps=dict(sorted(mishaps.items())),
        idle_faults=list(outcome.unused_faults),
        messages=message_counts(result.messages),
        figures=nine_figures(result, watch),
        failures=failures(result),
        audit=result.audit,
    )


def _follow(progress: Progress) -> Watcher:
    return lambda run: progress.step(run.snapshot)
