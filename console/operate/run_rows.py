"""Runs of a deployed stage, as its run ledger holds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from clinic.adapters.dynamodb.runs import COUNTER
from clinic.contracts.tables import RUNS
from clinic.contracts.workflows import WORKFLOWS
from clinic.domain.instants import from_text, to_sortable_text, to_text
from clinic.domain.operations.runs import RunStatus
from console.operate.stage import Stage


@dataclass(frozen=True)
class RunRow:
    """A run, ids only."""

    workflow: str
    name: str
    arn: str
    status: str
    started_at: datetime
    stopped_at: datetime | None
    error: str | None
    reason: str | None
    busy_seconds: float | None
    transitions: int | None
    redrives: int
    subjects: dict[str, str]
    retried_as: str | None

    @classmethod
    def of(cls, item: dict[str, Any]) -> "RunRow":
        """From a row of the table, as `plain` gives it."""
        stopped, busy = item.get("stopped_at"), item.get("busy_ms")
        return cls(
            workflow=item["workflow"],
            name=item["name"],
            arn=item["arn"],
            status=item["status"],
            started_at=from_text(item["started_at"]),
            stopped_at=from_text(stopped) if stopped else None,
            error=item.get("error"),
            reason=item.get("reason"),
            busy_seconds=busy / 1000 if busy is not None else None,
            transitions=item.get("transitions"),
            redrives=item.get("redrives", 0),
            subjects=dict(item.get("subjects", {})),
            retried_as=item.get("retried_as"),
        )

    def document(self) -> dict[str, Any]:
        """The fields that a program reads."""
        stopped = to_text(self.stopped_at) if self.stopped_at else None
        return {**vars(self), "started_at": to_text(self.started_at), "stopped_at": stopped}


def runs_of(
    stage: Stage, *, workflow: str | None, status: str | None, since: datetime, limit: int
) -> list[RunRow]:
    """The newest runs that began since then, the newest first.

    Raises:
        StageError: AWS did not say.
    """
    wanted = [workflow] if workflow else [each.name for each in WORKFLOWS]
    found = [run for name in wanted for run in _of_workflow(stage, name, since, limit, status)]
    return sorted(found, key=lambda run: (run.started_at, run.name), reverse=True)[:limit]


def failed_runs(stage: Stage) -> list[RunRow]:
    """Every run that failed and was not tried again since.

    Raises:
        StageError: AWS did not say.
    """
    index = next(index for index in RUNS.indexes if index.partition_key == "failed_workflow")
    return [RunRow.of(row) for workflow in WORKFLOWS for row in stage.query(RUNS, workflow.name, index=index)]


def runs_called(stage: Stage, name: str) -> list[RunRow]:
    """The run with this name or ARN (the newest, if a name stands twice); else all whose names begin so.

    Raises:
        StageError: AWS did not say.
    """
    called, found = name_in(name), []
    for workflow in WORKFLOWS:
        for row in _rows(stage, workflow.name):
            if row["name"] == called:
                return [RunRow.of(row)]
            if called and str(row["name"]).startswith(called):
                found.append(RunRow.of(row))
    return found


def name_in(typed: str) -> str:
    """A run's name, or its beginning, in what was typed: that or an ARN."""
    return typed.rpartition(":")[2]


def _of_workflow(
    stage: Stage, workflow: str, since: datetime, limit: int, status: str | None
) -> Iterator[RunRow]:
    rows = _rows(stage, workflow, to_sortable_text(since))
    return islice((RunRow.of(row) for row in rows if status is None or row["status"] == status), limit)


def _rows(stage: Stage, workflow: str, since: str | None = None) -> Iterator[dict[str, Any]]:
    """A workflow's runs, the newest first; the count of those that are open stands beside them."""
    rows = stage.query(RUNS, workflow, since=since, newest_first=True)
    return (row for row in rows if row["run"] != COUNTER)


STATUSES = [status.value for status in RunStatus]
