"""The nine KPIs for a person."""

from rich.console import Console
from rich.text import Text

from clinic.contracts.kpis import KPIS
from console.output.month import KpiFigure, MonthReport
from console.terminal.records import Column, Row, show_records
from console.terminal.text import count, printable

_SHOWN_FAILURES = 10
_COLUMNS = (
    Column("", is_prose=True, label="Figure"),
    Column("Measured", is_number=True),
    Column("Target", is_number=True),
    Column("", label="Verdict"),
    Column("Of", is_number=True),
)
_TARGETS = {kpi.name: kpi.target_text for kpi in KPIS}


def show_month(console: Console, report: MonthReport) -> None:
    """Print what happened, and the table."""
    mishaps = ", ".join(f"{much:,} {what}" for what, much in report.mishaps.items()) or "none"
    console.print(
        f"[bold]{report.appointments:,} appointments over {report.days} days[/] "
        f"(seed {report.seed}, citas {report.version}), "
        f"{report.doctors} doctors: {report.events:,} events, {report.runs:,} runs, "
        f"{report.messages.accepted:,} messages sent\n"
        f"{report.steps:,} calls of functions, of which {mishaps}\n",
        markup=True,
        soft_wrap=True,
    )
    show_records(
        console, _COLUMNS, [_row(number, figure) for number, figure in enumerate(report.figures, start=1)]
    )
    for number, figure in enumerate(report.figures, start=1):
        left_out = ", ".join(f"{much:,} {what}" for what, much in figure.left_out.items())
        note = figure.note + (f"; left out: {left_out}" if left_out else "")
        console.print(Text(f"{number} {note}", "dim"), soft_wrap=True)
    for row in report.failures[:_SHOWN_FAILURES]:
        what = f"{row.detail_type} (line {row.line})" if row.line is not None else row.detail_type
        console.print(
            Text(f"Not served: {what}, {row.where}: {printable(row.reason)}", "red"), soft_wrap=True
        )
    if len(report.failures) > _SHOWN_FAILURES:
        console.print(f"… and {count(len(report.failures) - _SHOWN_FAILURES, 'more event')}")


def _row(number: int, figure: KpiFigure) -> Row:
    verdict, style = ("met", "green") if figure.is_met else ("missed", "bold red")
    counted = f"{figure.part:,} of {figure.whole:,}" if figure.unit == "Percent" else f"{figure.whole:,}"
    title = f"{figure.title} {number}"
    return Row((title, _value(figure), _TARGETS[figure.name], verdict, counted), styles=((3, style),))


def _value(figure: KpiFigure) -> str:
    if figure.value is None:
        return "–"
    # Never rounded up to a target that it has not reached.
    return f"{figure.value:.1f} s" if figure.unit == "Seconds" else f"{int(figure.value * 1000) / 1000:g} %"
