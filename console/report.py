"""The end of a run in words: what was sent, what was not and why, and the audit."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from console.output.result import RunResult
from console.text import count, printable

_STATUS_STYLE = {"holds": "green", "violated": "bold red", "not_applicable": "dim"}
_SHOWN_VIOLATIONS = 10
_SHOWN_FAILURES = 10


def show_summary(console: Console, result: RunResult) -> None:
    """Counts of events, runs and messages, and each event that failed with its reason."""
    statuses = Counter(row.status for row in result.messages)
    messages = ", ".join(f"{number:,} {status}" for status, number in sorted(statuses.items())) or "none"
    runs = Counter(run.status for run in result.executions)
    run_text = ", ".join(f"{number:,} {status.lower()}" for status, number in sorted(runs.items())) or "none"
    elapsed = result.until - result.start
    console.print()
    console.print(
        f"[bold]Events[/]    {result.events_published:,} published over {_span(elapsed.total_seconds())}"
    )
    console.print(f"[bold]Runs[/]      {run_text}")
    console.print(f"[bold]Messages[/]  {messages}")
    if not result.complete:
        console.print("[yellow]The run was cut short by --until: what lies ahead has not happened.[/]")
    for row in result.events_failed[:_SHOWN_FAILURES]:
        place = f"line {row.line}" if row.line is not None else row.event_id or "an event"
        console.print(Text(f"Failed    {place}, {row.where}: {printable(row.reason)}", "red"), soft_wrap=True)
    if len(result.events_failed) > _SHOWN_FAILURES:
        console.print(f"… and {count(len(result.events_failed) - _SHOWN_FAILURES, 'more failed event')}")


def _span(seconds: float) -> str:
    days, rest = divmod(round(seconds), 86_400)
    hours, rest = divmod(rest, 3600)
    parts = [
        count(days, "day") if days else "",
        f"{hours} h" if hours else "",
        f"{rest // 60} min" if rest >= 60 else "",
    ]
    return " ".join(part for part in parts if part) or f"{rest} s"


def show_audit(console: Console, result: RunResult) -> None:
    """A row for each invariant, and what violates it."""
    console.print("\n[bold]Audit[/]")
    for row in result.audit:
        checked = f"{row.checked:,} checked" if row.checked else ""
        note = f" ({row.note})" if row.note else ""
        line = Text.assemble(
            f"{row.id}  ", (f"{row.status.replace('_', ' '):<15} ", _STATUS_STYLE[row.status])
        )
        line.append(f"{checked:<14} ", "dim").append(row.title).append(note, "dim")
        console.print(line, soft_wrap=True)
    for row in result.audit:
        for violation in row.violations[:_SHOWN_VIOLATIONS]:
            ids = ", ".join(violation.ids)
            console.print(
                Text(f"  {row.id}: {printable(ids)}: {printable(violation.detail)}", "red"), soft_wrap=True
            )
        if len(row.violations) > _SHOWN_VIOLATIONS:
            console.print(
                f"  … and {count(len(row.violations) - _SHOWN_VIOLATIONS, 'more violation')} of {row.id}"
            )
    if result.audit_holds:
        console.print("[green]The audit holds.[/]")
    else:
        console.print("[bold red]The audit does not hold.[/]")
