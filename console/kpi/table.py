"""The KPIs for a person: counts of messages, a table against the targets, and what each leaves out."""

from rich.console import Console
from rich.text import Text

from console.explain.reasons import reason_text
from console.output.kpis import KpiReport, KpiRow, MessageCounts
from console.terminal.records import Column, Row, show_records
from console.terminal.text import printable

_STYLES = {"met": "green", "missed": "bold red", "not_measured": "dim"}
_COLUMNS = (
    Column("", is_prose=True, label="Figure"),
    *(Column(name, is_number=True) for name in ("Measured", "Of", "Target")),
    Column("", label="Verdict"),
)
_GOALS = {"above": "> {}", "at_least": "{}", "at_most": "{}"}


def show_kpis(console: Console, report: KpiReport) -> None:
    """Print the report."""
    console.print("\n[bold]KPIs[/]", markup=True)
    _show_counts(console, report.messages)
    show_records(console, _COLUMNS, [_row(number, row) for number, row in enumerate(report.figures, start=1)])
    for number, row in enumerate(report.figures, start=1):
        left_out = ", ".join(f"{much:,} {what}" for what, much in row.left_out.items())
        note = f"{row.note}" + (f"; left out: {left_out}" if left_out else "")
        console.print(Text(f"{number} {note}", "dim"), soft_wrap=True)


def _show_counts(console: Console, counts: MessageCounts) -> None:
    figures = {
        "planned": counts.planned,
        "accepted": counts.accepted,
        "delivered": counts.delivered,
        "of these read": counts.read,
        "failed": counts.failed,
        "of unknown outcome": counts.unknown,
        "open": counts.open,
        "superseded": counts.superseded,
        "skipped": sum(counts.skipped.values()),
    }
    shown = ", ".join(f"{much:,} {name}" for name, much in figures.items() if much or name == "planned")
    console.print(Text.assemble(("Messages  ", "bold"), shown), soft_wrap=True)
    for reason, much in counts.skipped.items():
        console.print(Text(f"          {much:,} skipped: {printable(reason_text(reason))}"), soft_wrap=True)


def _row(number: int, row: KpiRow) -> Row:
    counted = f"{row.part:,} of {row.whole:,}" if row.unit == "percent" and row.whole else f"{row.whole:,}"
    target = _GOALS[row.goal].format(_number(row.target, row))
    cells = (f"{row.title} {number}", _value(row), counted, target, row.status.replace("_", " "))
    return Row(cells, styles=((len(cells) - 1, _STYLES[row.status]),))


def _value(row: KpiRow) -> str:
    return "–" if row.value is None else _number(row.value, row)


def _number(value: float, row: KpiRow) -> str:
    return f"{value:g} %" if row.unit == "percent" else f"{value:,.0f}"
