"""The command `citas health`: how the workflows of a deployed stage are right now."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console

from clinic.domain.instants import to_text
from console.operate.application import application_of
from console.operate.printing import number, percent, print_json
from console.operate.stage import Stage, StageChoice, asked, now_on
from console.operate.watchers import LastRun, last_runs
from console.terminal.exit_codes import ExitCode
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_output
from console.terminal.text import count, printable

if TYPE_CHECKING:
    from clinic.domain.operations.runs import Run
    from clinic.services.operations.health import Health

_MOST_NAMED = 10
_COLUMNS = (
    Column("workflow"),
    *(
        Column(name, is_number=True, label=label)
        for name, label in (
            ("active", None),
            ("well", "ended well"),
            ("failed", None),
            ("refused", None),
            ("stopped", None),
            ("busy", "busy on average"),
        )
    ),
)


def health_command(choice: StageChoice, *, as_json: bool) -> ExitCode:
    """Look, change nothing, and say it; exit status 1 if something is wrong."""
    with asked(choice) as stage:
        with application_of(stage) as application:
            now = now_on(stage)
            health, waiting = application.health.look(now), application.health.waiting(now)
        found = _Found(health, waiting, last_runs(stage))
        if as_json:
            print_json(_document(found))
        else:
            _show(standard_output(), found, stage)
    return ExitCode.OK if found.is_well else ExitCode.AUDIT_FAILED


@dataclass(frozen=True)
class _Found:
    """What was found.

    Attributes:
        waiting: failed runs for which nobody has done anything.
        watchers: how the workflows that watch the others have ended last.
    """

    health: "Health"
    waiting: "Sequence[Run]"
    watchers: Sequence[LastRun]

    @property
    def blind(self) -> list[LastRun]:
        """The watchers that failed: what they see, nobody does."""
        return [run for run in self.watchers if not run.is_well]

    @property
    def is_well(self) -> bool:
        """Whether an operator has nothing to do: also no failed run waits, and no event lies undelivered."""
        is_quiet = not self.waiting and not self.health.undelivered_events
        return self.health.is_well and is_quiet and not self.blind


def _document(found: _Found) -> dict[str, Any]:
    health, waiting = found.health, found.waiting
    return {
        "at": to_text(health.at),
        "isWell": found.is_well,
        "watchers": [
            {
                "workflow": run.workflow,
                "run": run.name,
                "status": run.status,
                "startedAt": to_text(run.started_at.replace(microsecond=0)),
                "error": run.error,
            }
            for run in found.watchers
        ],
        "waitingRuns": [
            {
                "workflow": run.workflow,
                "run": run.name,
                "error": run.error,
                "failedAt": to_text(run.stopped_at) if run.stopped_at else None,
                **run.subjects,
            }
            for run in waiting
        ],
        "totalWorkflows": health.total_workflows,
        "activeWorkflows": health.active_workflows,
        "failedWorkflows": health.failed_workflows,
        "averageExecutionTime": health.all_figures.average_execution_time,
        "successRate": health.all_figures.success_rate,
        "overdueIntents": [str(intent) for intent in health.overdue],
        "heldUpIntents": [str(intent) for intent in health.held_up],
        "undeliveredEvents": health.undelivered_events,
        "stuckRuns": [run.arn for run in health.stuck],
        "oldestStuckRunSeconds": health.oldest_stuck.total_seconds(),
        "workflows": {
            name: {
                "active": health.active.get(name, 0),
                "succeeded": figures.succeeded,
                "failed": figures.failed,
                "stopped": figures.stopped,
                "refused": figures.refused,
                "averageExecutionTime": figures.average_execution_time,
                "errors": dict(figures.errors),
            }
            for name, figures in health.figures.items()
        },
    }


def _show(screen: Console, found: _Found, stage: Stage) -> None:
    health, waiting = found.health, found.waiting
    screen.print(f"{stage.name} at {to_text(health.at.replace(microsecond=0))}: the last hour", markup=False)
    show_records(screen, _COLUMNS, [_row(name, health) for name in health.figures])
    for name, figures in health.figures.items():
        for error, times in figures.errors.items():
            text = f"  {name}: {count(times, 'run')} failed of {error}"
            screen.print(printable(text), style="red", markup=False, soft_wrap=True)
    screen.print()
    lines = [
        ("success rate", percent(health.all_figures.success_rate), bool(health.failed_workflows)),
        ("failed", count(health.failed_workflows, "run"), bool(health.failed_workflows)),
        ("waiting", f"{count(len(waiting), 'failed run')} neither retried nor dropped", bool(waiting)),
        ("overdue", count(len(health.overdue), "message"), bool(health.overdue)),
        (
            "held up",
            f"{count(len(health.held_up), 'message')} until somebody mends why",
            bool(health.held_up),
        ),
        ("undelivered", count(health.undelivered_events, "event"), bool(health.undelivered_events)),
        ("stuck", count(len(health.stuck), "run"), bool(health.stuck)),
        ("blind", f"{count(len(found.blind), 'workflow')} of those that watch", bool(found.blind)),
    ]
    for label, text, is_bad in lines:
        screen.print(f"{label:<14}{text}", style="red" if is_bad else "green", markup=False)
    for run in waiting[:_MOST_NAMED]:
        text = f"  waiting: {run.name} of {run.workflow}, {run.error or 'failed'}"
        screen.print(printable(text), markup=False, soft_wrap=True)
    for intent in health.overdue[:_MOST_NAMED]:
        screen.print(f"  overdue: {intent}", markup=False, soft_wrap=True)
    for intent in health.held_up[:_MOST_NAMED]:
        screen.print(f"  held up: {intent}", markup=False, soft_wrap=True)
    for run in health.stuck[:_MOST_NAMED]:
        screen.print(f"  stuck: {run.name} of {run.workflow}", markup=False, soft_wrap=True)
    for last in found.blind:
        text = f"  blind: {last.workflow}, its last run {last.name} ended {last.status}, {last.error or ''}"
        screen.print(printable(text.rstrip(", ")), markup=False, soft_wrap=True)
    screen.print("All is well." if found.is_well else "Something is wrong: see docs/runbook.md.")


def _row(name: str, health: "Health") -> Row:
    figures = health.figures[name]
    numbers = (
        health.active.get(name, 0),
        figures.succeeded,
        figures.failed,
        figures.refused,
        figures.stopped,
    )
    busy = number(figures.average_execution_time, " s")
    return Row((name, *map(str, numbers), busy), "red" if figures.failed else "")
