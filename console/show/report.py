"""The end of a run in words: what was sent, what was not and why, and the audit."""

from collections import Counter

from rich.console import Console
from rich.text import Text

from console.output.result import RunResult
from console.terminal.text import count, printable

_STATUS_STYLE = {"holds": "green", "violated": "bold red", "not_applicable": "dim"}
_SHOWN_VIOLATIONS = 10
_SHOWN_FAILURES = 10
_SHOWN_REFUNDS = 5


def show_summary(console: Console, result: RunResult) -> None:
    """Counts of events, runs and messages, and each event that failed with its reason."""
    statuses = Counter(row.status for row in result.messages)
    messages = _counted(statuses) or "none"
    listed = {row.event_id for row in result.events_failed if row.where == "execution"}
    runs = Counter(
        "stopped on purpose" if run.status == "ABORTED" and run.event_id not in listed else run.status.lower()
        for run in result.executions
    )
    run_text = _counted(runs) or "none"
    elapsed = result.until - result.start
    console.print()
    own = sum(event.line is None for event in result.events)
    more = f", {own:,} more put by Citas itself" if own else ""
    lines = {
        "Events": f"{result.events_published:,} published over {_span(elapsed.total_seconds())}{more}",
        "Runs": run_text,
        "Messages": messages,
        **_standings(result),
    }
    for name, text in lines.items():
        console.print(Text.assemble((f"{name:<14}", "bold"), text), soft_wrap=True)
    if not result.complete:
        console.print(
            "[yellow]The run was cut short by --until: what lies ahead has not happened.[/]", markup=True
        )
    for row in result.events_failed[:_SHOWN_FAILURES]:
        place = f"line {row.line}" if row.line is not None else row.event_id or "an event"
        console.print(
            Text(f"Failed        {place}, {row.where}: {printable(row.reason)}", "red"), soft_wrap=True
        )
    if len(result.events_failed) > _SHOWN_FAILURES:
        console.print(f"… and {count(len(result.events_failed) - _SHOWN_FAILURES, 'more failed event')}")


def _standings(result: RunResult) -> dict[str, str]:
    """How things stand in the clinic's book, as far as there is one."""
    statuses = {
        "Slots": (row.status for row in result.slots),
        "Reservations": (row.status for row in result.reservations),
        "Requests": (row.status for row in result.requests),
    }
    lines = {name: _counted(Counter(found)).replace("_", " ") for name, found in statuses.items()}
    amounts = [
        f"{row.amount} {row.currency}" + (f" ({row.status})" if row.status != "succeeded" else "")
        for row in result.refunds
    ]
    rest = len(amounts) - _SHOWN_REFUNDS
    lines["Refunds"] = ", ".join(amounts[:_SHOWN_REFUNDS]) + (f" and {rest:,} more" if rest > 0 else "")
    return {name: text for name, text in lines.items() if text}


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in sorted(counts.items()))


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
    console.print("\n[bold]Audit[/]", markup=True)
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
        console.print("[green]The audit holds.[/]", markup=True)
    else:
        console.print("[bold red]The audit does not hold.[/]", markup=True)
