"""Use case: how the workflows are right now, what is wrong, and what mends itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from clinic.contracts.metrics import (
    ACTIVE_RUNS,
    FAILED_RUNS,
    HEALTH_CHECK,
    OLDEST_STUCK_RUN,
    OVERDUE_INTENTS,
)
from clinic.contracts.workflows import WATCHED, Workflow
from clinic.domain.messages.intent import Intent, IntentId
from clinic.domain.messages.overdue import is_held_up, is_overdue, is_to_be_sent_again
from clinic.domain.messages.quiet_hours import QuietHours
from clinic.domain.operations.run_figures import RunFigures, figures_of
from clinic.domain.operations.runs import Run, RunStatus
from clinic.services.operations.ports import RunLedger
from clinic.services.operations.run_recording import RunRecording
from clinic.services.ports import Meter


class OpenIntents(Protocol):
    """The intents that are not settled."""

    def due_before(self, instant: datetime, most: int) -> Sequence[Intent]:
        """Those that were due then, the oldest first, at most so many.

        Raises:
            StoreUnavailableError: DynamoDB did not answer.
        """


class DeadLetters(Protocol):
    """The queue of what could not be handled."""

    def depth(self) -> int:
        """How many events wait in it; SQS counts roughly.

        Raises:
            QueueUnavailableError: SQS did not answer.
        """


# What ended in this time says how things are now.
WINDOW = timedelta(hours=1)
# How long Step Functions remembers a run: after that nobody can try it again.
REMEMBERED = timedelta(days=90)
# What one check looks at; what it leaves is there at the next.
MOST_OVERDUE = 100
# Those that wait for good reason must not hide the ones that are lost.
_MOST_LOOKED_AT = 1000
MOST_STUCK = 25


@dataclass(frozen=True)
class Health:
    """How the workflows are.

    Attributes:
        at: when that was found.
        figures: of each workflow's runs that ended in the window.
        active: each workflow's runs that have not ended.
        overdue: intents that are due and nobody looks after, the oldest first.
        held_up: intents that are due and were not accepted for a reason that somebody has to mend, likewise.
        to_send_again: intents that failed for a passing reason and may leave again, likewise.
        stuck: runs that are open for longer than their workflow may last, the oldest first.
        undelivered_events: how many events wait in the dead-letter queue.
    """

    at: datetime
    figures: Mapping[str, RunFigures] = field(default_factory=dict)
    active: Mapping[str, int] = field(default_factory=dict)
    overdue: Sequence[IntentId] = ()
    held_up: Sequence[IntentId] = ()
    to_send_again: Sequence[IntentId] = ()
    stuck: Sequence[Run] = ()
    undelivered_events: int = 0

    @property
    def all_figures(self) -> RunFigures:
        """Those of all workflows together."""
        return sum(self.figures.values(), RunFigures())

    @property
    def active_workflows(self) -> int:
        """How many runs have not ended."""
        return sum(self.active.values())

    @property
    def total_workflows(self) -> int:
        """How many runs are open or ended in the window."""
        return self.active_workflows + self.all_figures.executions

    @property
    def failed_workflows(self) -> int:
        """How many runs failed in the window."""
        return self.all_figures.failed

    @property
    def oldest_stuck(self) -> timedelta:
        """How long the oldest stuck run has been open."""
        return max((self.at - run.started_at for run in self.stuck), default=timedelta())

    @property
    def is_well(self) -> bool:
        """Whether every message is looked after, none waits for an operator, and no run is stuck."""
        return not self.overdue and not self.held_up and not self.stuck


def _is_superseded(run: Run, ended_well: Mapping[frozenset[tuple[str, str]], datetime]) -> bool:
    later = ended_well.get(frozenset(run.subjects.items()))
    return bool(run.subjects) and later is not None and later > run.started_at


@dataclass(frozen=True)
class HealthCheck:
    """Looks at the run ledger, the message ledger and the dead-letter queue."""

    store: RunLedger
    recording: RunRecording
    intents: OpenIntents
    dead_letters: DeadLetters
    meter: Meter
    quiet_hours: QuietHours

    def look(self, now: datetime, window: timedelta = WINDOW) -> Health:
        """How things are; changes nothing.

        Raises:
            StoreUnavailableError, QueueUnavailableError: something did not answer.
        """
        due = self.intents.due_before(now, _MOST_LOOKED_AT)
        overdue = [intent.id for intent in due if is_overdue(intent, now, self.quiet_hours)]
        again = [intent.id for intent in due if is_to_be_sent_again(intent, now, self.quiet_hours)]
        return Health(
            at=now,
            figures={it.name: figures_of(self.store.ended(it.name, now - window, now)) for it in WATCHED},
            active={it.name: self.store.count_open(it.name) for it in WATCHED},
            overdue=overdue[:MOST_OVERDUE],
            held_up=[intent.id for intent in due if is_held_up(intent)][:MOST_OVERDUE],
            to_send_again=[it for it in again if it not in overdue][:MOST_OVERDUE],
            stuck=sorted((run for it in WATCHED for run in self._stuck(it, now)), key=lambda r: r.started_at),
            undelivered_events=self.dead_letters.depth(),
        )

    def waiting(self, now: datetime) -> Sequence[Run]:
        """The failed runs for which nobody has done anything, the oldest first.

        One stays among them until it is retried or dropped, or a later run about the same has ended well.

        Raises:
            StoreUnavailableError: the run ledger did not answer.
        """
        found = [run for it in WATCHED for run in self._waiting(it.name, now)]
        return sorted(found, key=lambda run: run.started_at)

    def _waiting(self, workflow: str, now: datetime) -> Sequence[Run]:
        failed = list(self.store.failed(workflow, now - REMEMBERED, now))
        if not failed:
            return failed
        first = min(run.stopped_at or run.started_at for run in failed)
        ended_well = {
            frozenset(run.subjects.items()): run.started_at
            for run in self.store.ended(workflow, first, now)
            if run.status is RunStatus.SUCCEEDED
        }
        return [run for run in failed if not _is_superseded(run, ended_well)]

    def check(self, now: datetime) -> Health:
        """Look, mend what the run ledger has missed, and publish what is found as metrics.

        Raises:
            StoreUnavailableError, QueueUnavailableError, RunsUnavailableError: something did not answer.
        """
        health = self.look(now)
        health = replace(health, stuck=[run for run in health.stuck[:MOST_STUCK] if self._is_stuck(run, now)])
        self.meter.add(HEALTH_CHECK, 100 if health.is_well else 0)
        self.meter.add(ACTIVE_RUNS, health.active_workflows)
        self.meter.add(FAILED_RUNS, health.failed_workflows)
        self.meter.add(OVERDUE_INTENTS, len(health.overdue))
        self.meter.add(OLDEST_STUCK_RUN, health.oldest_stuck.total_seconds())
        return health

    def _stuck(self, workflow: Workflow, now: datetime) -> Sequence[Run]:
        return list(self.store.open(workflow.name, now - workflow.may_last))

    def _is_stuck(self, run: Run, now: datetime) -> bool:
        """Whether it really is open: Step Functions may have said that it ended, and nobody heard it."""
        found = self.recording.look_up(run)
        if found is None:
            gone = replace(run, status=RunStatus.ABORTED, stopped_at=now, error="ExecutionDoesNotExist")
            self.store.note(gone)
            return False
        return found.status.is_open
