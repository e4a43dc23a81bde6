"""The nine KPIs for a person."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clinic.contracts.kpis import KPIS
from console.output.month import KpiFigure, MonthReport
from console.text import count, printable

_SHOWN_FAILURES = 10
_TARGETS = {kpi.name: kpi.target_text for kpi in KPIS}


def show_month(console: Console, report: MonthReport) -> None:
    """Print what happened, and the table."""
    mishaps = ", ".join(f"{much:,} {what}" for what, much in report.mishaps.items()) or "none"
    console.print(
        f"[bold]{report.appointments:,} appointments over {report.days} days[/] (seed {report.seed}), "
        f"{report.doctors} doctors: {report.events:,} events, {report.runs:,} runs, "
        f"{report.messages.accepted:,} messages sent\n"
        f"{report.steps:,} calls of functions, of which {mishaps}\n",
        markup=True,
        soft_wrap=True,
    )
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    for heading in ("", "Measured", "Target", "", "Of"):
        table.add_column(heading, justify="right" if heading else "left", no_wrap=True)
    for number, figure in enumerate(report.figures, start=1):
        verdict = Text("met", "green") if figure.is_met else Text("missed", "bold red")
        table.add_row(
            Text.assemble(f"{figure.title} ", (str(number), "dim")),
            _value(figure),
            _TARGETS[figure.name],
            verdict,
            f"{figure.part:,} of {figure.whole:,}" if figure.unit == "Percent" else f"{figure.whole:,}",
        )
    console.print(table)
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


def _value(figure: KpiFigure) -> str:
    if figure.value is None:
        return "–"
    # Never rounded up to a target that it has not reached.
    return f"{figure.value:.1f} s" if figure.unit == "Seconds" else f"{int(figure.value * 1000) / 1000:g} %"
