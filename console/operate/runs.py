"""The commands `citas runs list|show|stop|drop`."""

from collections import Counter
from datetime import datetime
from typing import Any

from clinic.domain.instants import to_text
from console.operate.application import application_of
from console.operate.printing import print_done, print_json, print_list, print_particulars, the_one
from console.operate.run_rows import RunRow, name_in, runs_called, runs_of
from console.operate.stage import Stage, StageChoice, asked, instant_since, now_on
from console.terminal.confirm import require_consent
from console.terminal.exit_codes import ExitCode
from console.terminal.records import Column, Row
from console.terminal.screen import standard_output
from console.terminal.text import count, printable

STOPPED_BY_OPERATOR = "stopped by an operator"
_COLUMNS = (
    *map(Column, ("workflow", "run", "about", "status", "began", "busy", "error")),
    Column("reason", is_prose=True),
)
_MAY_BE_STOPPED = frozenset({"RUNNING", "PENDING_REDRIVE"})
_STYLES = {"SUCCEEDED": "green", "RUNNING": "blue", "ABORTED": "yellow"}


def list_command(
    choice: StageChoice, *, workflow: str | None, status: str | None, since: str, limit: int, as_json: bool
) -> ExitCode:
    """The newest runs, with what they failed of."""
    with asked(choice) as stage:
        begin = instant_since(since, now_on(stage))
        found = runs_of(stage, workflow=workflow, status=status, since=begin, limit=limit)
        summary = f"{count(len(found), 'run')} since {to_text(begin)} on {stage.name}"
        documents = [run.document() for run in found]
        print_list(documents, _COLUMNS, [_row(run) for run in found], summary, as_json=as_json)
        if not as_json:
            for error, number in Counter(run.error for run in found if run.error).most_common():
                standard_output().print(f"  {number:>5}  {printable(error)}", style="red", soft_wrap=True)
    return ExitCode.OK


def show_command(choice: StageChoice, name: str, *, as_json: bool) -> ExitCode:
    """One run: how it went, and the states it has been in."""
    with asked(choice) as stage:
        run = _one(stage, name)
        states = _states(stage, run)
        if as_json:
            print_json({**run.document(), "states": states})
            return ExitCode.OK
        print_particulars(_particulars(run))
        screen = standard_output()
        screen.print()
        for state in states:
            end = f"  {state['error']}" if state["error"] else ""
            screen.print(f"  {state['at']}  {state['what']}{end}", soft_wrap=True)
    return ExitCode.OK


def stop_command(choice: StageChoice, name: str, *, yes: bool, as_json: bool) -> ExitCode:
    """Stop a run. What it would have sent, the health check or a retry still sends."""
    with asked(choice) as stage:
        run = _one(stage, name)
        client = stage.client("stepfunctions")
        with stage.asking():  # the run ledger hears of an end a moment later
            status = client.describe_execution(executionArn=run.arn)["status"]
        if status not in _MAY_BE_STOPPED:
            ended = f"{run.name} does not run: it ended {status}"
            print_done({"stopped": None}, ended, as_json=as_json)
            return ExitCode.AUDIT_FAILED
        require_consent(f"Stop run {run.name} of {run.workflow} on {stage.name}?", yes=yes)
        with stage.asking():
            client.stop_execution(executionArn=run.arn, cause=STOPPED_BY_OPERATOR)
        print_done({"stopped": run.arn}, f"{run.name} is stopped", as_json=as_json)
    return ExitCode.OK


def drop_command(choice: StageChoice, name: str, *, yes: bool, as_json: bool) -> ExitCode:
    """Note that nobody will try a failed run again: it waits no longer."""
    with asked(choice) as stage:
        row = _one(stage, name)
        require_consent(f"Drop run {row.name} of {row.workflow} on {stage.name}?", yes=yes)
        with application_of(stage) as application:
            run = application.run_ledger.run(row.workflow, row.started_at, row.name)
            is_dropped = run is not None and application.run_retrying.drop(run, now_on(stage))
        waits = "is dropped" if is_dropped else "does not wait: it has not failed, or was retried or dropped"
        print_done({"dropped": row.arn if is_dropped else None}, f"{row.name} {waits}", as_json=as_json)
    return ExitCode.OK if is_dropped else ExitCode.AUDIT_FAILED


def _one(stage: Stage, typed: str) -> RunRow:
    """The run that is meant by a name, an ARN or the beginning of a name.

    Raises:
        InputError: several runs begin so.
        NotFoundError: none does.
    """
    found = runs_called(stage, typed)
    return the_one(found, name_in(typed), id_of=lambda run: run.name, noun="run", where=stage.name)


def _row(run: RunRow) -> Row:
    cells = (
        run.workflow,
        run.name,
        ", ".join(run.subjects.values()),
        run.status,
        _instant(run.started_at),
        f"{run.busy_seconds:.1f} s" if run.busy_seconds is not None else "",
        run.error or "",
        run.reason or "",
    )
    return Row(cells, _STYLES.get(run.status, "red"))


def _particulars(run: RunRow) -> list[tuple[str, str]]:
    busy = f"{run.busy_seconds:.1f} s, {run.transitions} transitions" if run.busy_seconds is not None else ""
    return [
        ("run", run.name),
        ("workflow", run.workflow),
        *((name, value) for name, value in run.subjects.items()),
        ("status", run.status),
        ("began", to_text(run.started_at)),
        ("ended", to_text(run.stopped_at) if run.stopped_at else ""),
        ("at work", busy),
        ("error", run.error or ""),
        ("reason", run.reason or ""),
        ("retried as", run.retried_as or ""),
    ]


def _states(stage: Stage, run: RunRow) -> list[dict[str, Any]]:
    """What the run's history says of its states, without what they carried."""
    client = stage.client("stepfunctions")
    with stage.asking():
        pages = client.get_paginator("get_execution_history").paginate(
            executionArn=run.arn, includeExecutionData=False
        )
        events = [event for page in pages for event in page["events"]]
    found = []
    for event in events:
        details: dict[str, Any] = next((v for k, v in event.items() if k.endswith("EventDetails")), {})
        what, error = event["type"], details.get("error")
        if "name" in details and what.endswith("StateEntered"):
            what = f"{details['name']} ({what.removesuffix('StateEntered')})"
        elif error is None and what not in {"ExecutionStarted", "ExecutionSucceeded", "ExecutionAborted"}:
            continue
        found.append({"at": _instant(event["timestamp"]), "what": what, "error": error})
    return found


def _instant(at: datetime) -> str:
    return to_text(at.replace(microsecond=0))
