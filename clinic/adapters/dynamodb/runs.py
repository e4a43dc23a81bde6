"""The run ledger in DynamoDB: what is said of a run is written unless something later is there."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from pynamodb.attributes import BooleanAttribute, MapAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from clinic.adapters.dynamodb.base import InstantAttribute, bind
from clinic.adapters.dynamodb.errors import is_conflict, store_errors
from clinic.domain import instants
from clinic.domain.errors import ConcurrentChangeError
from clinic.domain.operations.runs import Retry, Run, RunStatus

# A run lives a year at most; it is remembered that long and a month after it began. An open one's row has no
# such end: it would be counted for good once it had vanished.
KEPT = timedelta(days=400)
_MILLISECOND = timedelta(milliseconds=1)
# In the way is only another word on the same run or a count of the same workflow: two calls write at once.
_TRIES = 5
# Instead of a run's key; runs are read by a stretch of time, which it lies outside of.
COUNTER = "#open"


class MomentAttribute(InstantAttribute):
    """An instant to the millisecond: Step Functions' events know no finer ones, and name the same run."""

    def serialize(self, value: datetime) -> str:
        """The instant as its column has it."""
        return _moment(value)


class OpenByStartIndex(GlobalSecondaryIndex["RunModel"]):
    """A workflow's runs that have not ended, by when they began."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "open-by-start"
        projection = AllProjection()

    open_workflow = UnicodeAttribute(hash_key=True)
    started_at = MomentAttribute(range_key=True)


class FailedByEndIndex(GlobalSecondaryIndex["RunModel"]):
    """A workflow's runs that failed and were not tried again, by when they ended."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "failed-by-end"
        projection = AllProjection()

    failed_workflow = UnicodeAttribute(hash_key=True)
    stopped_at = MomentAttribute(range_key=True)


class ByEndIndex(GlobalSecondaryIndex["RunModel"]):
    """A workflow's runs that ended, by when they did."""

    class Meta:
        """The index's name and what it holds."""

        index_name = "by-end"
        projection = AllProjection()

    workflow = UnicodeAttribute(hash_key=True)
    stopped_at = MomentAttribute(range_key=True)


class RunModel(Model):
    """A row of the runs table."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "runs"

    open_by_start = OpenByStartIndex()
    failed_by_end = FailedByEndIndex()
    by_end = ByEndIndex()

    workflow = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    arn = UnicodeAttribute()
    status = UnicodeAttribute()
    rank = NumberAttribute()
    started_at = MomentAttribute()
    stopped_at = MomentAttribute(null=True)
    redrives = NumberAttribute()
    error = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    event_id = UnicodeAttribute(null=True)
    subjects: MapAttribute[str, str] = MapAttribute(default=dict)
    busy_ms = NumberAttribute(null=True)
    has_stumbled = BooleanAttribute(default=False)
    transitions = NumberAttribute(null=True)
    retried_at = MomentAttribute(null=True)
    retried_rank = NumberAttribute(null=True)
    retried_as = UnicodeAttribute(null=True)
    open_workflow = UnicodeAttribute(null=True)
    failed_workflow = UnicodeAttribute(null=True)
    expires_at = NumberAttribute(null=True)


class OpenRunsModel(Model):
    """How many runs of a workflow are open: a row of the runs table too, under `COUNTER`."""

    class Meta:
        """Unbound: `bind` names the table."""

        table_name = "runs"

    workflow = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute(range_key=True)
    open_runs = NumberAttribute()


@dataclass(frozen=True)
class DynamoRunLedger:
    """Fulfils `RunLedger` and `RunRetries` of `clinic.services.operations.ports`."""

    rows: type[RunModel]
    counters: type[OpenRunsModel]
    connection: Connection

    @classmethod
    def open_table(cls, connection: Connection, runs_table: str) -> Self:
        """The runs in this table."""
        rows = bind(RunModel, runs_table, connection)
        return cls(rows, bind(OpenRunsModel, runs_table, connection), connection)

    def note(self, run: Run) -> bool:
        """Keep what was said of a run, unless something later is known; count it if it opens or ends.

        Raises:
            ConcurrentChangeError: others wrote each time; nothing was kept.
        """
        was_open = not run.status.is_open  # as a rule a word tells of a change
        for _ in range(_TRIES):
            with suppress(ConcurrentChangeError), store_errors(f"run {run.name}"):
                self._write(run, was_open=was_open)
                return True
            known = self.run(run.workflow, run.started_at, run.name)
            if known is not None and known.rank >= run.rank:
                return False
            was_open = known is not None and known.status.is_open
        raise ConcurrentChangeError(f"run {run.name} was changed by somebody else")

    def run(self, workflow: str, started_at: datetime, name: str) -> Run | None:
        """A run as it is known now."""
        with store_errors(f"run {name}"):
            try:
                return _run(self.rows.get(workflow, _sort_key(started_at, name), consistent_read=True))
            except DoesNotExist:
                return None

    def started(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """A workflow's runs by when they began."""
        within = self.rows.run.between(_moment(since), _moment(until))
        return self._runs(workflow, self.rows.query(workflow, within))

    def ended(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """A workflow's runs by when they ended."""
        return self._runs(workflow, self.rows.by_end.query(workflow, self._ended_within(since, until)))

    def failed(self, workflow: str, since: datetime, until: datetime) -> Iterator[Run]:
        """Those that failed and were not tried again."""
        return self._runs(workflow, self.rows.failed_by_end.query(workflow, self._ended_within(since, until)))

    def open(self, workflow: str, until: datetime) -> Iterator[Run]:
        """Those that have not ended, by when they began."""
        before = self.rows.started_at < until
        return self._runs(workflow, self.rows.open_by_start.query(workflow, before))

    def count_open(self, workflow: str) -> int:
        """How many have not ended."""
        with store_errors(f"runs of {workflow}"):
            try:
                counter = self.counters.get(workflow, COUNTER, consistent_read=True)
            except DoesNotExist:
                return 0
        return int(counter.open_runs)

    def claim_retry(self, run: Run, now: datetime, stale: datetime) -> bool:
        """Take the right to try a run again."""
        rows = self.rows
        free = (
            rows.retried_rank.does_not_exist()
            | (rows.retried_rank < run.rank)
            | (rows.retried_as.does_not_exist() & (rows.retried_at < stale))
        )
        actions: list[Action] = [rows.retried_rank.set(run.rank), rows.retried_at.set(now)]
        try:
            with store_errors(f"run {run.name}"):
                self._key(run).update(
                    [*actions, rows.retried_as.remove()], condition=(rows.rank == run.rank) & free
                )
        except ConcurrentChangeError:
            return False
        return True

    def note_retry(self, run: Run, run_as: str) -> None:
        """Record as which ARN a run goes on; its row may know better by now whether it has failed."""
        with store_errors(f"run {run.name}"):
            self._mark(run, [self.rows.retried_as.set(run_as)])
        with suppress(ConcurrentChangeError), store_errors(f"run {run.name}"):
            self._key(run).update([self.rows.failed_workflow.remove()], condition=self.rows.rank == run.rank)

    def release_retry(self, run: Run) -> None:
        """Give a claim back."""
        rows = self.rows
        with store_errors(f"run {run.name}"):
            self._mark(run, [rows.retried_rank.remove(), rows.retried_at.remove()])

    def _mark(self, run: Run, actions: list[Action]) -> None:
        """Write whatever the row says, also if a word on the run is just being written."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._key(run).update(actions)
            except UpdateError as error:
                if attempt == _TRIES or not is_conflict(error):
                    raise
            else:
                return

    def _write(self, run: Run, *, was_open: bool) -> None:
        """Write a word, and the count if that opens or ends the run; refused if it was not as believed."""
        rows = self.rows
        as_believed = rows.open_workflow.exists() if was_open else rows.open_workflow.does_not_exist()
        condition = (rows.rank.does_not_exist() | (rows.rank < run.rank)) & as_believed
        if was_open == run.status.is_open:
            self._key(run).update(self._actions(run), condition=condition)
            return
        with TransactWrite(connection=self.connection) as writes:
            writes.update(self._key(run), self._actions(run), condition=condition)
            change = 1 if run.status.is_open else -1
            writes.update(self.counters(run.workflow, COUNTER), [self.counters.open_runs.add(change)])

    def _runs(self, workflow: str, rows: Any) -> Iterator[Run]:
        with store_errors(f"runs of {workflow}"):
            for row in rows:
                yield _run(row)

    def _ended_within(self, since: datetime, until: datetime) -> Condition:
        within: Condition = self.rows.stopped_at.between(since, max(since, until - _MILLISECOND))
        return within

    def _actions(self, run: Run) -> list[Action]:
        rows = self.rows
        actions = [
            rows.name.set(run.name),
            rows.arn.set(run.arn),
            rows.status.set(run.status.value),
            rows.rank.set(run.rank),
            rows.started_at.set(run.started_at),
            rows.redrives.set(run.redrives),
            rows.has_stumbled.set(run.has_stumbled),
            rows.subjects.set(dict(run.subjects)),
        ]
        expires_at = int((run.started_at + KEPT).timestamp())
        changing: list[tuple[Any, Any]] = [
            (rows.stopped_at, run.stopped_at),
            (rows.error, run.error),
            (rows.reason, run.reason),
            (rows.event_id, run.event_id),
            (rows.busy_ms, run.busy // _MILLISECOND if run.busy is not None else None),
            (rows.transitions, run.transitions),
            (rows.expires_at, None if run.status.is_open else expires_at),
            (rows.open_workflow, run.workflow if run.status.is_open else None),
            (rows.failed_workflow, run.workflow if run.status.is_failed else None),
        ]
        return actions + [
            column.set(value) if value is not None else column.remove() for column, value in changing
        ]

    def _key(self, run: Run) -> RunModel:
        return self.rows(run.workflow, _sort_key(run.started_at, run.name))


def _sort_key(started_at: datetime, name: str) -> str:
    return f"{_moment(started_at)}#{name}"


def _run(row: RunModel) -> Run:
    busy = _plain(row.busy_ms)
    retried_at: datetime | None = row.retried_at
    return Run(
        workflow=row.workflow,
        name=row.name,
        arn=row.arn,
        status=RunStatus(row.status),
        started_at=row.started_at,
        stopped_at=row.stopped_at,
        redrives=int(row.redrives),
        error=row.error,
        reason=row.reason,
        event_id=row.event_id,
        subjects=row.subjects.as_dict(),
        busy=busy * _MILLISECOND if busy is not None else None,
        transitions=_plain(row.transitions),
        has_stumbled=row.has_stumbled,
        retry=Retry(retried_at, row.retried_as) if retried_at is not None else None,
    )


def _moment(instant: datetime) -> str:
    """``2026-11-30T16:00:00.007000Z``."""
    return instants.to_sortable_text(instant.replace(microsecond=instant.microsecond // 1000 * 1000))


def _plain(value: Any) -> int | None:
    """A number of the row as an int."""
    return int(value) if value is not None else None
