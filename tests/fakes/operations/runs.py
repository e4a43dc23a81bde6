"""Examples of runs, what Step Functions says of them, and stand-ins that keep them in memory."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from clinic.domain.errors import RunsUnavailableError
from clinic.domain.operations.run_history import HistoryEvent
from clinic.domain.operations.runs import Retry, Run, RunStatus, latest
from clinic.services.operations.ports import RunDescription
from tests.fakes.examples import NOW

REGION = "arn:aws:states:us-east-1:000000000000"
PATIENT = "Ana Ficticia López"
INPUT = {
    "id": "e-1",
    "time": "2026-11-23T15:00:00Z",
    "detail-type": "appointment/created",
    "detail": {"reservationId": "r-17", "profileId": "dr-1", "patientName": PATIENT, "requestId": PATIENT},
}


def run(**changes: Any) -> Run:
    """A run of appointment-reminders that has begun."""
    plain: dict[str, Any] = {"workflow": "appointment-reminders", "name": "x-1", "started_at": NOW}
    plain |= {"status": RunStatus.RUNNING, **changes}
    return Run(**{"arn": f"{REGION}:execution:citas-test-{plain['workflow']}:{plain['name']}", **plain})


def status_change(status: str = "RUNNING", **detail: Any) -> dict[str, Any]:
    """The event as AWS documents it."""
    machine = "citas-test-appointment-reminders"
    ended = status not in {"RUNNING", "PENDING_REDRIVE"}
    began = int(NOW.timestamp() * 1000) + 7
    return {
        "version": "0",
        "id": "315c1398-40ff-a850-213b-158f73e60175",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "000000000000",
        "time": "2026-11-23T15:00:00Z",
        "region": "us-east-1",
        "resources": [f"{REGION}:execution:{machine}:x-1"],
        "detail": {
            "executionArn": f"{REGION}:execution:{machine}:x-1",
            "stateMachineArn": f"{REGION}:stateMachine:{machine}",
            "name": "x-1",
            "status": status,
            "startDate": began,
            "stopDate": began + 5000 if ended else None,
            "input": json.dumps(INPUT),
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": None,
            "stateMachineVersionArn": None,
            "stateMachineAliasArn": None,
            "redriveCount": 0,
            "redriveDate": None,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
            "error": None,
            "cause": None,
            **detail,
        },
    }


def task_of(seconds: float, at: datetime = NOW) -> list[HistoryEvent]:
    """The history of a run that was busy with one task for so long."""
    done = at + timedelta(seconds=seconds)
    return [
        HistoryEvent(1, 0, "ExecutionStarted", at),
        HistoryEvent(2, 1, "TaskStateEntered", at),
        HistoryEvent(3, 2, "TaskScheduled", at),
        HistoryEvent(4, 3, "TaskStarted", at),
        HistoryEvent(5, 4, "TaskSucceeded", done),
        HistoryEvent(6, 5, "TaskStateExited", done),
        HistoryEvent(7, 6, "ExecutionSucceeded", done),
    ]


@dataclass
class MemoryRunLedger:
    """A run ledger in memory."""

    rows: dict[tuple[str, datetime, str], Run] = field(default_factory=dict)

    def note(self, run: Run) -> bool:
        key = (run.workflow, run.started_at, run.name)
        known = self.rows.get(key)
        self.rows[key] = latest(known, run)
        return self.rows[key] is not known

    def run(self, workflow: str, started_at: datetime, name: str) -> Run | None:
        return self.rows.get((workflow, started_at, name))

    def started(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        return iter([run for run in self._of(workflow) if since <= run.started_at < until])

    def ended(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        found = [run for run in self._of(workflow) if run.stopped_at and since <= run.stopped_at < until]
        return iter(sorted(found, key=lambda run: run.stopped_at or run.started_at))

    def failed(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        return (it for it in self.ended(workflow, since, until) if it.status.is_failed and it.retry is None)

    def open(self, workflow: str, until: datetime) -> Iterator[Run]:
        return iter([it for it in self._of(workflow) if it.status.is_open and it.started_at < until])

    def count_open(self, workflow: str) -> int:
        return sum(run.status.is_open for run in self._of(workflow))

    def _of(self, workflow: str) -> list[Run]:
        return sorted(
            (run for run in self.rows.values() if run.workflow == workflow), key=lambda run: run.started_at
        )


@dataclass
class MemoryInspector:
    """Step Functions that answers what it was told to.

    Attributes:
        asked: the ARNs it was asked to describe.
    """

    descriptions: dict[str, RunDescription] = field(default_factory=dict)
    histories: dict[str, Sequence[HistoryEvent]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def describe(self, run: str) -> RunDescription | None:
        self.asked.append(run)
        return self.descriptions.get(run)

    def history(self, run: str) -> Sequence[HistoryEvent]:
        return self.histories.get(run, ())


@dataclass
class MemoryRetries:
    """The run ledger of `MemoryRunLedger`, for whoever tries runs again."""

    store: MemoryRunLedger
    claimed: dict[str, tuple[int, datetime]] = field(default_factory=dict)

    def failed(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        return self.store.failed(workflow, since, until)

    def claim_retry(self, run: Run, now: datetime, stale: datetime) -> bool:
        current = self.store.run(run.workflow, run.started_at, run.name)
        rank, at = self.claimed.get(run.arn, (-1, now))
        is_free = rank < run.rank or (at < stale and current is not None and current.retry is None)
        if current is None or current.rank != run.rank or not is_free:
            return False
        self.claimed[run.arn] = (run.rank, now)
        return True

    def note_retry(self, run: Run, run_as: str) -> None:
        key = (run.workflow, run.started_at, run.name)
        self.store.rows[key] = replace(self.store.rows[key], retry=Retry(self.claimed[run.arn][1], run_as))

    def release_retry(self, run: Run) -> None:
        del self.claimed[run.arn]


@dataclass
class MemoryControl:
    """Step Functions that does as it is told.

    Attributes:
        outdated: the ARNs of runs whose definition is no longer their state machine's.
        away: Step Functions does not answer.
        is_mended: what is redriven ends well.
        mended: the ARNs of runs that end well once they are redriven, though the others don't.
    """

    descriptions: dict[str, RunDescription] = field(default_factory=dict)
    outdated: set[str] = field(default_factory=set)
    away: bool = False
    is_mended: bool = False
    mended: set[str] = field(default_factory=set)
    redriven: list[str] = field(default_factory=list)
    started: dict[str, str | None] = field(default_factory=dict)

    def describe(self, run: str) -> RunDescription | None:
        if self.away:
            raise RunsUnavailableError("Step Functions is not available")
        return self.descriptions.get(run)

    def is_current(self, run: str) -> bool:
        return run not in self.outdated

    def redrive(self, run: str, token: str) -> bool:
        self.redriven.append(run)
        if self.is_mended or run in self.mended:
            self.descriptions[run] = replace(self.descriptions[run], status=RunStatus.SUCCEEDED)
        return True

    def start_again(self, run: str, name: str, input_text: str | None) -> str:
        self.started[f"{run.rpartition(':')[0]}:{name}"] = input_text
        return f"{run.rpartition(':')[0]}:{name}"


def description(run: Run, **changes: Any) -> RunDescription:
    """What Step Functions says of a run."""
    plain: dict[str, Any] = {
        "status": run.status,
        "started_at": run.started_at,
        "stopped_at": run.stopped_at,
        "redrives": run.redrives,
        "input_text": json.dumps(INPUT),
        "error": run.error,
        "cause": None,
        "is_redrivable": True,
        **changes,
    }
    return RunDescription(**plain)
