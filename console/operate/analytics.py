"""The command `citas analytics`: what days of a deployed stage have come to."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING, Any

from rich.console import Console

from console.operate.application import application_of
from console.operate.printing import number, percent, print_json
from console.operate.stage import Stage, StageChoice, asked, instant_since, now_on
from console.terminal.exit_codes import ExitCode
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_output

if TYPE_CHECKING:
    from clinic.services.operations.analytics import Analytics


def analytics_command(choice: StageChoice, *, since: str, as_json: bool) -> ExitCode:
    """Add up the UTC days since then, today included."""
    with asked(choice) as stage:
        now = now_on(stage)
        first = instant_since(since, now).astimezone(UTC).date()
        with application_of(stage) as application:
            found = application.analytics.between(first, now.astimezone(UTC).date(), now)
        if as_json:
            print_json(_document(found))
        else:
            _show(standard_output(), found, stage)
    return ExitCode.OK


def _document(found: "Analytics") -> dict[str, Any]:
    return {
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "totalExecutions": found.total_executions,
        "successRate": found.success_rate,
        "eventsRefused": found.runs.refused,
        "averageExecutionTime": found.average_execution_time,
        "mostActiveWorkflows": [
            {"name": it.name, "executions": it.executions, "successRate": it.success_rate}
            for it in found.most_active_workflows
        ],
        "errorBreakdown": [
            {"errorType": it.error_type, "count": it.count, "percentage": it.percentage}
            for it in found.error_breakdown
        ],
        "clinic": asdict(found.clinic),
    }


def _show(screen: Console, found: "Analytics", stage: Stage) -> None:
    screen.print(f"{stage.name}, {found.since} to {found.until} (UTC)", style="bold", markup=False)
    for label, text in (
        ("executions", str(found.total_executions)),
        ("success rate", percent(found.success_rate)),
        ("busy on average", number(found.average_execution_time, " s")),
        ("events refused", str(found.runs.refused)),
        ("reminders delivered", percent(found.clinic.reminder_delivery_rate)),
        ("messages delivered", percent(found.clinic.message_delivery_rate)),
    ):
        screen.print(f"{label:<22}{text}", markup=False)
    _table(
        screen,
        ("workflow", "executions", "success rate"),
        [(it.name, str(it.executions), percent(it.success_rate)) for it in found.most_active_workflows],
    )
    _table(
        screen,
        ("error", "count", "share"),
        [(it.error_type, str(it.count), percent(it.percentage)) for it in found.error_breakdown],
    )
    counted = {name.replace("_", " "): value for name, value in asdict(found.clinic).items()}
    lines = []
    for name, value in counted.items():
        parts = value.items() if isinstance(value, dict) else [("", value)]
        lines += [(f"{name}: {part}" if part else name, str(figure)) for part, figure in parts]
    _table(screen, ("the clinic", "count"), lines)


def _table(screen: Console, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if not rows:
        return
    screen.print()
    what, *numbers = columns
    named = [Column(what, is_prose=True), *(Column(number, is_number=True) for number in numbers)]
    show_records(screen, named, [Row(row) for row in rows])
