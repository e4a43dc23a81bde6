"""The command `citas retry`: failed runs of a deployed stage go on, each once."""

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clinic.domain.instants import to_text
from console.operate.application import application_of
from console.operate.printing import print_json
from console.operate.stage import Stage, StageChoice, asked, instant_since, now_on
from console.terminal.confirm import require_consent
from console.terminal.exit_codes import ExitCode
from console.terminal.records import Column, Row, show_records
from console.terminal.screen import standard_output
from console.terminal.text import count

if TYPE_CHECKING:
    from clinic.domain.operations.runs import Run
    from clinic.services.operations.run_retrying import (
        RetryOutcome,
        RetryResult,
        RetrySelection,
        RunRetrying,
    )

_BETWEEN_LOOKS_SECONDS = 0.5
_COLUMNS = tuple(map(Column, ("workflow", "run", "about", "error", "outcome")))


@dataclass(frozen=True)
class RetryArguments:
    """What was typed; ``since`` as an instant or a length of time."""

    workflow: str | None
    error: str | None
    since: str
    most: int
    force: bool
    dry_run: bool
    yes: bool
    as_json: bool


def retry_command(choice: StageChoice, arguments: RetryArguments) -> ExitCode:
    """Say which runs would be retried, ask, and retry them; exit status 1 if one could not be helped."""
    with asked(choice) as stage:
        now = now_on(stage)
        since = instant_since(arguments.since, now)
        with application_of(stage) as application:
            from clinic.services.operations.run_retrying import RetrySelection

            selection = RetrySelection(
                since=since,
                until=now,
                workflow=arguments.workflow,
                error=arguments.error,
                forces_permanent=arguments.force,
                most=arguments.most,
            )
            retrying: RunRetrying = application.run_retrying
            result = retrying.retry(selection, now, is_dry=True)
            would = sum(outcome.way.value == "would_retry" for outcome in result.outcomes)
            if not arguments.dry_run and would:
                question = f"Retry {count(would, 'failed run')} on {stage.name}?"
                require_consent(question, yes=arguments.yes)
                result = retrying.retry(selection, now, pause=_a_moment)
            older = sum(_is_older(run, selection) for run in application.health.waiting(now))
        if arguments.as_json:
            print_json({**_document(result), "older": older})
        else:
            _show(result, stage, is_dry=arguments.dry_run)
            if older:
                text = f"{count(older, 'more failed run')} of before {to_text(since)} wait: say --since 90d"
                standard_output().print(text, soft_wrap=True)
    return ExitCode.AUDIT_FAILED if result.failed else ExitCode.OK


def _is_older(run: "Run", selection: "RetrySelection") -> bool:
    """Whether it would be looked at, had it not failed before ``--since``."""
    return (
        (run.stopped_at or run.started_at) < selection.since
        and selection.workflow in {None, run.workflow}
        and selection.error in {None, run.error}
    )


def _a_moment() -> None:
    """A pause between two looks at a run; an interrupt ends it."""
    threading.Event().wait(_BETWEEN_LOOKS_SECONDS)


def _document(result: "RetryResult") -> dict[str, Any]:
    return {
        "retried": result.retried,
        "success": result.success,
        "failed": result.failed,
        "reasons": dict(result.reasons),
        "hasMore": result.has_more,
        "runs": [
            {
                "workflow": outcome.run.workflow,
                "run": outcome.run.name,
                "error": outcome.run.error,
                "outcome": outcome.way.value,
                "runAs": outcome.run_as,
            }
            for outcome in result.outcomes
        ],
    }


def _show(result: "RetryResult", stage: Stage, *, is_dry: bool) -> None:
    screen = standard_output()
    show_records(screen, _COLUMNS, [_row(outcome) for outcome in result.outcomes])
    done = "would be retried" if is_dry else "retried"
    would = sum(outcome.way.value == "would_retry" for outcome in result.outcomes)
    screen.print(
        f"{count(would if is_dry else result.retried, 'run')} {done} on {stage.name}: "
        f"{result.success} go on, {result.failed} could not be helped",
        markup=False,
        soft_wrap=True,
    )
    if result.has_more:
        screen.print("There are more: run it again.")


def _row(outcome: "RetryOutcome") -> Row:
    run, way = outcome.run, outcome.way.value.replace("_", " ")
    return Row((run.workflow, run.name, ", ".join(run.subjects.values()), run.error or "", way))
