"""Runs of a deployed stage, as its run ledger holds them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from clinic.contracts.tables import RUNS
from clinic.contracts.workflows import WORKFLOWS
from clinic.domain.instants import from_text, to_text
from clinic.domain.operations.runs import RunStatus
from console.operate.stage import Stage
from console.run.item_rows import plain


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
        """For programs."""
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
    found = [
        run
        for name in wanted
        for run in _of_workflow(stage, name, since, limit, status)
        if status is None or run.status == status
    ]
    return sorted(found, key=lambda run: (run.started_at, run.name), reverse=True)[:limit]


def failed_runs(stage: Stage) -> list[RunRow]:
    """Every run that failed and was not tried again since.

    Raises:
        StageError: AWS did not say.
    """
    index = next(index for index in RUNS.indexes if index.partition_key == "failed_workflow")
    client, found = stage.client("dynamodb"), []
    with stage.asking():
        for workflow in WORKFLOWS:
            pages = client.get_paginator("query").paginate(
                TableName=stage.named(RUNS),
                IndexName=index.name,
                KeyConditionExpression="#workflow = :workflow",
                ExpressionAttributeNames={"#workflow": index.partition_key},
                ExpressionAttributeValues={":workflow": {"S": workflow.name}},
            )
            found += [RunRow.of(plain(item)) for page in pages for item in page["Items"]]
    return found


def runs_called(stage: Stage, name: str) -> list[RunRow]:
    """The run with this name or ARN (the newest, if a name stands twice); else all whose names begin so."""
    called = name.rpartition(":")[2]
    if not called:
        return []
    found = []
    for workflow in WORKFLOWS:
        for page in _pages(stage, workflow.name, _BEGINNING):
            for item in page:
                if item["name"] == called:
                    return [RunRow.of(item)]
                if str(item["name"]).startswith(called):
                    found.append(RunRow.of(item))
    return found


_BEGINNING = from_text("2000-01-01T00:00:00Z")


def _of_workflow(
    stage: Stage, workflow: str, since: datetime, limit: int, status: str | None
) -> Iterator[RunRow]:
    seen = 0
    for page in _pages(stage, workflow, since):
        for item in page:
            if status is None or item["status"] == status:
                seen += 1
                yield RunRow.of(item)
            if seen >= limit:
                return


def _pages(stage: Stage, workflow: str, since: datetime) -> Iterator[Sequence[dict[str, Any]]]:
    """A workflow's rows, the newest first."""
    with stage.asking():
        pages = (
            stage.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stage.named(RUNS),
                KeyConditionExpression="#workflow = :workflow AND #run >= :since",
                ExpressionAttributeNames={"#workflow": RUNS.partition_key, "#run": str(RUNS.sort_key)},
                ExpressionAttributeValues={
                    ":workflow": {"S": workflow},
                    ":since": {"S": to_text(since).removesuffix("Z")},
                },
                ScanIndexForward=False,
            )
        )
        for page in pages:
            yield [plain(item) for item in page["Items"]]


STATUSES = [status.value for status in RunStatus]
